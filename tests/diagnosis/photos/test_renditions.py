"""Renditions are made once, and made again if they are missing."""

import io
import logging

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from PIL import Image

from diagnosis.decoder import cleaning
from diagnosis.models import Screening
from diagnosis.photos import photo_decoder, photo_files, renditions
from diagnosis.photos.encryption import StoreError
from diagnosis.privacy.deletion import delete_screening
from ml.preprocessing.images import decode
from ml.preprocessing.views import VERSION, Views
from tests.diagnosis.photos.test_photo_files import stored_files
from tests.factories import encoded, lose, make_screening
from tests.ml.preprocessing.test_framing import in_disc
from tests.pictures import dermoscopy_like


@pytest.fixture(scope="module")
def large():
    return encoded(dermoscopy_like(3, (1600, 1200)))


@pytest.fixture
def screening(owner, large):
    return make_screening(owner, large)


@pytest.fixture
def decoded(monkeypatch):
    """Count full decodings of photos."""
    calls, render = [], photo_decoder.render
    monkeypatch.setattr(photo_decoder, "render", lambda photo: calls.append(1) or render(photo))
    return calls


def remove_renditions(screening):
    """Bring a row into the state of an old photo without renditions."""
    lose(screening, "page", "views")
    Screening.objects.filter(pk=screening.pk).update(page="", views="")
    screening.refresh_from_db()


def outdate(screening):
    """Give a photo the views of the previous version."""
    name = str(screening.views)
    kept = default_storage.open(name).read()
    default_storage.delete(name)
    default_storage.save(name, ContentFile(bytes([VERSION - 1]) + kept[1:]))


def size_of(opened):
    with Image.open(opened) as image:
        return image.size


def test_the_views_made_at_upload_are_used_without_decoding_again(screening, large, decoded):
    views, sent = renditions.views_of(screening), Views.of(decode(io.BytesIO(large)))
    assert (views.framed == sent.framed).all()
    assert decoded == []


def test_pages_show_a_smaller_copy_of_a_large_photo(screening, decoded):
    assert size_of(renditions.open_page(screening)) == (cleaning.PAGE_SIDE, 960)
    assert decoded == []


@pytest.mark.parametrize("side", [961, 1281, 2000, 2600, 4096])
def test_the_copy_for_pages_has_about_the_size_that_pages_show(side):
    photo = cleaning.clean(io.BytesIO(encoded(Image.new("RGB", (side, 200)))))
    assert 900 < max(size_of(io.BytesIO(photo.renditions.page))) < 1700


def test_pages_show_a_small_photo_itself(make, decoded):
    screening = make()
    picture = renditions.open_page(screening).read()
    assert picture == default_storage.open(str(screening.photo)).read()
    assert (str(screening.page), decoded) == ("", [])


def test_an_old_photo_gets_renditions_on_first_use(screening, decoded):
    remove_renditions(screening)
    for _ in range(2):
        renditions.views_of(screening)
        renditions.open_page(Screening.objects.get(pk=screening.pk)).close()
    assert decoded == [1]


@pytest.mark.parametrize("look", [renditions.views_of, renditions.open_page])
def test_a_lost_file_is_made_again(screening, decoded, look):
    lose(screening, "page", "views")
    look(screening)
    look(Screening.objects.get(pk=screening.pk))
    assert decoded == [1]


def test_views_of_another_version_are_replaced(screening, home, decoded):
    files = len(stored_files(home))
    outdate(screening)
    for _ in range(2):
        renditions.views_of(Screening.objects.get(pk=screening.pk))
    assert decoded == [1]
    # replaced files are deleted on commit, which this test never reaches
    assert len(stored_files(home)) == files + 2


@pytest.mark.django_db(transaction=True)
def test_replaced_renditions_are_removed(screening, home):
    files = len(stored_files(home))
    outdate(screening)
    renditions.views_of(screening)
    assert len(stored_files(home)) == files


def test_renditions_of_a_photo_deleted_meanwhile_are_not_kept(screening, home):
    remove_renditions(screening)
    Screening.objects.filter(pk=screening.pk).delete()
    files = len(stored_files(home))
    assert renditions.views_of(screening).size == (1600, 1200)
    assert len(stored_files(home)) == files


def test_renditions_that_cannot_be_stored_are_still_used(screening, monkeypatch, caplog):
    def refuse(contents):
        raise StoreError("full")

    remove_renditions(screening)
    monkeypatch.setattr(photo_files, "stored_under_columns", refuse)
    with caplog.at_level(logging.WARNING):
        assert size_of(renditions.open_page(screening)) == (1280, 960)
    assert "not kept" in caplog.text


def test_renditions_made_meanwhile_are_deleted_with_the_photo(
    screening, home, django_capture_on_commit_callbacks
):
    remove_renditions(screening)
    loaded_before = Screening.objects.get(pk=screening.pk)
    renditions.views_of(screening)
    with django_capture_on_commit_callbacks(execute=True):
        delete_screening(loaded_before)
    assert stored_files(home) == []


def test_a_photo_lost_with_all_renditions_is_not_found(owner_client, screening):
    lose(screening, "photo", "page", "views")
    assert owner_client.get(reverse("diagnosis:picture", args=[screening.pk])).status_code == 404


def test_a_page_gets_the_smaller_picture(owner_client, screening):
    answer = owner_client.get(reverse("diagnosis:picture", args=[screening.pk]))
    assert answer["Content-Type"] == "image/jpeg"
    assert size_of(io.BytesIO(b"".join(answer))) == (1280, 960)


@pytest.mark.parametrize("size", [(800, 600), (600, 800), (700, 700), (120, 150)])
@pytest.mark.parametrize("is_framed", [True, False])
def test_the_confined_decoder_makes_the_same_renditions_as_this_process(size, is_framed):
    # The decoder opens no files, so it cannot import modules while it makes the renditions.
    picture = dermoscopy_like(5, size)
    photo = encoded(in_disc(picture, 0.9) if is_framed else picture)
    result = photo_decoder.clean(io.BytesIO(photo)).renditions
    assert result == cleaning.clean(io.BytesIO(photo)).renditions
