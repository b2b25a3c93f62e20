"""The active model's accuracy in plain words, from its card."""

from typing import Final, NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.classification import model_cards
from ml.labels import Kind
from ml.serving.card import Interval, KindCard, Report
from ml.serving.shares import AGE, FEWEST, SKIN, Share

KINDS: Final = {Kind.DERMOSCOPIC: _("Dermatoscope photos"), Kind.CAMERA: _("Camera photos")}
# Groups of photos, by the name of the card's figure for each group.
GROUPS: Final = {
    "melanoma_flagged": _("melanomas"),
    "cancer_flagged": _("skin cancers and precancers"),
    "benign_flagged": _("benign spots"),
}
# The names of test sets on pages, by their names in a card.
SET_NAMES: Final = {
    "test": _("set aside for testing, from all clinics that the model learned from"),
    "test, derm7pt": _("set aside, from a clinic with a dermatoscope and a camera (Derm7pt)"),
    "test, ham10000": _("set aside, from two clinics in Austria and Australia (HAM10000)"),
    "test, isic_acral": _("set aside, of palms and soles (ISIC)"),
    "test, isic_msk": _("set aside, from a clinic in New York (ISIC MSK)"),
    "test, pad_ufes20": _("set aside, taken with phones in Brazil (PAD-UFES-20)"),
    "isic_uda1": _("of another clinic (ISIC UDA-1)"),
}
# The thresholds were set on this split, so figures for this split, or for one of its sources,
# would be too good.
FITTED_ON: Final = "valid"
WIDTH, LEFT, RIGHT = 240, 12, 228


class Figure(NamedTuple):
    """How many of 100 photos got a certain answer, with a 95 % interval.

    A bootstrap of very few photos gives too narrow an interval: `is_enough` is then false.
    """

    what: str
    photos: int
    value: int
    low: int
    high: int

    @property
    def is_enough(self) -> bool:
        return self.photos >= FEWEST

    @property
    def places(self) -> list[int]:
        """The value and its interval as positions on a line from `LEFT` to `RIGHT`."""
        reach = RIGHT - LEFT
        return [LEFT + reach * value // 100 for value in (self.value, self.low, self.high)]


class Tested(NamedTuple):
    """Figures of a set of photos that the model did not learn from."""

    name: str
    photos: int
    figures: list[Figure]


class KindOfPhoto(NamedTuple):
    """A kind of photo with its test sets, or with none if the model cannot judge this kind."""

    name: str
    tested: list[Tested]
    people: list[tuple[str, Share]]  # by skin type and age: the share of cancers that were flagged
    knows_skin: bool


def by_kind() -> list[KindOfPhoto]:
    """Return the accuracy by kind of photo; an empty list if no model can be served."""
    card = model_cards.active_card()
    if card is None:
        return []
    return [_kind_of_photo(kind, card.kinds.get(kind)) for kind in Kind]


def _kind_of_photo(kind: Kind, table: KindCard | None) -> KindOfPhoto:
    if table is None:
        return KindOfPhoto(str(KINDS[kind]), [], [], knows_skin=False)
    tested = [
        _tested(name, report)
        for name, report in table.reports.items()
        if not name.startswith(FITTED_ON)
    ]
    by_skin, by_age = (table.flagged.get(factor, {}) for factor in (SKIN, AGE))
    people = [
        *(
            (gettext("Skin types {types}").format(types=types), share)
            for types, share in by_skin.items()
        ),
        *((gettext("Age {band}").format(band=band), share) for band, share in by_age.items()),
    ]
    return KindOfPhoto(str(KINDS[kind]), tested, people, knows_skin=bool(by_skin))


def _tested(name: str, report: Report) -> Tested:
    cancers = report.melanomas if report.cancers is None else report.cancers
    photos = {
        "melanoma_flagged": report.melanomas,
        "cancer_flagged": cancers,
        "benign_flagged": report.images - cancers,
    }
    figures = [
        _figure(str(what), photos[metric], report.metrics[metric])
        for metric, what in GROUPS.items()
        if metric in report.metrics
    ]
    set_name = SET_NAMES.get(name) or gettext("of {name}").format(name=name)
    return Tested(str(set_name), report.images, figures)


def _figure(what: str, photos: int, share: Interval) -> Figure:
    return Figure(
        what, photos, *(round(100 * value) for value in (share.value, share.low, share.high))
    )
