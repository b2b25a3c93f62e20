from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from diagnosis.models import Answers, Lesion, Profile, Review
from tests.factories import make_prediction, make_review, make_screening, make_user

BEFORE, AFTER = (
    [("diagnosis", "0002_prediction_is_uncertain")],
    [("diagnosis", "0005_lesion_is_needed")],
)


@pytest.fixture
def _schema(transactional_db):
    """Restore the newest schema for the tests that follow."""
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.mark.usefixtures("_schema")
def test_every_existing_photo_gets_a_lesion(django_user_model):
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    old = executor.loader.project_state(BEFORE).apps.get_model("diagnosis", "Screening")
    owner = django_user_model.objects.create_user(email="olga@example.org")
    for site, note in (("back", "n" * 500), ("", "")):
        old.objects.create(
            owner_id=owner.pk,
            body_site=site,
            note=note,
            width=1,
            height=1,
            queued_at="2026-01-01T00:00Z",
        )
    executor = MigrationExecutor(connection)
    executor.migrate(AFTER)
    new = executor.loader.project_state(AFTER).apps.get_model("diagnosis", "Screening")
    rows = {(row.lesion.name, row.lesion.body_site, row.note) for row in new.objects.all()}
    assert rows == {("n" * 80, "back", "n" * 500), ("", "", "")}
    first = new.objects.first()
    assert first.lesion.created_at == first.created_at
    assert first.lesion.owner_id == owner.pk


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        ({"tier": "elevated", "is_uncertain": True}, (2, 3)),
        ({"tier": "lower", "is_uncertain": True}, (1, 2)),
        ({"tier": "lower"}, (1, 1)),
        ({}, (0, 0)),
    ],
)
def test_unread_photos_are_put_into_the_queue(owner, jpeg, prediction, expected):
    screening = make_screening(owner, jpeg, "done" if prediction else "refused")
    if prediction:
        make_prediction(screening, **prediction)
    import_module("diagnosis.migrations.0008_put_into_the_queue").put_into_the_queue(apps, None)
    screening.refresh_from_db()
    assert (screening.readings_due, screening.urgency) == expected


OLD = [("diagnosis", "0028_upkeep")]
NEW = [("diagnosis", "0031_readings_know_their_tier")]


@pytest.mark.usefixtures("_schema")
def test_answers_of_earlier_models_are_kept_and_readings_get_their_tier(django_user_model):
    executor = MigrationExecutor(connection)
    executor.migrate(OLD)
    apps = executor.loader.project_state(OLD).apps
    owner = django_user_model.objects.create_user(email="olga@example.org")
    lesion = apps.get_model("diagnosis", "Lesion").objects.create(owner_id=owner.pk)
    for tier, urgency, probability, verdict in (
        ("elevated", 3, 0.4, "agree"),
        ("lower", 1, 0.02, "disagree"),
    ):
        screening = apps.get_model("diagnosis", "Screening").objects.create(
            owner_id=owner.pk,
            lesion_id=lesion.pk,
            width=1,
            height=1,
            queued_at="2026-01-01T00:00Z",
            urgency=urgency,
        )
        fields = {"screening": screening, "model_version": "lite0-5", "tier": tier}
        for table in ("Prediction", "ShadowPrediction"):
            apps.get_model("diagnosis", table).objects.create(
                **fields, probability=probability, melanomas_per_100=round(100 * probability)
            )
        apps.get_model("diagnosis", "Review").objects.create(screening=screening, verdict=verdict)
    executor = MigrationExecutor(connection)
    executor.migrate(NEW)
    apps = executor.loader.project_state(NEW).apps
    expected = [("elevated", 0.4, 40, None, ""), ("lower", 0.02, 2, None, "")]
    columns = ("tier", "melanoma", "melanomas_per_100", "cancer", "kind")
    for table in ("Prediction", "ShadowPrediction"):
        rows = apps.get_model("diagnosis", table).objects.order_by("-melanoma")
        assert list(rows.values_list(*columns)) == expected
    readings = apps.get_model("diagnosis", "Review").objects.order_by("pk")
    assert list(readings.values_list("verdict", "tier")) == [
        ("agree", "elevated"),
        ("disagree", "lower"),
    ]
    screenings = apps.get_model("diagnosis", "Screening").objects.order_by("-urgency")
    assert list(screenings.values_list("urgency", flat=True)) == [4, 2]


def test_existing_spots_are_numbered_by_age(owner, stranger, monkeypatch):
    spots = [Lesion.objects.create(owner=person) for person in (owner, stranger, owner)]
    late = Lesion.objects.create(owner=make_user("late@example.org"))
    Lesion.objects.filter(owner__in=[owner, stranger]).update(number=None)
    migration = import_module("diagnosis.migrations.0044_number_earlier_spots")
    monkeypatch.setattr(migration, "PEOPLE_AT_ONCE", 1)
    migration.number(apps, None)
    numbers = [Lesion.objects.get(pk=spot.pk).number for spot in (*spots, late)]
    assert numbers == [1, 1, 2, 1]


def test_answers_changed_after_a_reading_count_as_new(owner, reviewer, jpeg):
    changed, known = (make_screening(owner, jpeg, "done", tier="watch") for _ in range(2))
    Answers.objects.create(screening=known, is_raised=True)
    for screening in (changed, known):
        make_review(screening, reviewer, "watch")
    late = Answers.objects.create(screening=changed, is_raised=True)
    import_module("diagnosis.migrations.0051_date_earlier_causes").date_answers(apps, None)
    times = dict(Answers.objects.values_list("screening", "cause_added_at"))
    assert times == {changed.pk: late.answered_at, known.pk: None}


def test_an_earlier_cancer_counts_from_the_first_answers(owner):
    at = timezone.now()
    for name, had_melanoma in (("", None), ("Dad", True)):
        Profile.objects.create(owner=owner, name=name, had_melanoma=had_melanoma, answered_at=at)
    import_module("diagnosis.migrations.0051_date_earlier_causes").date_people(apps, None)
    assert dict(Profile.objects.values_list("name", "cause_added_at")) == {"": None, "Dad": at}


def test_earlier_readings_keep_the_ids_of_their_readers(owner, reviewer, stranger, jpeg):
    screening = make_screening(owner, jpeg, "done", tier="watch")
    for by in (reviewer, stranger):
        make_review(screening, by, "watch")
    Review.objects.update(reader=None)
    key = reviewer.pk
    stranger.delete()
    import_module("diagnosis.migrations.0053_readers_of_earlier_readings").keep_readers(apps, None)
    reviewer.delete()
    assert set(Review.objects.values_list("reader", flat=True)) == {key, None}
