"""The simulated people of the load tests poll what a browser polls."""

from django.urls import reverse
from django.utils import timezone

from tests.factories import make_screening
from tests.load.polling import poll_address


def polled(client, screening):
    """Return what the parts of a photo's page poll: the result and the measurements."""
    page = client.get(screening.get_absolute_url()).content.decode()
    parts = ("status", "measured")
    return [poll_address(page, reverse(f"diagnosis:{part}", args=[screening.pk])) for part in parts]


def test_a_waiting_photo_is_polled_for_its_result(client, owner, jpeg):
    client.force_login(owner)
    result, measurements = polled(client, make_screening(owner, jpeg))
    assert result.startswith("/waiting/")
    assert not measurements


def test_a_photo_with_a_result_is_polled_only_for_its_measurements(client, owner, jpeg):
    now = timezone.now()
    client.force_login(owner)
    result, measurements = polled(
        client, make_screening(owner, jpeg, "done", tier="watch", measure_at=now, finished_at=now)
    )
    assert not result
    assert measurements.startswith("/waiting/")
