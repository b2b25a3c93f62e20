import errno
import hashlib
import io
import os
from pathlib import Path

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import OperationalError
from PIL import Image, ImageChops, ImageStat, JpegImagePlugin

from diagnosis.decoder import cleaning
from diagnosis.photos import photo_files
from tests.factories import encoded


def stored_files(home):
    return [path for path in (home / "photos").rglob("*") if path.is_file()]


@pytest.fixture
def photo(db, jpeg):
    return cleaning.clean(io.BytesIO(jpeg))


def test_a_photo_is_stored_as_our_own_jpeg_with_its_digest(photo):
    image = Image.open(io.BytesIO(photo.content))
    assert (image.format, image.size) == ("JPEG", (photo.width, photo.height))
    assert photo.sha256 == hashlib.sha256(photo.content).hexdigest()


def test_a_photo_is_on_disk_before_its_row(photo, monkeypatch):
    synced = []
    folder = Path("/proc/self/fd")
    monkeypatch.setattr(os, "fsync", lambda file: synced.append((folder / str(file)).readlink()))
    with photo_files.stored(photo) as names:
        paths = [Path(default_storage.path(names[column])) for column in ("photo", "thumbnail")]
        assert synced == [entry for path in paths for entry in (path, path.parent)]


def test_a_thumbnail_keeps_the_proportions(picture):
    photo = cleaning.clean(io.BytesIO(encoded(picture)))
    side = cleaning.THUMBNAIL_SIDE
    assert Image.open(io.BytesIO(photo.thumbnail)).size == (side, side * 3 // 4)


def test_the_thumbnail_of_a_detailed_photo_uses_most_of_its_byte_limit():
    grain = np.random.default_rng(5).normal(128, 60, (192, 256, 3)).clip(0, 255)
    thumbnail = cleaning.clean(
        io.BytesIO(encoded(Image.fromarray(grain.astype(np.uint8))))
    ).thumbnail
    assert cleaning.THUMBNAIL_BYTES / 2 < len(thumbnail) <= cleaning.THUMBNAIL_BYTES


def test_the_stored_bytes_have_no_metadata_of_the_phone(picture):
    exif = Image.Exif()
    exif[0x010E] = "SECRET-description"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.6)
    with_metadata = encoded(
        picture,
        exif=exif,
        comment=b"SECRET-comment",
        icc_profile=b"SECRET-profile",
        xmp=b"SECRET-xmp",
    )
    assert with_metadata.count(b"SECRET") == 4
    photo = cleaning.clean(io.BytesIO(with_metadata))
    assert set(Image.open(io.BytesIO(photo.content)).info) <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
    }
    assert b"SECRET" not in photo.content + photo.thumbnail
    assert b"Exif" not in photo.content + photo.thumbnail


def test_fine_detail_in_colour_survives_storage():
    stripes = np.tile(np.array([[220, 40, 40], [40, 40, 220]], np.uint8), (160, 80, 1))
    sent = Image.fromarray(stripes)
    kept = Image.open(io.BytesIO(cleaning.clean(io.BytesIO(encoded(sent, "PNG"))).content))
    assert max(ImageStat.Stat(ImageChops.difference(sent, kept)).mean) < 5


def test_a_jpeg_keeps_its_compression(picture):
    sent = encoded(picture, quality=70, subsampling=2)
    kept = Image.open(io.BytesIO(cleaning.clean(io.BytesIO(sent)).content))
    assert kept.quantization == Image.open(io.BytesIO(sent)).quantization
    difference = ImageChops.difference(Image.open(io.BytesIO(sent)), kept)
    assert max(ImageStat.Stat(difference).mean) < 0.5


def test_a_jpeg_that_would_be_too_large_to_read_again_gets_our_compression(picture, monkeypatch):
    monkeypatch.setattr(cleaning, "MAX_BYTES", 1000)
    ours = cleaning.to_jpeg(cleaning.decode(io.BytesIO(encoded(picture))), quality=cleaning.QUALITY)
    assert cleaning.clean(io.BytesIO(encoded(picture))).content == ours


def test_a_frame_of_a_photo_gets_our_compression(picture):
    content = cleaning.clean(io.BytesIO(encoded(picture)), (0, 0, 300, 200)).content
    assert JpegImagePlugin.get_sampling(Image.open(io.BytesIO(content))) == 0


def test_photos_are_stored_privately_under_random_names(photo, home):
    with photo_files.stored(photo) as first, photo_files.stored(photo) as second:
        assert len({*first.values(), *second.values()} - {""}) == 6
    assert {path.stat().st_mode & 0o777 for path in stored_files(home)} == {0o600}


def test_a_failure_leaves_no_file_behind(photo, home):
    written = []

    def fail():
        written.extend(stored_files(home))
        raise LookupError

    with pytest.raises(LookupError), photo_files.stored(photo):
        fail()
    assert (len(written), stored_files(home)) == (3, [])


@pytest.mark.parametrize(("state", "are_kept"), [(None, True), ("57P01", True), ("40P01", False)])
def test_files_stay_if_the_connection_broke_since_their_row_may_be_stored(
    photo, home, state, are_kept
):
    driver = Exception("driver")
    driver.sqlstate = state
    with pytest.raises(OperationalError), photo_files.stored(photo):
        raise OperationalError("the database failed") from driver
    assert bool(stored_files(home)) is are_kept


def test_a_disk_that_fills_up_leaves_no_file_behind(photo, home, monkeypatch):
    write = FileSystemStorage.save

    def write_half(storage, name, content, **_):
        if stored_files(home):
            write(storage, name, ContentFile(b"half"))
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(storage, name, content)

    monkeypatch.setattr(FileSystemStorage, "save", write_half)
    with pytest.raises(OSError, match="No space"), photo_files.stored(photo):
        pass
    assert stored_files(home) == []


def test_files_are_deleted_only_after_the_deletion_of_their_row_is_committed(
    screening, home, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as callbacks:
        screening.delete()
    assert len(stored_files(home)) == 3
    for callback in callbacks:
        callback()
    assert stored_files(home) == []
