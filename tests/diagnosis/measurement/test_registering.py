"""Each photo is registered to the previous photo, and growth can raise the urgency."""

from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core import mail
from django.db import IntegrityError
from django.db.models import F
from django.utils import timezone
from PIL import Image

from accounts.models import User
from diagnosis.lesions import moving
from diagnosis.measurement import analysis, measuring, registering
from diagnosis.models import (
    Answers,
    AuditEntry,
    Lesion,
    Measurement,
    Notice,
    Prediction,
    Profile,
    Registration,
    Reminder,
    Review,
    Screening,
)
from diagnosis.models.decisions import due
from diagnosis.outcomes import cause_texts
from diagnosis.privacy import deletion, retention
from diagnosis.reminders import mails, notices, raised_results, reminders
from diagnosis.rules.causes import Cause
from diagnosis.rules.urgency import Urgency
from ml.features.registration import skin
from ml.preprocessing.images import ImageError, ImageFault
from tests.factories import (
    encoded,
    lose,
    make_measurement,
    make_prediction,
    make_reminder,
    make_review,
    make_screening,
)
from tests.ml.features.registration import skins

DAY = timedelta(days=1)
find_landmarks = skin.find_landmarks


@cache
def found_landmarks(size, pixels, outline):
    photo = Image.frombytes("RGB", size, pixels)
    return find_landmarks(photo, np.frombuffer(outline).reshape(-1, 2))


@pytest.fixture(autouse=True)
def _search_each_photo_once(monkeypatch):
    """The search takes a second, and most tests use the same two photos."""

    def find(photo, outline):
        return found_landmarks(photo.size, photo.tobytes(), outline.astype(float).tobytes())

    monkeypatch.setattr(skin, "find_landmarks", find)


@pytest.fixture
def pair(owner):
    """Two photos of a spot whose area grew by 70 %. The second is closer and rotated."""
    (first, outline), (grown, larger) = skins.skin(1), skins.skin(1, 45 * 1.7**0.5)
    other, project = skins.photographed(grown, zoom=1.2, turn=15)
    before = take_photo(owner, first, outline, days=30)
    return before, take_photo(owner, other, project(larger), lesion=before.lesion)


def take_photo(owner, picture, outline, *, days=0, **fields):
    photo = encoded(picture, quality=90)
    screening = make_screening(owner, photo, "done", tier="watch", **fields)
    Screening.objects.update(created_at=timezone.now() - days * DAY) if days else None
    screening.refresh_from_db()
    points = np.clip(skins.shares(outline), 0, 1).tolist()
    make_measurement(screening, version=analysis.version(), outline=points)
    return screening


def measured(screening):
    """Register a measured photo again, as a worker does, and return it."""
    Screening.objects.filter(pk=screening.pk).register_again()
    measuring.run(screening.pk)
    return Screening.objects.with_outcome().get(pk=screening.pk)


def test_growth_counts_as_the_answer_that_the_spot_has_changed_in_size(pair):
    before, after = pair
    grown = measured(after)
    registration = grown.registrations.get()
    assert registration.before == before
    assert registration.ratio == pytest.approx(1.7, abs=0.05)
    assert len(registration.transform) == 6
    assert grown.decision.urgency is Urgency.SOON
    assert grown.causes == {Cause.HAS_GROWN: Urgency.SOON}
    assert grown.raised_at


def test_growth_measured_by_a_worker_whose_clock_is_slow_is_mailed(pair, reviewer, monkeypatch):
    make_review(pair[1], reviewer, "watch")
    Review.objects.update(reviewed_at=timezone.now() - timedelta(minutes=5))
    slow = timezone.now() - timedelta(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: slow)
    grown = measured(pair[1])
    assert grown.decision.urgency is Urgency.SOON
    assert grown.raised_at


def test_the_page_attributes_growth_to_the_photos_and_not_to_the_person(owner_client, pair):
    page = owner_client.get(measured(pair[1]).get_absolute_url()).content.decode()
    assert "Your photos show that it has grown" in page
    assert cause_texts.YOU_TOLD_US.format(quoted="it has") not in page


def test_after_a_melanoma_growth_is_urgent(pair):
    Profile.objects.update(had_melanoma=True)
    assert measured(pair[1]).decision.urgency is Urgency.URGENT


def test_a_first_photo_is_not_registered(pair):
    assert not measured(pair[0]).registrations.exists()


def test_photos_of_two_places_are_not_registered_and_raise_no_urgency(owner, pair):
    before, _ = pair
    elsewhere = measured(take_photo(owner, *skins.skin(2), lesion=before.lesion))
    assert elsewhere.registrations.get().fault == Registration.Fault.UNSURE
    assert not elsewhere.has_grown
    assert elsewhere.raised_at is None


def test_photos_with_scales_are_compared_even_if_the_skin_does_not_match(owner, pair):
    before, _ = pair
    elsewhere = take_photo(owner, *skins.skin(2, 60), lesion=before.lesion)
    Screening.objects.update(mm_per_px=0.1)
    registration = measured(elsewhere).registrations.get()
    assert registration.fault == ""
    assert registration.transform == []


def test_photos_of_different_kinds_are_not_compared(pair):
    Screening.objects.filter(pk=pair[0].pk).update(capture="camera")
    assert measured(pair[1]).registrations.get().fault == Registration.Fault.OTHER_KIND


def test_growth_is_withdrawn_if_the_previous_photo_is_deleted(pair):
    grown = measured(pair[1])
    deletion.delete_screening(pair[0], by=grown.owner)
    assert not measured(grown).has_grown


def test_measuring_again_replaces_the_registration(pair):
    assert measured(measured(pair[1])).registrations.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"fault": "unsure", "ratio": 1.0, "low": 0.9, "high": 1.1},
        {"fault": ""},
        {"ratio": 1.0, "low": 1.1, "high": 1.2},
        {"fault": "other"},
    ],
)
def test_the_database_refuses_an_impossible_interval(pair, fields):
    before, after = pair
    row = Registration(screening=after, before=before, version="test-1", **fields)
    with pytest.raises(IntegrityError, match="registration_has_an_interval_or_a_fault"):
        Registration.objects.bulk_create([row])


def test_registering_needs_a_measured_previous_photo(pair):
    before, after = pair
    before.measurements.all().delete()
    assert registering.register(after, after.measurement) is None


def test_outlines_of_two_versions_are_not_compared(pair):
    before, after = pair
    before.measurements.update(version="outline-0")
    assert registering.register(after, after.measurement) is None


def test_a_worker_loses_its_lease_if_the_previous_photo_changes_meanwhile(pair):
    """Otherwise its late result would clear `measure_at`, and no photo would be registered."""
    after = pair[1]
    Screening.objects.filter(pk=after.pk).register_again()
    claim = Screening.objects.claim_measuring(after.pk)
    assert Screening.objects.held_for_measuring(claim).exists()
    Screening.objects.filter(pk=after.pk).register_again()
    assert not Screening.objects.held_for_measuring(claim).exists()
    assert Screening.objects.claim_measuring(after.pk)
    assert not Screening.objects.held_for_measuring(claim).exists()


def test_a_worker_that_measures_a_new_photo_loses_its_lease_if_the_previous_photo_is_moved(pair):
    before, after = pair
    after.measurements.all().delete()
    Screening.objects.filter(pk=after.pk).register_again()
    claim = Screening.objects.claim_measuring(after.pk)
    new = Lesion(owner=before.owner, profile=before.lesion.profile)
    moving.move_photos([before], new, by=before.owner)
    assert not Screening.objects.held_for_measuring(claim).exists()
    assert Screening.objects.claim_measuring(after.pk)


def test_an_outline_without_area_is_unsure_and_keeps_the_measurement(pair, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("ml.features.registration.growth.by_skin", fail)
    screening = measured(pair[1])
    assert screening.registrations.get().fault == Registration.Fault.UNSURE
    assert screening.measure_at is None


def test_a_late_measurement_registers_the_next_photo(pair, monkeypatch):
    before, after = pair
    before.measurements.all().delete()
    fresh = Measurement(version=analysis.version())
    monkeypatch.setattr(measuring, "measure", lambda _: (fresh, b""))
    Screening.objects.filter(pk=before.pk).register_again()
    measuring.run(before.pk)
    assert Screening.objects.get(pk=after.pk).measure_at


@pytest.mark.parametrize("error", [SoftTimeLimitExceeded(), ImageError(ImageFault.TOO_DEMANDING)])
def test_a_registration_that_failed_is_repeated_without_measuring(pair, monkeypatch, error):
    def fail(*_):
        raise error

    after = pair[1]
    fresh = Measurement(version=analysis.version(), outline=after.measurement.outline)
    after.measurements.all().delete()
    Screening.objects.filter(pk=after.pk).register_again()
    with monkeypatch.context() as during:
        during.setattr(measuring, "measure", lambda _: (fresh, b""))
        during.setattr(registering, "register", fail)
        with pytest.raises(type(error)):
            measuring.run(after.pk)
    assert after.measurements.get() == fresh
    # After the lease, the next attempt only has to register the photo.
    Screening.objects.filter(pk=after.pk).update(measure_at=timezone.now() - DAY)
    measuring.run(after.pk)
    assert after.registrations.exists()
    assert Screening.objects.get(pk=after.pk).measure_at is None


def fresh(screening):
    return Screening.objects.with_outcome().get(pk=screening.pk)


def test_growth_stays_if_every_attempt_to_register_again_kills_the_decoder(owner, pair, request):
    Profile.objects.update(had_melanoma=True)
    grown, month_ago = measured(pair[1]), timezone.now() - 31 * DAY
    photo, _ = skins.skin(3)
    between = make_screening(owner, encoded(photo), "refused", lesion=grown.lesion)
    times = {"created_at": timezone.now() - 15 * DAY, "finished_at": month_ago}
    Screening.objects.filter(pk=between.pk).update(**times)
    retention.purge()
    request.getfixturevalue("no_decoder")
    for _ in range(settings.MAX_ATTEMPTS):
        Screening.objects.filter(pk=grown.pk).update(measure_at=timezone.now() - DAY)
        with pytest.raises(ImageError):
            measuring.run(grown.pk)
        assert fresh(grown).measure_at
    Screening.objects.filter(pk=grown.pk).update(measure_at=timezone.now() - DAY)
    assert measuring.sweep(1) == []
    assert fresh(grown).measure_at is None
    assert fresh(grown).has_grown
    assert fresh(grown).decision.urgency is Urgency.URGENT


def test_growth_stays_if_a_photo_is_lost(pair):
    grown = measured(pair[1])
    lose(pair[0], "photo")
    again = measured(grown)
    assert (again.has_grown, again.measure_at) == (True, None)


@pytest.mark.usefixtures("no_decoder")
def test_scales_show_growth_without_the_decoder(pair):
    Screening.objects.update(mm_per_px=0.1)
    assert measured(pair[1]).has_grown


@pytest.fixture
def late(pair):
    """Two photos from half a year ago, whose growth is measured today."""
    Screening.objects.update(created_at=F("created_at") - 180 * DAY, finished_at=timezone.now())
    Prediction.objects.update(created_at=timezone.now() - 180 * DAY)
    return pair


def test_the_due_day_counts_from_the_day_when_growth_was_measured(late):
    grown = measured(late[1])
    today = timezone.localdate()
    assert due.day(grown, grown.decision) == today + timedelta(weeks=8)
    Profile.objects.update(had_melanoma=True, answered_at=timezone.now() - 100 * DAY)
    urgent = Screening.objects.with_outcome().get(pk=grown.pk)
    assert due.day(urgent, urgent.decision) == today + timedelta(weeks=2)
    # Growth that persists does not restart the time.
    assert measured(late[1]).grown_at == grown.grown_at


def test_growth_does_not_postpone_the_day_that_earlier_answers_set(late, owner):
    Answers.objects.create(screening=late[1], changed_size=True)
    Answers.objects.update(asks_since=timezone.now() - 50 * DAY)
    grown = measured(late[1])
    assert due.day(grown, grown.decision) == timezone.localdate() + timedelta(weeks=8) - 50 * DAY


def test_growth_after_a_visit_to_a_doctor_asks_about_a_new_visit(late):
    after = late[1]
    answer = {"answer": "seen", "closed_at": timezone.now() - 20 * DAY}
    make_reminder(after.lesion, -30, screening=after, **answer)
    assert reminders.may_wait(Lesion.objects.with_photos().get())
    measured(after)
    assert not reminders.may_wait(Lesion.objects.with_photos().get())
    reminders.plan_visits()
    assert Reminder.objects.open().get().screening == after


def test_a_change_of_growth_is_audited_without_its_direction(pair):
    def entries():
        rows = AuditEntry.objects.filter(action="result", subject=f"screening:{pair[1].pk}")
        return [entry.detail for entry in rows]

    grown = measured(pair[1])
    changed = {"measurement": analysis.version(), "growth": "changed"}
    assert entries() == [changed]
    measured(grown)
    assert entries() == [changed]
    deletion.delete_screening(pair[0], by=grown.owner)
    lowered = measured(grown)
    assert (lowered.has_grown, lowered.grown_at) == (False, None)
    assert entries() == [changed, changed]


@pytest.mark.parametrize(("had_melanoma", "count"), [(True, 1), (False, 0)])
def test_unopened_urgent_growth_is_mailed_again_and_listed_for_the_lead(
    pair, monkeypatch, had_melanoma, count
):
    monkeypatch.setattr(mails, "is_day", lambda *_: True)
    Profile.objects.update(had_melanoma=had_melanoma)
    measured(pair[1])
    for _ in range(2):
        Notice.objects.update(
            **{
                name: F(name) - timedelta(days=3, minutes=1)
                for name in ("noted_at", "mailed_at", "due_at")
            }
        )
        notices.send()
    assert len(mail.outbox) == count
    assert Notice.objects.to_reach().count() == count


def test_an_urgent_model_result_gets_a_notice_after_urgent_growth_was_withdrawn(pair, owner_client):
    Profile.objects.update(had_melanoma=True)
    grown = measured(pair[1])
    owner_client.get(grown.get_absolute_url())
    assert not Notice.objects.unopened().exists()
    deletion.delete_screening(pair[0], by=grown.owner)
    withdrawn = measured(grown)
    make_prediction(withdrawn, tier="urgent", model_version="test-2")
    Notice.objects.note_result(Screening.objects.with_outcome().get(pk=withdrawn.pk))
    assert Notice.objects.unopened().get().urgency == "urgent"


@pytest.mark.parametrize(("days", "number"), [(0, 1), (9, 0)])
def test_only_growth_is_mailed_while_the_models_result_is_withheld(pair, monkeypatch, days, number):
    monkeypatch.setattr(mails, "is_day", lambda *_: True)
    User.objects.update(skin_type="VI")
    measured(pair[1])
    # Other photos, which a new model still has to read, delay the mail for a day at most.
    raised = Screening.objects.exclude(raised_at=None)
    raised.update(raised_at=timezone.now() - 2 * DAY, grown_at=timezone.now() - (2 + days) * DAY)
    raised_results.send()
    assert len(mail.outbox) == number
