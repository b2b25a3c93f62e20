"""A photo that kills or hangs every worker fails after three attempts. Other photos are read."""

import pytest

from diagnosis.models.choices import FailureReason
from tests.factories import encoded
from tests.faults.slow.apps import DEADLY_WIDTH, ENDLESS_WIDTH
from tests.pictures import dermoscopy_like

pytestmark = pytest.mark.faults


def test_one_photo_kills_its_worker_and_another_hangs_it(embedded_oracle):
    oracle = embedded_oracle
    for width in (DEADLY_WIDTH, ENDLESS_WIDTH):
        oracle.upload(1, encoded(dermoscopy_like(3, size=(width, 160))))
    oracle.upload(3)
    oracle.mark_repaired()
    oracle.expect(done=3, failed=2)
    ends = oracle.stack.query(
        "SELECT failure, attempts FROM diagnosis_screening"
        f" WHERE width IN ({DEADLY_WIDTH}, {ENDLESS_WIDTH})"
    )
    assert ends == [(FailureReason.ATTEMPTS_EXHAUSTED, 3)] * 2
