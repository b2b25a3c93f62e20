"""The cost of a screening in SQL statements and bytes. Small increases matter with many users."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from diagnosis.classification import inference
from diagnosis.decoder.process import CLEAN
from diagnosis.measurement import measuring
from diagnosis.models import Lesion, Profile, Screening
from diagnosis.photos import photo_decoder
from ml.preprocessing.views import Views
from tests.factories import encoded, make_measurement
from tests.pictures import dermoscopy_like

# SQL statements of each step, including BEGIN and COMMIT. An increase needs a reason.
MOST = {"send": 22, "answer": 19, "measure": 14}


@pytest.fixture
def decoder_calls(monkeypatch):
    """Collect the decoder's tasks, each with the number of bytes sent and received."""
    exchanged = []
    ask = photo_decoder.decoder.ask

    def count(kind, photo):
        size, parts = ask(kind, photo)
        exchanged.append((kind, len(photo) + sum(map(len, parts))))
        return size, parts

    monkeypatch.setattr(photo_decoder.decoder, "ask", count)
    return exchanged


@pytest.fixture
def send(owner_client):
    photo = encoded(dermoscopy_like(4, (1600, 1200)))

    def send():
        upload = SimpleUploadedFile("spot.jpg", photo, content_type="image/jpeg")
        form = {"photo": upload, "capture": "dermatoscope"}
        assert owner_client.post(reverse("diagnosis:send"), form).status_code == 200
        return Screening.objects.latest("created_at")

    return send


def test_one_decoding_serves_the_answer_the_measurement_and_the_pages(
    decoder_calls, send, owner_client
):
    screening = send()
    inference.run(screening.pk)
    measuring.run(screening.pk)
    assert Screening.objects.get().measurement
    for name in ("picture", "thumbnail", "detail"):
        answer = owner_client.get(reverse(f"diagnosis:{name}", args=[screening.pk]))
        assert list(answer)
    assert [kind for kind, _ in decoder_calls] == [CLEAN]


def test_views_are_opened_once_for_answer_and_measurement(send, monkeypatch):
    opened, open_ = [], Views.from_bytes
    monkeypatch.setattr(Views, "from_bytes", lambda kept: opened.append(kept) or open_(kept))
    screening = send()
    inference.run(screening.pk)
    measuring.run(screening.pk)
    assert Screening.objects.get().measurement
    assert len(opened) == 1


def test_the_decoder_exchanges_less_than_a_photos_pixels(decoder_calls, send):
    screening = send()
    inference.run(screening.pk)
    measuring.run(screening.pk)
    # The photo goes in. Our JPEG, its smaller copies and the views come back. The pixels alone
    # would be 5.8 MB.
    assert sum(count for _, count in decoder_calls) < 1_500_000


def test_no_step_exceeds_its_limit_of_statements(send):
    # A person's first photo in an hour needs more statements, so only the second is counted. The
    # first is answered here, because photos are answered in the order of sending.
    inference.run(send().pk)
    with CaptureQueriesContext(connection) as sent:
        screening = send()
    with CaptureQueriesContext(connection) as answered:
        inference.run(screening.pk)
    with CaptureQueriesContext(connection) as measured:
        measuring.run(screening.pk)
    counts = {"send": len(sent), "answer": len(answered), "measure": len(measured)}
    assert {name: count for name, count in counts.items() if count > MOST[name]} == {}


# SQL statements of each page of a person, including those for the session and the account.
PAGES = {"home": 11, "upload": 7, "detail": 9, "status": 9, "measured": 10}
PAGES |= {"history": 10, "lesions": 11, "lesion": 10}


@pytest.mark.parametrize(("name", "most"), PAGES.items())
def test_no_page_exceeds_its_limit_of_statements(owner, owner_client, make, name, most):
    profile = Profile.objects.create(owner=owner, birth_year=1974)
    photos = [make("done", tier="urgent", asks_first=True) for _ in range(3)]
    Lesion.objects.update(profile=profile)
    make_measurement(photos[0])
    keys = {"lesion": photos[0].lesion_id} | dict.fromkeys(
        ("detail", "status", "measured"), photos[0].pk
    )
    address = reverse(f"diagnosis:{name}", args=[keys[name]] if name in keys else [])
    owner_client.get(address)
    with CaptureQueriesContext(connection) as sent:
        assert owner_client.get(address).status_code == 200
    assert len(sent) <= most


# Each row might query for a clinician if its photo has no answer or waits for a reading, and for
# other photos if its result advises a visit.
@pytest.mark.parametrize("tier", ["", "watch", "urgent"])
@pytest.mark.parametrize("name", ["home", "history", "lesions", "lesion", "detail"])
def test_a_list_needs_the_same_statements_for_any_number_of_photos(
    owner, owner_client, make, name, tier
):
    owner.skin_type = "II" if tier == "urgent" else "VI"
    owner.save()
    first = make("done", tier=tier)
    is_of_one_spot = name in {"lesion", "detail"}
    key = first.pk if name == "detail" else first.lesion_id
    address = reverse(f"diagnosis:{name}", args=[key] if is_of_one_spot else [])

    def statements(photos):
        while Screening.objects.count() < photos:
            make("done", tier=tier, lesion=first.lesion if is_of_one_spot else None)
        with CaptureQueriesContext(connection) as sent:
            assert owner_client.get(address).status_code == 200
        return len(sent)

    statements(2)  # not counted: a first request of a process may need more
    assert statements(2) == statements(5)
