"""What stands in the report of a spot."""

from typing import Final

REPORT_LATER: Final = "You have made many reports in a short time. You can make the next one {}."
REPORT_TITLE: Final = "Report on a skin spot"
REPORT_FOR_DOCTORS: Final = (
    "For the doctor: tier and figure come from a computer model that saw one photo at a time. "
    "They are no diagnosis and replace no examination."
)
NOT_ANSWERED: Final = "The questions about this photo have not been answered."
NOTHING_TICKED: Final = "None of the signs that we asked about"
CARD_MISSING: Final = "What was measured of this version is no longer kept here."
MODEL_FIGURES: Final = (
    "Of {images} {kind}s ({name}) it called {value} of 100 {what} urgent or soon ({low} to {high} "
    "with 95 % confidence)."
)
FLAGGED: Final = {"cancer": "skin cancers and their forerunners", "melanoma": "melanomas"}
MODEL_SPARED: Final = "{} of 100 benign spots it called neither."
