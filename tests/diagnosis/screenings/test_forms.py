import pytest

from diagnosis.models import Screening
from diagnosis.screenings.forms import HistoryFilter

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("query", "is_narrowed"),
    [({}, 0), ({"page": "2"}, 0), ({"tier": ""}, 0), ({"tier": "watch"}, 1)],
)
def test_only_a_chosen_filter_narrows_the_history(query, is_narrowed):
    chosen = HistoryFilter(query, Screening.objects.none())
    assert chosen.is_narrowed == bool(is_narrowed)
