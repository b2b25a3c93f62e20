import pytest
from django.db import IntegrityError
from django.urls import reverse

from diagnosis.models import AuditEntry, Screening
from tests.factories import make_screening

ENDS = {"x1": 25, "y1": 50, "x2": 75, "y2": 50}
RULER = {**ENDS, "reference": "ruler", "length": 20}


@pytest.fixture
def send(owner_client, screening):
    def send(**fields):
        return owner_client.post(reverse("diagnosis:scale", args=[screening.pk]), fields)

    return send


def stored():
    return Screening.objects.get().mm_per_px


def test_a_length_on_a_ruler_gives_the_scale(send, screening):
    assert send(**RULER).url == screening.get_absolute_url()
    assert stored() == pytest.approx(20 / (screening.width / 2))
    assert AuditEntry.objects.first().detail == {"step": "scale"}


def test_a_coin_has_its_legal_diameter(send, screening):
    send(**RULER | {"reference": "1 euro", "length": ""})
    assert stored() == pytest.approx(23.25 / (screening.width / 2))


def test_a_slanted_line_is_measured_in_pixels(send, screening):
    send(**RULER | {"x1": 0, "y1": 0, "x2": 100, "y2": 100})
    assert stored() == pytest.approx(20 / (screening.width**2 + screening.height**2) ** 0.5)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"length": ""}, "Enter how many millimetres"),
        ({"length": "0"}, "Mark at least 1 mm"),
        ({"length": "nan"}, "Enter a number"),
        ({"x2": 25.5}, "Mark the two ends"),
        ({"x2": ""}, "This field is required"),
        ({"x2": 101}, "less than or equal to 100"),
        ({"reference": "a button"}, "Select a valid choice"),
    ],
)
def test_a_mistake_is_reported_at_its_field(send, fields, message):
    assert message in send(**RULER | fields).text
    assert stored() is None


def test_a_scale_can_be_removed(send):
    send(**RULER)
    send(remove="")
    assert stored() is None


def test_a_stranger_sets_no_scale(client, stranger, owner, jpeg):
    screening = make_screening(owner, jpeg)
    client.force_login(stranger)
    address = reverse("diagnosis:scale", args=[screening.pk])
    assert client.post(address, RULER).status_code == 404
    assert client.post(address, {"remove": ""}).status_code == 404


def test_the_database_refuses_an_impossible_scale(screening):
    with pytest.raises(IntegrityError):
        Screening.objects.update(mm_per_px=0)
