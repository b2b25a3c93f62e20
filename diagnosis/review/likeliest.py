"""The likeliest diagnoses by the network, for clinicians after their own impression."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from diagnosis.classification import model_cards
from diagnosis.models.classification.prediction import Output
from ml.serving.shares import Named

# By rank among the likeliest. The first text says what is counted.
CAME_TRUE: Final = (
    _("of 100 photos where the network named it first, it was so in {per_100} ({low}–{high})"),
    _("named second or third, it was so in {per_100} of 100 ({low}–{high})"),
)
TOO_FEW: Final = _("too few to say")


def of(prediction: Output) -> list[tuple[str, float, str]]:
    """Return the likeliest diagnoses: name, weight, and how often the name was right on valid.

    The last is empty if the model's card has no such figure for any diagnosis.
    """
    table = model_cards.table_of(prediction.model_version, prediction.kind)
    named = table.named if table else {}
    return [
        (diagnosis.text, weight, _came_true(named.get(diagnosis), place) if named else "")
        for place, (diagnosis, weight) in enumerate(prediction.likeliest)
    ]


def _came_true(named: Named | None, place: int) -> str:
    share = named.at(place) if named else None
    if share is None or not share.is_enough:
        return str(TOO_FEW)
    low, high = share.ends_per_100
    return CAME_TRUE[min(place, 1)].format(per_100=share.per_100, low=low, high=high)
