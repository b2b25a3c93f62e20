"""Texts about causes for seeing a doctor: a clause for the heading, and a reason."""

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from diagnosis.rules.causes import Cause

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Each text completes `YOU_TOLD_US`, `PHOTOS_SHOW` or `PHOTOS_AND_ANSWERS`.
QUOTED: Final = {
    Cause.IS_UNHEALED: _("it has not healed for four weeks"),
    Cause.IS_GROWING_LUMP: _("it is a lump that grows"),
    Cause.NEW_LUMP: _("it is a new lump, and the immune system is weakened"),
    Cause.BLEEDS: _("it bleeds without an injury"),
    Cause.AFTER_MELANOMA: _("it is new or has changed, after an earlier melanoma"),
    Cause.CHANGED_SINCE_LAST: _("it has changed since the last photo"),
    Cause.IS_ACRAL: _("it is under a nail, on a palm or on a sole"),
    Cause.SEVERAL_SIGNS: _("it has several signs that doctors look for"),
    Cause.GROWN_AFTER_MELANOMA: _("it has grown, after an earlier melanoma"),
    Cause.GROWN_WITH_SIGNS: _("it has grown, and has other signs that doctors look for"),
    Cause.HAS_GROWN: _("it has grown"),
    Cause.CHANGED_SIZE: _("it has changed in size"),
    Cause.IRREGULAR_SHAPE: _("its shape is irregular or has changed"),
    Cause.IRREGULAR_COLOUR: _("it has several colours, or a new colour"),
    Cause.IS_OOZING: _("it oozes or has a crust"),
    Cause.IS_INFLAMED: _("the skin around it is red or swollen"),
    Cause.FEELS_DIFFERENT: _("it itches, hurts or feels different"),
    Cause.IS_RAISED: _("it is a raised lump"),
    Cause.AFTER_SKIN_CANCER: _("there was a skin cancer before"),
}
WHY: Final = {
    Cause.IS_UNHEALED: _(
        "A sore that stays open for four weeks has a cause. A doctor can find the cause; a photo "
        "cannot show it."
    ),
    Cause.IS_GROWING_LUMP: _(
        "A doctor should see and feel a lump that grows quickly, or that has grown for a month or "
        "longer. In a photo it can look harmless."
    ),
    Cause.NEW_LUMP: _(
        "With a weakened immune system a new lump on the skin should be seen soon: a lump that is "
        "harmless in other people can grow quickly."
    ),
    Cause.BLEEDS: _(
        "A spot that bleeds by itself should be seen by a doctor, whatever it looks like when it "
        "does not bleed."
    ),
    Cause.AFTER_MELANOMA: _(
        "After a melanoma every new or changing spot should be shown to a doctor, between the "
        "usual check-ups too."
    ),
    Cause.CHANGED_SINCE_LAST: _(
        "A clear change since an earlier photo tells a doctor more than how a spot looks today."
    ),
    Cause.IS_ACRAL: _(
        "The model knows little about spots under nails, on palms and on soles, and photos show "
        "little of them. A doctor should look at this spot."
    ),
    Cause.SEVERAL_SIGNS: _(
        "Doctors count these signs; three points or more on their list are a reason to see a "
        "dermatologist within two weeks."
    ),
    Cause.GROWN_AFTER_MELANOMA: _(
        "After a melanoma every new or changing spot should be shown to a doctor, between the "
        "usual check-ups too. We measured the area of the spot in two of your photos."
    ),
    Cause.GROWN_WITH_SIGNS: _(
        "Doctors count growth together with the signs that you told us about; three points or more "
        "on their list are a reason to see a dermatologist within two weeks. We measured the area "
        "of the spot in two of your photos."
    ),
    Cause.HAS_GROWN: _(
        "We measured the area of the spot in two of your photos. The difference is larger than "
        "usual between photos of the same spot. A change in size is one of the signs for which "
        "doctors refer people to a dermatologist."
    ),
    Cause.CHANGED_SIZE: _(
        "A change in size is one of the signs for which doctors refer people to a dermatologist."
    ),
    Cause.IRREGULAR_SHAPE: _(
        "An irregular outline, or a changed outline, is one of the signs for which doctors refer "
        "people to a dermatologist."
    ),
    Cause.IRREGULAR_COLOUR: _(
        "Several colours, or a new colour, are one of the signs for which doctors refer people to "
        "a dermatologist."
    ),
    Cause.IS_OOZING: _("A spot that oozes or keeps forming a crust should be looked at."),
    Cause.IS_INFLAMED: _("A spot with red or swollen skin around it should be looked at."),
    Cause.FEELS_DIFFERENT: _("A spot that itches, hurts or feels different should be looked at."),
    Cause.IS_RAISED: _(
        "Some skin cancers are raised and of one colour. A doctor can feel more than a photo shows."
    ),
    Cause.AFTER_SKIN_CANCER: _(
        "After a skin cancer another one is more likely, so a dermatologist should look at "
        "the spot."
    ),
}
YOU_TOLD_US: Final = _("You told us that {quoted}")
PHOTOS_SHOW: Final = _("Your photos show that {quoted}")
PHOTOS_AND_ANSWERS: Final = _("Your photos and your answers show that {quoted}")
# All other causes come from answers alone.
SOURCES: Final = {
    Cause.HAS_GROWN: PHOTOS_SHOW,
    Cause.GROWN_AFTER_MELANOMA: PHOTOS_AND_ANSWERS,
    Cause.GROWN_WITH_SIGNS: PHOTOS_AND_ANSWERS,
}
# The text about a photo at `watch` if the answers are more urgent. This text must not reassure.
PHOTO_SAYS_LESS: Final = _(
    "The model saw this photo alone, and found few of the features that it was trained to find. "
    "What you told us counts for more: a photo shows neither change nor bleeding nor pain."
)
# The text if measured growth is more urgent. It must not reassure, either.
GROWTH_SAYS_MORE: Final = _(
    "The model saw this photo alone, and found few of the features that it was trained to find. "
    "The growth that we measured between your photos counts for more."
)


def photo_says_less(cause: Cause) -> "StrOrPromise":
    return GROWTH_SAYS_MORE if cause in SOURCES else PHOTO_SAYS_LESS


def sentence(cause: Cause) -> str:
    """Return a cause as a sentence that names its source: the person's answers, or their photos."""
    return SOURCES.get(cause, YOU_TOLD_US).format(quoted=QUOTED[cause])
