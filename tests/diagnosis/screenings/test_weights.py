"""The weight of pages with their pictures, as a browser loads them on a slow line.

Files that all pages share are cached for years, and are counted in `tests/test_pages.py`.
"""

import gzip
import re

import numpy as np
import pytest
from django.urls import reverse
from PIL import Image

from tests.factories import encoded, make_measurement, make_screening
from tests.pictures import dermoscopy_like

PICTURES = re.compile(
    r'(?:src|href)="(/screenings/[^/]+/(?:picture|photo|thumbnail|looked)/[^"]*)"'
)
FETCHED = re.compile(r"<(?:img|image)\b[^>]*>")


@pytest.fixture(params=[(4000, 3000), (1280, 960), (480, 360)], ids=str)
def photo(request):
    """A photo with more grain than a phone's."""
    grain = np.random.default_rng(5).normal(0, 7, (*request.param[::-1], 3))
    pixels = np.asarray(dermoscopy_like(4, request.param)) + grain
    return encoded(Image.fromarray(pixels.clip(0, 255).astype(np.uint8)), quality=97)


@pytest.fixture
def weigh(owner_client):
    def weigh(name, *arguments):
        page = owner_client.get(reverse(f"diagnosis:{name}", args=arguments)).content
        addresses = {url for tag in FETCHED.findall(page.decode()) for url in PICTURES.findall(tag)}
        assert addresses
        return len(gzip.compress(page)) + sum(map(size, addresses))

    def size(url):
        return sum(map(len, owner_client.get(url)))

    return weigh


def test_a_result_and_a_comparison_are_light(owner, photo, weigh):
    before, after = (make_screening(owner, photo, "done", tier="urgent") for _ in range(2))
    after.lesion.screenings.add(before)
    make_measurement(after)
    assert weigh("detail", after.pk) < 250_000
    assert weigh("compare", after.lesion_id) < 400_000
    assert weigh("lesion", after.lesion_id) < 400_000


def test_a_history_of_twenty_is_light(owner, photo, weigh):
    first = make_screening(owner, photo, "done", tier="urgent")
    for _ in range(19):
        copy = type(first).objects.get(pk=first.pk)
        copy.pk, copy.upload_key = None, None
        copy.save(force_insert=True)
    assert weigh("history") < 150_000
