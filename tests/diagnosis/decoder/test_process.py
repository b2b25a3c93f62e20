import io

import pytest

from diagnosis.decoder import process
from ml.preprocessing import images


@pytest.mark.parametrize(
    ("seconds", "limit"),
    [
        (process.REFERENCE_SECONDS / 2, process.SECONDS),
        (process.REFERENCE_SECONDS, process.SECONDS),
        (process.REFERENCE_SECONDS * 2, process.SECONDS * 2),
        (60, process.MOST_SECONDS),
    ],
)
def test_a_slow_machine_gets_more_time_for_a_photo_up_to_a_limit(seconds, limit):
    assert process.seconds_for(seconds) == pytest.approx(limit)


def test_the_reference_picture_is_decoded_by_the_slowest_codec():
    content = process.REFERENCE.read_bytes()
    assert content[8:12] == b"heic"
    assert images.decode(io.BytesIO(content)).size == (512, 384)
    assert process.reference_seconds(content) > 0
