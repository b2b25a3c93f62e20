"""What people read of the measurements: never a diagnosis, and never a reason to stay at home."""

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

LOOKED: Final = "Where the model looked; not proof"
LOOKED_LABEL: Final = (
    "Where the model looked, not proof: colour over the places that spoke most for melanoma to it."
)
LOOKED_MORE: Final = (
    "The stronger the colour, the more that place spoke for melanoma to the model, compared with "
    "the rest of this photo alone. It says nothing of how likely melanoma is, and the model can be "
    "right or wrong for reasons that no such picture shows."
)
LOOKED_NOWHERE: Final = (
    "No single place in the photo spoke for melanoma to the model. It can miss melanoma all the "
    "same."
)
