"""Concurrent actions on one person's photos each happen completely, or not at all."""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest
from django.db import connection, transaction

from accounts.models import User
from diagnosis.audit import trail
from diagnosis.decoder import cleaning
from diagnosis.decoder.cleaning import Renditions
from diagnosis.lesions import moving
from diagnosis.lesions.services import withdraw_lesion
from diagnosis.models import AuditEntry, Lesion, Screening
from diagnosis.photos import photo_decoder, photo_files, renditions
from diagnosis.screenings import services
from tests.diagnosis.photos.test_photo_files import stored_files
from tests.factories import lose

THREADS, ROUNDS = 4, 25
# Errors of an action whose photo or spot another thread has deleted or moved.
TOO_LATE = (Lesion.DoesNotExist, Screening.DoesNotExist, moving.MovedMeanwhileError)
MADE = Renditions(b"page", b"views")


def sample(rows, chance, number=1):
    available = list(rows.all())
    if len(available) < number:
        raise rows.model.DoesNotExist
    return chance.sample(available, number)


def send(owner, chance):
    photo = cleaning.CleanPhoto(os.urandom(9), b"thumbnail", 4000, 3000, MADE)
    (lesion,) = sample(owner.lesions, chance) if owner.lesions.exists() else [Lesion(owner=owner)]
    services.submit(Screening(capture="camera"), photo, lesion, by=owner)


def merge(owner, chance):
    lesion, other = sample(owner.lesions, chance, 2)
    if photos := list(lesion.screenings.all()):
        moving.move_photos(photos, other, by=owner)


def split(owner, chance):
    (photo,) = sample(owner.screenings.select_related("lesion"), chance)
    moving.move_photos([photo], Lesion(owner=owner, profile=photo.lesion.profile), by=owner)


def delete(owner, chance):
    services.withdraw(*sample(owner.screenings, chance), by=owner)


def delete_spot(owner, chance):
    withdraw_lesion(*sample(owner.lesions, chance), by=owner)


def render_again(owner, chance):
    (photo,) = sample(owner.screenings, chance)
    lose(photo, "page")
    # Another thread may have deleted the photo's file.
    with suppress(FileNotFoundError):
        renditions.open_page(photo).close()


def read(owner, chance):
    """Lock the row first and then the trail, as a worker does."""
    (photo,) = sample(owner.screenings, chance)
    with transaction.atomic():
        if Screening.objects.filter(pk=photo.pk).update(attempts=1):
            trail.record(AuditEntry.Action.RESULT, photo)


ACTS = (send, send, send, merge, split, delete, delete_spot, render_again, render_again, read, read)


def at_work(owner, seed):
    chance = random.Random(seed)
    for _ in range(ROUNDS):
        with suppress(*TOO_LATE):
            chance.choice(ACTS)(owner, chance)


def together(*acts):
    """Run these actions concurrently. With SQLite, which has one writer, run them in turn."""

    def run(act):
        try:
            act()
        finally:
            connection.close()

    if connection.vendor == "sqlite":
        for act in acts:
            act()
        return
    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(run, acts))


def named_files():
    return {
        name for rows, field in photo_files.columns() for name in rows.values_list(field, flat=True)
    }


@pytest.mark.django_db(transaction=True)
def test_concurrent_actions_leave_nothing_half_done(owner, home, monkeypatch):
    monkeypatch.setattr(photo_decoder, "render", lambda _: MADE)
    together(*(partial(at_work, owner, seed) for seed in range(THREADS)))
    assert {str(path.relative_to(home / "photos")) for path in stored_files(home)} == named_files()
    assert not Lesion.objects.filter(screenings=None).exists()
    last = partial(render_again, owner, random.Random(THREADS))
    with suppress(*TOO_LATE):
        together(last, User.objects.get(pk=owner.pk).delete, last)
    assert stored_files(home) == []
