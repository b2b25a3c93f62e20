"""Which pictures browsers may cache (ADR 42), by visitor, picture and URL."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from diagnosis.screenings import kept_pictures
from diagnosis.screenings.kept_pictures import PARAMETER
from tests.factories import make_reminder, make_screening

NOT_CACHED = {"private", "no-store"}
SOURCES = re.compile(r'(?:src|href)="(/screenings/[^/]+/(?:picture|thumbnail)/[^"]*)"')
# The visitor, and the owner of the key in the URL.
REQUESTS = [
    ("owner", "owner"),
    ("owner", "nobody"),
    ("owner", "an earlier session"),
    ("owner", "stranger"),
    ("stranger", "owner"),
    ("stranger", "stranger"),
    ("reviewer", "owner"),
    ("reviewer", "reviewer"),
    ("superuser", "superuser"),
    ("anonymous", "owner"),
]


def key_in(client):
    """Return the key that pages give to a client, from one of its own photos."""
    return re.search(rf"{PARAMETER}=(\w+)", client.get(reverse("diagnosis:history")).text)[1]


@pytest.fixture
def clients(owner, stranger, reviewer, superuser, jpeg):
    people = {"owner": owner, "stranger": stranger, "reviewer": reviewer, "superuser": superuser}
    by_role = {"anonymous": Client()}
    for name, user in people.items():
        if user != owner:
            make_screening(user, jpeg, "done", tier="watch")
        by_role[name] = Client()
        by_role[name].force_login(user)
    return by_role


@pytest.fixture
def mine(owner, jpeg):
    return make_screening(owner, jpeg, "done", tier="urgent", readings_due=1)


@pytest.fixture
def keys(clients, mine, owner):
    earlier = Client()
    earlier.force_login(owner)
    key_of = {name: key_in(client) for name, client in clients.items() if name != "anonymous"}
    return key_of | {"nobody": "", "an earlier session": key_in(earlier)}


def caching(response):
    list(response)  # reads a photo to its end, which closes the file
    directives = {*response["Cache-Control"].split(", ")}
    return directives if "no-store" not in directives else directives & NOT_CACHED


@pytest.mark.parametrize("visitor_and_key", REQUESTS, ids=" with the key of ".join)
@pytest.mark.parametrize("name", ["thumbnail", "picture"])
def test_a_picture_is_cached_only_for_its_owner_under_the_key_of_the_session(
    clients, keys, mine, name, visitor_and_key
):
    who, whose = visitor_and_key
    url = reverse(f"diagnosis:{name}", args=[mine.pk], query={PARAMETER: keys[whose]})
    is_cached = visitor_and_key == ("owner", "owner")
    expected = {"private", "max-age=86400", "immutable"} if is_cached else NOT_CACHED
    assert caching(clients[who].get(url)) == expected


@pytest.mark.parametrize("name", ["photo", "detail", "zoom", "status", "measured", "delete"])
def test_originals_and_pages_are_not_cached(clients, keys, mine, name):
    url = reverse(f"diagnosis:{name}", args=[mine.pk], query={PARAMETER: keys["owner"]})
    assert caching(clients["owner"].get(url)) == NOT_CACHED


def test_a_missing_picture_is_not_cached(clients, keys, mine):
    mine.thumbnail.delete(save=False)
    url = reverse("diagnosis:thumbnail", args=[mine.pk], query={PARAMETER: keys["owner"]})
    response = clients["owner"].get(url)
    assert (response.status_code, caching(response)) == (404, NOT_CACHED)


def test_a_key_reveals_nothing_about_its_session(clients, keys):
    session = clients["owner"].session.session_key
    assert session not in keys["owner"]
    assert len(set(keys.values())) == len(keys)


def test_every_page_of_the_owner_uses_addresses_that_may_be_cached(clients, keys, mine):
    reminder = make_reminder(mine.lesion, screening=mine)
    make_screening(mine.owner, mine.photo.read(), "done", tier="watch", lesion=mine.lesion)
    pages = {
        "home": [],
        "history": [],
        "lesions": [],
        "upload": [],
        "visits": [],
        "visit": [reminder.pk],
        "lesion": [mine.lesion_id],
        "compare": [mine.lesion_id],
        "lesion_move": [mine.lesion_id],
        **{key: [mine.pk] for key in ("detail", "zoom", "scale", "delete", "questions")},
    }
    for name, arguments in pages.items():
        addresses = SOURCES.findall(
            clients["owner"].get(reverse(f"diagnosis:{name}", args=arguments)).text
        )
        assert addresses, name
        assert [
            address
            for address in addresses
            if not address.endswith(f"?{PARAMETER}={keys['owner']}")
        ] == [], name


def test_pages_of_reviewers_use_no_address_that_may_be_cached(clients, mine):
    for url in (
        reverse("diagnosis:queue"),
        reverse("diagnosis:case", args=[mine.pk]),
        "/admin/diagnosis/screening/",
    ):
        text = clients["reviewer"].get(url).text
        assert str(mine.pk) in text
        assert f"{PARAMETER}=" not in text


def test_a_page_makes_the_key_of_its_pictures_once(owner, owner_client, make, monkeypatch):
    for _ in range(3):
        make("done", tier="watch")
    made = []
    make_mac = kept_pictures.salted_hmac
    monkeypatch.setattr(
        kept_pictures, "salted_hmac", lambda *a, **kw: made.append(a) or make_mac(*a, **kw)
    )
    page = owner_client.get(reverse("diagnosis:upload")).text
    assert page.count(f"{PARAMETER}=") == 3
    assert len(made) == 1


def test_a_form_shows_each_spots_newest_photo(owner, owner_client, make):
    first = make("done", tier="watch")
    newest = make("done", tier="watch", lesion=first.lesion)
    page = owner_client.get(reverse("diagnosis:upload")).text
    thumbnails = [reverse("diagnosis:thumbnail", args=[photo.pk]) for photo in (first, newest)]
    assert [page.count(thumbnail) for thumbnail in thumbnails] == [0, 1]
