"""Texts about measurements. They never give a diagnosis or a reason not to see a doctor."""

from typing import Final

from django.utils.translation import gettext_lazy as _

HEADING: Final = _("What can be measured in the photo")
NOTE: Final = _(
    "These are measurements, not a diagnosis. Melanomas can be small, even and of one colour: a "
    "low figure does not mean that a spot is harmless."
)
BUSY: Final = _("The photo is being measured. The figures appear here automatically.")
LATE: Final = _("The photo has not been measured yet. The figures will be here when you come back.")
FAILED: Final = _(
    "We could not measure this photo, and that is our fault. The result still counts."
)

LOOKED: Final = _("Where the model looked (this proves nothing)")
LOOKED_LABEL: Final = _(
    "Where the model looked (this proves nothing): colour marks the places that pointed it most to "
    "melanoma."
)
LOOKED_MORE: Final = _(
    "The stronger the colour, the more the place pointed the model to melanoma. The colour "
    "compares places within this photo only, and does not say how likely melanoma is. The model "
    "can be right or wrong for reasons that the colour does not show."
)
LOOKED_NOWHERE: Final = _(
    "No single place in the photo pointed the model to melanoma. The model can still miss melanoma."
)
# The no-break space is not written as an escape, since xgettext does not decode escapes.
INSIDE: Final = _("About {} % of the colour lies within the outline.")

OUTLINE_LABEL: Final = _("The outline of the spot, as a program drew it")
AXES_LABEL: Final = _("The two axes about which the spot is most even")
FAULTS: Final = {
    "no_lesion": _(
        "We found no single spot in this photo that could be measured. That says nothing about the "
        "spot. To have the spot measured, send a photo with the spot in the middle and skin around "
        "it."
    ),
    "several_lesions": _(
        "This photo shows more than one spot, so no spot was measured. To have a spot measured, "
        "send a photo of it alone."
    ),
}

OTHERS: Final = _("{} of 100 non-melanoma spots in our training pictures")
OTHER_CAMERA: Final = _(
    "The training pictures for these measurements were taken with a dermatoscope. A photo from "
    "a phone or camera compares poorly with them."
)
# By the number of axes about which the spot is asymmetric.
ASYMMETRY: Final = (
    _("It is asymmetric about neither of its two axes."),
    _("It is asymmetric about one of its two axes."),
    _("It is asymmetric about both of its axes."),
)
BORDER: Final = _("Its border ends abruptly in {segments} of 8 segments.")
COLOURS: Final = _("It has {count} of the six colours that dermatologists count: {names}.")
# Follow the sentences above, for doctors only: low values would reassure others, who cannot judge
# them.
ASYMMETRY_AMONG: Final = _("Its shape is more uneven than that of {others}.")
BORDER_AMONG: Final = _("Its border is more ragged than that of {others}.")
COLOURS_AMONG: Final = _("Its colours vary more than those of {others}.")
DIAMETER: Final = _(
    "It is about {mm:.1f} mm across at its widest, by the scale marked in the "
    "photo. Many melanomas are wider than 6 mm, and some are smaller."
)
NO_DIAMETER: Final = _("Its width is not known: no scale is marked in the photo.")
COLOUR_NAMES: Final = {
    "colour_white": _("white"),
    "colour_red": _("red"),
    "colour_light_brown": _("light brown"),
    "colour_dark_brown": _("dark brown"),
    "colour_blue_grey": _("blue-grey"),
    "colour_black": _("black"),
}

CHANGE: Final = _("Since the photo of {date}: {changes}.")
LARGER: Final = _("it looks larger (area {percent} %, between {low} and {high} %)")
SMALLER: Final = _("it looks smaller (area {percent} %, between {low} and {high} %)")
NO_LARGER: Final = _("no clear change in size (area {percent} %, between {low} and {high} %)")
NOT_REGISTERED: Final = _(
    "The sizes cannot be compared: too little of the skin around the spot could be matched. Next "
    "time, leave more skin around the spot, and take the photo from the same distance and in the "
    "same light."
)
CHANGE_NOTE: Final = _(
    "Light and angle affect these figures, too, and a change can be missed. A change that you see "
    "or feel counts for more than the figures: show it to a doctor."
)
OTHER_CAPTURE: Final = _(
    "The photo of {date} was taken in another way, so the two cannot be compared."
)
NEW_COLOURS: Final = (_("one new colour ({})"), _("{count} new colours ({})"))
GONE_COLOURS: Final = (_("one colour fewer ({})"), _("{count} colours fewer ({})"))
SAME_COLOURS: Final = _("no clear change in its colours")

SIMILAR_NOTE: Final = _(
    "These are the training lesions that the model finds most similar to this photo, with their "
    "diagnosis in the data set. They show how the model sees this photo, not what the spot is."
)
SIMILAR_LICENCE: Final = _(
    "Pictures: HAM10000 (Tschandl, Rosendahl and Kittler, Scientific Data 5, 2018), CC BY-NC 4.0, "
    "installed here by whoever runs this site. Not for commercial use."
)
