"""Texts about measurements. They never name a diagnosis or a reason not to see a doctor."""

from typing import Final

HEADING: Final = "What can be measured in the photo"
NOTE: Final = (
    "These are measurements, not a diagnosis. Melanomas can be small, even and of one colour: a "
    "low figure does not mean that a spot is harmless."
)
BUSY: Final = "The photo is being measured. The figures appear here by themselves."
LATE: Final = "The photo has not been measured yet. The figures will be here when you come back."
FAILED: Final = (
    "We could not measure this photo, and that is our fault. The result does not depend on it."
)

LOOKED: Final = "Where the model looked, which proves nothing"
LOOKED_LABEL: Final = (
    "Where the model looked, which proves nothing: colour over what pointed it most to melanoma."
)
LOOKED_MORE: Final = (
    "The stronger the colour, the more that place pointed the model to melanoma, compared with "
    "the rest of this photo alone. It says nothing of how likely melanoma is, and the model can be "
    "right or wrong for reasons that no such picture shows."
)
LOOKED_NOWHERE: Final = (
    "No single place in the photo pointed the model to melanoma. It can miss melanoma all the same."
)
INSIDE: Final = "About {}\N{NO-BREAK SPACE}% of the colour lies within the outline."

OUTLINE_LABEL: Final = "The outline of the spot, as a program drew it"
AXES_LABEL: Final = "The two axes about which the spot is most even"
FAULTS: Final = {
    "no_lesion": (
        "We found no single spot in this photo that could be measured. That says nothing about "
        "the spot. To have it measured, send a photo with the spot in the middle and skin around "
        "it."
    ),
    "several_lesions": (
        "More than one spot is in this photo, so that none was measured. To have one measured, "
        "send a photo of it alone."
    ),
}

HARMLESS: Final = "{} of 100 harmless spots in our training pictures"
OTHER_CAMERA: Final = (
    "Our training pictures were taken with a dermatoscope. Beside a photo from a phone or camera "
    "they are a poor comparison."
)
AXES: Final = ("neither", "one", "both")
ASYMMETRY: Final = "It is asymmetric about {axes} of its two axes."
BORDER: Final = "Its border ends abruptly in {segments} of 8 segments."
COLOURS: Final = "It has {count} of the six colours that dermatologists count: {names}."
# Follows these sentences, only for doctors: a low value would reassure people who cannot judge it.
ASYMMETRY_AMONG: Final = "Its shape is more uneven than that of {harmless}."
BORDER_AMONG: Final = "It is more ragged than that of {harmless}."
COLOURS_AMONG: Final = "Its colours vary more than those of {harmless}."
DIAMETER: Final = (
    "It is about {mm:.1f}\N{NO-BREAK SPACE}mm across at its widest, by the scale marked in the "
    "photo. Many melanomas are wider than 6\N{NO-BREAK SPACE}mm, and some are smaller."
)
NO_DIAMETER: Final = "How wide it is cannot be said: no scale is marked in the photo."
COLOUR_NAMES: Final = {
    "colour_white": "white",
    "colour_red": "red",
    "colour_light_brown": "light brown",
    "colour_dark_brown": "dark brown",
    "colour_blue_grey": "blue-grey",
    "colour_black": "black",
}

CHANGE: Final = "Since the photo of {date}: {changes}."
LARGER: Final = "it looks larger, area {percent} %, between {low} and {high} %"
SMALLER: Final = "it looks smaller, area {percent} %, between {low} and {high} %"
NO_LARGER: Final = (
    "no change of size beyond what differs between photos, area {percent} %, between {low} and "
    "{high} %"
)
NOT_LAID_OVER: Final = (
    "Too little of the skin around the spot was known again to compare sizes. Next time, leave "
    "more skin around the spot, and take the photo from the same distance and in the same light."
)
CHANGE_NOTE: Final = (
    "Light and angle change these figures, too, and a change can be missed. A change "
    "that you see or feel counts for more: show it to a doctor."
)
OTHER_CAPTURE: Final = (
    "The photo of {date} was taken in another way, so that the two cannot be compared."
)
NEW_COLOURS: Final = ("one new colour ({})", "{count} new colours ({})")
GONE_COLOURS: Final = ("one colour fewer ({})", "{count} colours fewer ({})")
SAME_COLOURS: Final = "no change in its colours"

SIMILAR_NOTE: Final = (
    "Training lesions that look to the model most like this photo, with the diagnosis that the "
    "data set gives them. They say how the model sees, not what this spot is."
)
SIMILAR_LICENCE: Final = (
    "Pictures: HAM10000 (Tschandl, Rosendahl and Kittler, Scientific Data 5, 2018), CC BY-NC 4.0, "
    "installed here by whoever runs this site. Not for commercial use."
)
