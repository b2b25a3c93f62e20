import cProfile
import io
import json
import os
import stat
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.models import User
from accounts.privacy.consent import VERSION
from diagnosis.audit import trail
from diagnosis.models import Answers, AuditEntry, Lesion, Notice, Profile, Screening
from diagnosis.photos import renditions
from diagnosis.privacy import consent, export
from diagnosis.privacy import views as data
from diagnosis.review import services as reviewing
from diagnosis.rules import checklist
from diagnosis.screenings import services
from tests.factories import (
    PASSWORD,
    SECRET,
    make_histology,
    make_measurement,
    make_reminder,
    make_review,
    make_screening,
    make_second_step,
)

EXPORT = reverse("diagnosis:export")
# Function calls for one photo in its own spot, with its measurement: 1,440 on SQLite, and 1,550 on
# PostgreSQL, where the count includes calls of the driver.
MOST_CALLS = 2000
SCHEMA = json.loads(Path("static/export.schema.json").read_text())


@cache
def checker():
    # Imported here, since the import takes two seconds in each test process.
    from jsonschema import validators

    return validators.validator_for(SCHEMA)(SCHEMA)


@pytest.fixture
def screening(make, reviewer, owner):
    screening = make("done", tier="urgent", note="itches")
    make_review(screening, reviewer, note="for colleagues alone")
    services.answer(screening, by=owner, ticked={"bleeds": True})
    return screening


@pytest.fixture
def trusted(owner_client):
    """The owner, who has just entered the password again."""
    owner_client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return owner_client


def archived(user):
    with export.archive(by=user) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def content(user):
    return json.loads("".join(export.text(user)))


def test_a_screening_is_exported_with_everything_derived_from_it(owner, screening):
    (lesion,) = content(owner)["lesions"]
    (exported,) = lesion["screenings"]
    assert (exported["id"], exported["note"]) == (str(screening.pk), "itches")
    assert (exported["answers"]["yes_to"], exported["predictions"][0]["tier"]) == (
        ["bleeds"],
        "urgent",
    )
    assert [reading["verdict"] for reading in exported["readings"]] == ["refer"]
    with screening.photo.open() as photo:
        assert archived(owner).read(exported["photo"]) == photo.read()
    view = np.asarray(Image.open(io.BytesIO(archived(owner).read(exported["seen"]))))
    assert (view == renditions.views_of(screening).framed).all()


@pytest.mark.parametrize("status", ["", *Screening.Status])
def test_the_export_follows_the_schema(owner, make, status):
    if status:
        make(status)
        consent.allow_training(by=owner, is_allowed=True)
        owner.refresh_from_db()
    exported = content(owner)
    assert list(checker().iter_errors(exported)) == []
    assert len(exported["lesions"]) == bool(status)
    assert list(checker().iter_errors(exported | {"surprise": 1})) != []


def test_an_export_with_every_kind_of_data_follows_the_schema(owner, screening, reviewer, make):
    make()
    make_histology(screening.lesion)
    make_reminder(screening.lesion, screening=screening)
    trail.record(AuditEntry.Action.VIEW, screening, by=reviewer)
    exported = content(owner)
    checker().validate(exported)
    assert (len(exported["lesions"]), len(exported["looks"])) == (2, 1)
    lesion = exported["lesions"][1]
    assert (len(lesion["biopsies"]), len(lesion["reminders"])) == (1, 1)


def test_sessions_and_second_steps_are_exported_without_secrets(owner, stranger):
    for user, ip in ((owner, "192.0.2.1"), (stranger, "192.0.2.2")):
        make_second_step(user)
        UserSession.objects.create(user=user, ip=ip, session_key=f"a-key-of-{ip}", user_agent="A")
    exported = content(owner)
    checker().validate(exported)
    assert [session["ip"] for session in exported["sessions"]] == ["192.0.2.1"]
    assert [step["kind"] for step in exported["second_steps"]] == ["totp"]
    assert [word for word in (SECRET, "a-key-of") if word in json.dumps(exported)] == []


def test_nothing_of_other_people_is_exported(owner, screening, stranger, jpeg):
    strangers = make_screening(stranger, jpeg)
    archive = archived(owner)
    text = archive.read("data.json").decode() + str(archive.namelist())
    assert [word for word in (str(strangers.pk), "for colleagues", "rita") if word in text] == []


def test_a_result_that_waits_for_a_clinician_is_not_exported(owner, make):
    screening = make("done", tier="urgent")
    make_reminder(screening.lesion, screening=screening)
    owner.skin_type = "VI"
    owner.save()
    (lesion,) = content(owner)["lesions"]
    assert lesion["screenings"][0]["predictions"] == []
    assert lesion["reminders"] == []


@pytest.mark.parametrize(
    "left_out",
    ["first impressions", "notes to each other", "corrected later", "on trial", "what was done"],
)
def test_the_page_of_the_export_names_what_the_file_lacks(trusted, left_out):
    page = trusted.get(EXPORT).text
    assert left_out in page
    assert "with everything else" not in page


@pytest.mark.parametrize("age", [None, 10])
def test_data_that_no_page_shows_is_not_exported(owner, make, age):
    year = age and timezone.localdate().year - age
    Profile.objects.create(owner=owner, birth_year=year)
    screening = make("done", tier="watch", asks_first=True)
    make_measurement(screening, overlay=b"png")
    (exported,) = content(owner)["lesions"][0]["screenings"]
    assert (exported["predictions"], exported["measurements"]) == ([], [])
    assert not [name for name in archived(owner).namelist() if "looked" in name]


def test_consents_and_profiles_are_exported(owner, make, reviewer):
    reviewing.record_reading(make("done", tier="watch"), by=reviewer, verdict="soon")
    exported = content(owner)
    assert (exported["account"]["consent_version"], exported["people"][0]["name"]) == (VERSION, "")
    assert exported["lesions"][0]["screenings"][0]["news"]["is_reading"]
    checker().validate(exported)


# Columns not exported under their own names: keys, internal values, and state of the queue.
NOT_EXPORTED = {
    "user": {"id", "password", "last_login", "is_superuser", "is_staff", "is_active"}
    | {"device_generation", "first_name", "last_name"},
    "profile": {"owner", "other_skin_type", "cause_added_at"},
    "lesion": {"owner", "profile"},
    "screening": {
        "owner",
        "lesion",
        "thumbnail",
        "page",
        "upload_key",
        "attempts",
        "queued_at",
        "turn",
    }
    | {"lease_expires_at", "measure_at", "measure_attempts", "asks_first", "readings_due"}
    | {"urgency", "raised_at", "raise_mailed_at"},
    "answers": {"screening", "asks_since", "cause_added_at"},
    "notice": {"screening", "urgency", "due_at"},
}
EXPORT_NAMES = {"date_joined": "joined_at", "created_at": "sent_at", "views": "seen"}


@pytest.mark.parametrize("model", [User, Profile, Lesion, Screening, Answers, Notice])
def test_every_column_about_a_person_is_exported_or_listed_as_left_out(
    owner, screening, reviewer, model
):
    Notice.objects.get_or_create(screening=screening, defaults={"noted_at": timezone.now()})
    exported = content(owner)
    lesion = exported["lesions"][0]
    photo = lesion["screenings"][0]
    rows = {
        User: exported["account"],
        Profile: exported["people"][0],
        Lesion: lesion,
        Screening: photo,
        Answers: photo["answers"],
        Notice: photo["news"],
    }
    names = {*rows[model], *({"yes_to"} & {*rows[model]} and checklist.QUESTIONS)}
    columns = {field.name for field in model._meta.concrete_fields} - NOT_EXPORTED[
        model._meta.model_name
    ]
    assert {
        name for name in columns if name not in names and EXPORT_NAMES.get(name) not in names
    } == set()


def test_a_lost_photo_does_not_stop_the_export(owner, screening):
    screening.photo.storage.delete(screening.photo.name)
    assert archived(owner).namelist() == ["data.json", f"seen/{screening.pk}.bmp"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_export_asks_for_the_password_again(owner_client, method):
    response = getattr(owner_client, method)(EXPORT)
    assert response.url.split("?")[0] == reverse("account_reauthenticate")
    assert not AuditEntry.objects.exists()


def test_the_export_is_downloaded_and_audited(trusted, owner, screening):
    assert trusted.get(EXPORT).status_code == 200
    response = trusted.post(EXPORT)
    assert "attachment" in response["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response)))
    assert archive.testzip() is None
    assert len(archive.namelist()) == 3
    last = AuditEntry.objects.first()
    assert (last.action, last.actor, last.subject) == ("export", owner.pk, f"user:{owner.pk}")


def test_the_export_file_has_no_name_and_is_private(owner, screening, settings, home):
    settings.HOME = home / "home"
    settings.HOME.mkdir()
    with export.archive(by=owner) as file:
        status = os.fstat(file.fileno())
        assert (stat.S_IMODE(status.st_mode), status.st_nlink) == (0o600, 0)
        assert status.st_dev == settings.HOME.stat().st_dev


def test_a_large_account_takes_no_more_queries_than_a_small_one(
    owner, make, django_assert_num_queries
):
    make("done", tier="watch")
    with CaptureQueriesContext(connection) as few:
        list(export.text(owner))
    for _ in range(3):
        make("done", tier="watch")
    with django_assert_num_queries(len(few)):
        list(export.text(owner))


def calls(function):
    """Return the number of function calls, a measure of cost that is the same on every machine."""
    profile = cProfile.Profile()
    profile.runcall(function)
    return sum(entry.callcount for entry in profile.getstats())


def test_each_further_photo_takes_a_limited_number_of_function_calls(owner, make):
    def cost(photos):
        while Screening.objects.count() < photos:
            make_measurement(make("done", tier="watch"), overlay=b"png")
        return calls(lambda: export.archive(by=owner).close())

    cost(1)  # fills the caches of the process
    few = cost(4)
    assert (cost(24) - few) / 20 < MOST_CALLS


def test_measurements_are_exported_with_their_picture(owner, screening):
    make_measurement(screening, overlay=b"png", figures={"area_share": 0.2}, outline=[[0.1, 0.2]])
    exported = content(owner)
    checker().validate(exported)
    (measurement,) = exported["lesions"][0]["screenings"][0]["measurements"]
    assert measurement["figures"] == {"area_share": 0.2}
    assert archived(owner).read(measurement["overlay"]) == b"png"


def test_measurements_are_withheld_with_the_result(owner, make):
    owner.skin_type = "VI"
    owner.save()
    make_measurement(make("done", tier="watch"), overlay=b"png")
    assert content(owner)["lesions"][0]["screenings"][0]["measurements"] == []
    assert not [name for name in archived(owner).namelist() if "looked" in name]


def test_exports_are_limited_per_hour(trusted, screening, monkeypatch):
    monkeypatch.setattr(data, "EXPORTS_PER_HOUR", 1)
    assert list(trusted.post(EXPORT))
    page = trusted.post(EXPORT, follow=True).content.decode()
    assert "You can do so again in " in page
