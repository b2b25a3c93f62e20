"""A photo that no worker survives is put aside after a few attempts; the others are read."""

import pytest

from diagnosis.texts import FailureReason
from tests.factories import encoded
from tests.faults.slow.apps import DEADLY_WIDTH, ENDLESS_WIDTH
from tests.pictures import dermoscopy_like

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("width", [DEADLY_WIDTH, ENDLESS_WIDTH])
def test_a_photo_crashes_or_hangs_whoever_reads_it(embedded_oracle, width):
    oracle = embedded_oracle
    oracle.upload(1, encoded(dermoscopy_like(3, size=(width, 160))))
    oracle.upload(3)
    oracle.is_whole()
    oracle.expect(done=3, failed=1)
    (reason,) = oracle.stack.query(
        f"SELECT failure, attempts FROM diagnosis_screening WHERE width = {width}"
    )
    assert reason == (FailureReason.ATTEMPTS_EXHAUSTED, 3)
