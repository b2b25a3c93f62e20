"""The diagnoses that the network finds likeliest, for clinicians after their own impression."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from diagnosis.classification import model_cards
from diagnosis.models.classification.prediction import Output
from ml.serving.shares import Named

# The texts for the first diagnosis, and for the second and third.
ACCURACY: Final = (
    _("when named first, right in {per_100} of 100 photos ({low}–{high})"),
    _("when named second or third, right in {per_100} of 100 photos ({low}–{high})"),
)
TOO_FEW: Final = _("too few to say")


def of(prediction: Output) -> list[tuple[str, float, str]]:
    """Return the likeliest diagnoses: name, weight, and accuracy on the `valid` split.

    The accuracy is empty if the model's card has no such figures.
    """
    table = model_cards.table_of(prediction.model_version, prediction.kind)
    named = table.named if table else {}
    return [
        (diagnosis.text, weight, _accuracy(named.get(diagnosis), place) if named else "")
        for place, (diagnosis, weight) in enumerate(prediction.likeliest)
    ]


def _accuracy(named: Named | None, place: int) -> str:
    share = named.at(place) if named else None
    if share is None or not share.is_enough:
        return str(TOO_FEW)
    low, high = share.ends_per_100
    return ACCURACY[min(place, 1)].format(per_100=share.per_100, low=low, high=high)
