"""Causes for seeing a doctor, from answers and growth, and how soon. They only raise the urgency.

They follow NICE NG12, "Suspected cancer: recognition and referral", and its weighted 7-point
checklist. Causes that the checklist misses are added: ulcers that do not heal, nodular and acral
melanomas, and a weakened immune system.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from diagnosis.rules import checklist
from diagnosis.rules.urgency import Urgency


class Cause(StrEnum):
    """Why a doctor should see a spot.

    If a yes to one question about the spot is enough for a cause, the cause has that question's
    name (see `checklist`).
    """

    IS_UNHEALED = "is_unhealed"
    IS_GROWING_LUMP = "is_growing_lump"
    NEW_LUMP = "new_lump"
    BLEEDS = "bleeds"
    AFTER_MELANOMA = "after_melanoma"
    IS_ACRAL = "is_acral"
    CHANGED_SINCE_LAST = "changed_since_last"
    SEVERAL_SIGNS = "several_signs"
    GROWN_AFTER_MELANOMA = "grown_after_melanoma"
    GROWN_WITH_SIGNS = "grown_with_signs"
    HAS_GROWN = "has_grown"
    CHANGED_SIZE = "changed_size"
    IRREGULAR_SHAPE = "irregular_shape"
    IRREGULAR_COLOUR = "irregular_colour"
    IS_OOZING = "is_oozing"
    IS_INFLAMED = "is_inflamed"
    FEELS_DIFFERENT = "feels_different"
    IS_RAISED = "is_raised"
    AFTER_SKIN_CANCER = "after_skin_cancer"


# In order of precedence: if several causes have the same urgency, the heading quotes the first.
ASKS_FOR: Final[dict[Cause, Urgency]] = {
    Cause.IS_UNHEALED: Urgency.URGENT,
    Cause.IS_GROWING_LUMP: Urgency.URGENT,
    Cause.NEW_LUMP: Urgency.URGENT,
    Cause.BLEEDS: Urgency.URGENT,
    Cause.AFTER_MELANOMA: Urgency.URGENT,
    Cause.CHANGED_SINCE_LAST: Urgency.URGENT,
    Cause.IS_ACRAL: Urgency.URGENT,
    Cause.SEVERAL_SIGNS: Urgency.URGENT,
    Cause.GROWN_AFTER_MELANOMA: Urgency.URGENT,
    Cause.GROWN_WITH_SIGNS: Urgency.URGENT,
    Cause.HAS_GROWN: Urgency.SOON,
    Cause.CHANGED_SIZE: Urgency.SOON,
    Cause.IRREGULAR_SHAPE: Urgency.SOON,
    Cause.IRREGULAR_COLOUR: Urgency.SOON,
    Cause.IS_OOZING: Urgency.SOON,
    Cause.IS_INFLAMED: Urgency.SOON,
    Cause.FEELS_DIFFERENT: Urgency.SOON,
    Cause.IS_RAISED: Urgency.SOON,
    Cause.AFTER_SKIN_CANCER: Urgency.SOON,
}
# Growth counts if the lower end of the area ratio's interval is above this.
GROWN: Final = 1.2
CHANGES: Final = {"changed_size", "irregular_shape", "irregular_colour", "changed_since_last"}


def of(
    yes_to: Iterable[str],
    *,
    had_melanoma: bool = False,
    had_skin_cancer: bool = False,
    is_immune_weak: bool = False,
    has_grown: bool = False,
) -> dict[Cause, Urgency]:
    """Return the causes that apply to a spot, each with its urgency.

    Args:
        yes_to: the questions about this spot that were answered with yes; see `checklist`.
        had_melanoma: whether the person has had a melanoma.
        had_skin_cancer: whether they have had another skin cancer.
        is_immune_weak: whether their immune system is weakened.
        has_grown: whether the spot was measured to have grown since the previous photo. That counts
            as the answer that the spot has changed in size.
    """
    names = set(yes_to)
    signs = {*names, "changed_size"}
    is_lump = not names.isdisjoint({"is_raised", "is_growing_lump"})
    conditions = {
        Cause.NEW_LUMP: is_immune_weak and is_lump and "is_new" in names,
        Cause.AFTER_MELANOMA: had_melanoma and not names.isdisjoint({"is_new", *CHANGES}),
        Cause.SEVERAL_SIGNS: checklist.points(names) >= checklist.ENOUGH,
        Cause.GROWN_AFTER_MELANOMA: had_melanoma and has_grown,
        Cause.GROWN_WITH_SIGNS: has_grown and checklist.points(signs) >= checklist.ENOUGH,
        Cause.HAS_GROWN: has_grown,
        Cause.AFTER_SKIN_CANCER: had_melanoma or had_skin_cancer,
    }
    return {
        cause: urgency
        for cause, urgency in ASKS_FOR.items()
        if cause in names or conditions.get(cause)
    }
