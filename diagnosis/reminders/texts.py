"""Texts about reminders."""

from typing import Final

from django.utils.translation import gettext_lazy as _

REMINDER_SUBJECT: Final = _("There is something in SkinScreen for you")
VISIT_ANSWERED: Final = {
    "seen": _("Thank you, that is saved. Go back to the doctor if the spot changes again."),
    "booked": _(
        "Thank you, that is saved. Take the report about this spot with you to the appointment; we "
        "will ask whether a doctor has seen the spot. If it bleeds, hurts or changes quickly, ask "
        "for an earlier appointment."
    ),
    "not_yet": _(
        "Thank you, that is saved. Please book an appointment today: a dermatologist should look "
        "at this spot. We will ask again."
    ),
}
VISITS_ANSWERED: Final = _(
    "Thank you, that is saved. If no doctor has looked at a spot yet, please book an appointment "
    "today. We will ask again."
)
