from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.factories import make_prediction, make_screening

BEFORE, AFTER = (
    [("diagnosis", "0002_prediction_is_uncertain")],
    [("diagnosis", "0005_lesion_is_needed")],
)


@pytest.fixture
def _schema(transactional_db):
    """Leave the newest schema behind: other tests come after."""
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.mark.usefixtures("_schema")
def test_every_photo_so_far_becomes_one_of_a_lesion(django_user_model):
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
    found = {(row.lesion.name, row.lesion.body_site, row.note) for row in new.objects.all()}
    assert found == {("n" * 80, "back", "n" * 500), ("", "", "")}
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
def test_what_nobody_has_read_is_put_into_the_queue(owner, jpeg, prediction, expected):
    screening = make_screening(owner, jpeg, "done" if prediction else "refused")
    if prediction:
        make_prediction(screening, **prediction)
    import_module("diagnosis.migrations.0008_put_into_the_queue").put_into_the_queue(apps, None)
    screening.refresh_from_db()
    assert (screening.readings_due, screening.urgency) == expected
