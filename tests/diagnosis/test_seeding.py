import hashlib
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from diagnosis.models import Histology, Lesion, Review, Screening
from diagnosis.screenings import services


@pytest.fixture
def seeded(db, capsys):
    call_command("seed_screenings", "--count", "150", "--people", "5")
    assert "Screenings made: 150. Owners made: 5." in capsys.readouterr().out


@pytest.mark.usefixtures("seeded")
def test_seeded_screenings_have_every_final_status():
    assert Screening.objects.count() == 150
    assert set(Screening.objects.values_list("status", flat=True)) == {"done", "refused", "failed"}
    assert Review.objects.exists()
    assert Histology.objects.exists()
    assert not Lesion.objects.filter(screenings=None).exists()
    newest, oldest = Screening.objects.first(), Screening.objects.last()
    assert (newest.created_at - oldest.created_at).days > 900


@pytest.mark.usefixtures("seeded")
def test_each_seeded_photo_is_a_hard_link_that_can_be_deleted_alone(
    django_capture_on_commit_callbacks,
):
    digest = Screening.objects.first().sha256
    deleted, kept = Screening.objects.filter(sha256=digest)[:2]
    link, other = Path(deleted.photo.path), Path(kept.photo.path)
    assert link.samefile(other)
    with django_capture_on_commit_callbacks(execute=True):
        services.withdraw(deleted, by=deleted.owner)
    assert not link.exists()
    assert hashlib.sha256(other.read_bytes()).hexdigest() == digest


@pytest.mark.usefixtures("seeded")
def test_pages_are_timed_and_nothing_is_left_behind(capsys):
    Screening.objects.filter(status="done").update(readings_due=1)
    people = get_user_model().objects.count()
    call_command("time_pages")
    table = capsys.readouterr().out
    for name in (
        "| page, 150 photos, ",
        "| History |",
        "| A case |",
        "| Figures, all time, stored counts |",
    ):
        assert name in table
    assert get_user_model().objects.count() == people


@pytest.mark.django_db
def test_nothing_is_timed_without_photos():
    with pytest.raises(CommandError, match="seed_screenings"):
        call_command("time_pages")


def test_seeding_is_refused_in_production(settings):
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="do not belong among real ones"):
        call_command("seed_screenings", "--count", "1")
