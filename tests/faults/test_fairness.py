"""A thousand photos of twenty people: nobody waits for all photos of somebody else."""

import sys
from collections import defaultdict
from math import ceil

import pytest

from tests.journeys.conftest import running
from tests.journeys.stack import WORKER, crowding

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]
PEOPLE, FEW, MANY = 20, 30, 430
SEED = f"""
import io, os
from accounts.models import User
from diagnosis.decoder import cleaning
from diagnosis.models import Lesion, Screening
from diagnosis.screenings import services
with open(os.environ["PHOTO"], "rb") as file:
    photo = cleaning.clean(file)
for number in range({PEOPLE}):
    user = User.objects.create(email=f"{{number}}@example.org")
    for _ in range({FEW} if number else {MANY}):
        services.submit(Screening(capture="camera"), photo, Lesion(owner=user), by=user)
"""


@pytest.fixture
def stack(tmp_path, jpeg):
    photo = tmp_path / "spot.jpg"
    photo.write_bytes(jpeg)
    variables = {"SKINSCREEN_WORKER_CHILDREN": "1", "PHOTO": str(photo)}
    with running(tmp_path / "home", **variables) as started:
        yield started


def test_a_thousand_photos_of_twenty_people_are_read_by_two_workers_in_turn(stack, oracle_of):
    oracle = oracle_of(stack)
    with stack.frozen(WORKER):
        stack.manage("shell", "-c", SEED)
        oracle.accepted = set(oracle.statuses())
        assert len(oracle.accepted) == 1000
    oracle.mark_repaired()
    with stack.also(sys.executable, "-m", *WORKER.split(), "-c", "1"):
        oracle.expect(done=1000, within=600)
    places, spare = defaultdict(list), ceil(crowding())
    owners = stack.query("SELECT owner_id FROM diagnosis_screening ORDER BY finished_at")
    for place, (owner,) in enumerate(owners):
        places[owner].append(place)
    # A slow photo may be overtaken by one round, or by more rounds on a busy machine.
    for own_places in places.values():
        for number, place in enumerate(own_places[:FEW]):
            assert PEOPLE * (number - spare) <= place < PEOPLE * (number + 1 + spare)
