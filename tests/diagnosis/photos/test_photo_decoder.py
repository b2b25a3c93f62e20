"""Whatever a photo does to the decoder, the caller continues, and the next photo is read."""

import io
import os
import signal
import sys
from json import JSONDecodeError
from pathlib import Path
from unittest.mock import Mock

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from PIL import Image

from diagnosis.decoder import cleaning, process
from diagnosis.decoder.process import CLEAN, HEAD
from diagnosis.photos import photo_decoder
from diagnosis.photos.photo_decoder import DecoderProcess
from ml.preprocessing.images import MAX_SIDE, ImageError, ImageFault
from tests.malformed_files import READABLE, UNUSABLE

# `hang`, `crash` and `fill memory` stand for hostile photos. Other bytes are decoded as usual.
HARM = """
import ctypes, os, sys
from diagnosis.decoder import process
good = process.made_of
def made_of(kind, photo):
    if photo == b"hang":
        while True: pass
    if photo == b"crash":
        os.kill(os.getpid(), 11)
    if photo == b"fill memory":
        return (1, 1), (bytes(2**31),)
    return good(kind, photo)
process.made_of, process.SECONDS = made_of, 0.4
process.main()
"""


@pytest.fixture
def decoder():
    decoder = DecoderProcess((sys.executable, "-c", HARM))
    yield decoder
    decoder.stop()


def fault(decoder, data):
    with pytest.raises(ImageError) as caught:
        decoder.ask(CLEAN, data)
    return caught.value.fault


def test_the_decoder_process_cleans_a_photo_as_this_process_does(jpeg):
    assert photo_decoder.clean(io.BytesIO(jpeg)) == cleaning.clean(io.BytesIO(jpeg))


def test_a_stored_photo_comes_back_as_pixels(jpeg):
    expected, image = cleaning.decode(io.BytesIO(jpeg)), photo_decoder.decode(io.BytesIO(jpeg))
    assert (image.size, image.tobytes()) == (expected.size, expected.tobytes())


def outcome(decode, data):
    try:
        return decode(io.BytesIO(data))
    except ImageError as error:
        return error.fault


@pytest.mark.parametrize("name", [*READABLE, *UNUSABLE])
def test_malformed_files_have_the_same_outcome_as_without_confinement(name):
    data = READABLE[name] if name in READABLE else UNUSABLE[name][0]
    assert outcome(photo_decoder.clean, data) == outcome(cleaning.clean, data)


def test_a_file_that_is_not_a_photo_is_reported_and_the_process_continues(decoder):
    first = decoder.start()
    assert fault(decoder, b"no photo") is ImageFault.NOT_AN_IMAGE
    assert decoder.start() is first


@pytest.mark.parametrize("harm", ["hang", "crash", "fill memory"])
def test_a_harmful_photo_ends_its_process_and_the_next_photo_is_read(decoder, jpeg, harm):
    first = decoder.start()
    assert fault(decoder, harm.encode()) is ImageFault.TOO_DEMANDING
    assert first.returncode is not None
    assert decoder.ask(CLEAN, jpeg)[0] == (160, 120)


@pytest.mark.parametrize("error", [SoftTimeLimitExceeded, MemoryError, KeyboardInterrupt])
def test_an_abandoned_answer_is_not_given_to_the_next_photo(decoder, jpeg, monkeypatch, error):
    first = decoder.start()
    with monkeypatch.context() as patch:
        patch.setattr(photo_decoder, "exactly", Mock(side_effect=error))
        with pytest.raises(error):
            decoder.ask(CLEAN, jpeg)
    assert fault(decoder, b"no photo") is ImageFault.NOT_AN_IMAGE
    assert first.returncode is not None


def test_an_answer_with_another_number_is_not_accepted(decoder, jpeg):
    process = decoder.start()
    process.stdin.write(HEAD.pack(CLEAN, 99, len(jpeg)) + jpeg)
    assert fault(decoder, b"no photo") is ImageFault.TOO_DEMANDING
    assert fault(decoder, b"no photo") is ImageFault.NOT_AN_IMAGE


def test_an_answer_longer_than_any_photo_is_not_read(decoder, jpeg, monkeypatch):
    first = decoder.start()
    with monkeypatch.context() as patch:
        patch.setattr(photo_decoder, "LONGEST", 99)
        assert fault(decoder, jpeg) is ImageFault.TOO_DEMANDING
    assert first.returncode is not None
    assert decoder.ask(CLEAN, jpeg)[0] == (160, 120)


def test_the_largest_photo_is_read():
    photo = io.BytesIO()
    Image.new("RGB", (MAX_SIDE, MAX_SIDE)).save(photo, "JPEG")
    photo.seek(0)
    assert photo_decoder.decode(photo).size == (MAX_SIDE, MAX_SIDE)


def test_an_unintelligible_answer_ends_the_decoder(decoder, jpeg, monkeypatch):
    first = decoder.start()
    with monkeypatch.context() as patch:
        patch.setattr(photo_decoder, "received", Mock(return_value=b"{"))
        with pytest.raises(JSONDecodeError):
            decoder.ask(CLEAN, jpeg)
    assert first.returncode is not None
    assert decoder.ask(CLEAN, jpeg)[0] == (160, 120)


def test_a_decoder_killed_while_idle_costs_no_photo(decoder, jpeg):
    first = decoder.start()
    first.kill()
    first.wait()
    assert decoder.ask(CLEAN, jpeg)[0] == (160, 120)


def test_a_decoder_is_replaced_after_many_photos(decoder, jpeg, monkeypatch):
    monkeypatch.setattr(photo_decoder, "MOST_PHOTOS", 2)
    first = decoder.start()
    decoder.ask(CLEAN, jpeg)
    assert decoder.start() is first
    decoder.ask(CLEAN, jpeg)
    assert decoder.start() is not first


def test_the_decoder_ignores_sigint_and_sigterm(decoder, jpeg):
    decoder.ask(CLEAN, jpeg)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(decoder.process.pid, number)
    first = decoder.process
    assert decoder.ask(CLEAN, jpeg)[0] == (160, 120)
    assert decoder.process is first


def test_a_decoder_ends_when_its_input_is_closed(decoder, jpeg):
    # The end of the process that started the decoder closes its input, too.
    process = decoder.start()
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    process.stdout.close()
    decoder.process = None


def test_the_environment_of_a_decoder_has_no_secrets(decoder, jpeg):
    decoder.ask(CLEAN, jpeg)
    environment = Path(f"/proc/{decoder.process.pid}/environ").read_bytes()
    names = {pair.split(b"=")[0] for pair in environment.split(b"\0") if pair}
    assert names == {name.encode() for name in (*photo_decoder.ENVIRONMENT, process.ACCEPT)}


def test_the_loop_answers_until_the_pipe_is_closed(jpeg):
    answers = io.BytesIO()
    process.answer(io.BytesIO((HEAD.pack(CLEAN, 7, len(jpeg)) + jpeg) * 2), answers)
    assert answers.getvalue().count(b'{"size": [160, 120]}') == 2
