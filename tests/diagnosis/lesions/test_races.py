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
RENDITIONS = Renditions(b"page", b"views")


def sample(rows, rng, number=1):
    available = list(rows.all())
    if len(available) < number:
        raise rows.model.DoesNotExist
    return rng.sample(available, number)


def send(owner, rng):
    photo = cleaning.CleanPhoto(os.urandom(9), b"thumbnail", 4000, 3000, RENDITIONS)
    (lesion,) = sample(owner.lesions, rng) if owner.lesions.exists() else [Lesion(owner=owner)]
    services.submit(Screening(capture="camera"), photo, lesion, by=owner)


def merge(owner, rng):
    lesion, other = sample(owner.lesions, rng, 2)
    if photos := list(lesion.screenings.all()):
        moving.move_photos(photos, other, by=owner)


def split(owner, rng):
    (photo,) = sample(owner.screenings.select_related("lesion"), rng)
    moving.move_photos([photo], Lesion(owner=owner, profile=photo.lesion.profile), by=owner)


def delete(owner, rng):
    services.withdraw(*sample(owner.screenings, rng), by=owner)


def delete_spot(owner, rng):
    withdraw_lesion(*sample(owner.lesions, rng), by=owner)


def render_again(owner, rng):
    (photo,) = sample(owner.screenings, rng)
    lose(photo, "page")
    # Another thread may have deleted the photo's file.
    with suppress(FileNotFoundError):
        renditions.open_page(photo).close()


def read(owner, rng):
    """Lock the row first and then the trail, as a worker does."""
    (photo,) = sample(owner.screenings, rng)
    with transaction.atomic():
        if Screening.objects.filter(pk=photo.pk).update(attempts=1):
            trail.record(AuditEntry.Action.RESULT, photo)


ACTS = (send, send, send, merge, split, delete, delete_spot, render_again, render_again, read, read)


def act_at_random(owner, seed):
    rng = random.Random(seed)
    for _ in range(ROUNDS):
        with suppress(*TOO_LATE):
            rng.choice(ACTS)(owner, rng)


def run_together(*acts):
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


def files_named_in_rows():
    return {
        name for rows, field in photo_files.columns() for name in rows.values_list(field, flat=True)
    }


@pytest.mark.django_db(transaction=True)
def test_concurrent_actions_leave_nothing_half_done(owner, home, monkeypatch):
    monkeypatch.setattr(photo_decoder, "render", lambda _: RENDITIONS)
    run_together(*(partial(act_at_random, owner, seed) for seed in range(THREADS)))
    assert {
        str(path.relative_to(home / "photos")) for path in stored_files(home)
    } == files_named_in_rows()
    assert not Lesion.objects.filter(screenings=None).exists()
    last = partial(render_again, owner, random.Random(THREADS))
    with suppress(*TOO_LATE):
        run_together(last, User.objects.get(pk=owner.pk).delete, last)
    assert stored_files(home) == []
