"""Texts about reminders."""

from typing import Final

REMINDER_SUBJECT: Final = "There is something in SkinScreen for you"
VISIT_ANSWERED: Final = {
    "seen": "Thank you, that is saved. Go back to the doctor if the spot changes again.",
    "booked": (
        "Thank you, that is saved. Take the report of this spot along; we will ask whether a "
        "doctor has seen it. If it bleeds, hurts or changes quickly, ask for an earlier "
        "appointment."
    ),
    "not_yet": (
        "Thank you, that is saved. Please book an appointment today: a dermatologist should look "
        "at this spot. We will ask again."
    ),
}
VISITS_ANSWERED: Final = (
    "Thank you, that is saved. If no doctor has looked at a spot yet, please book an appointment "
    "today. We will ask again."
)
