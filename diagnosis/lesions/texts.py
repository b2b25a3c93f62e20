"""The texts of a spot's report, and texts about moving photos to another spot."""

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from diagnosis.models.choices import Status
from diagnosis.rules.causes import Cause
from diagnosis.rules.urgency import Reading, Urgency

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

REPORT_LATER: Final = _(
    "You have made many reports in a short time. You can make the next report {}."
)
REPORT_TITLE: Final = _("Referral: a spot on the skin")
REPORT_FOR_DOCTORS: Final = _(
    "The tier and the figure come from a computer model that saw one photo at a time. They are not "
    "a diagnosis and do not replace an examination. The model can miss a cancer, and can give a "
    "false alarm."
)
NOT_ANSWERED: Final = _("The person has not answered the questions about this photo.")
NOTHING_TICKED: Final = _("None of the signs in the questions.")
NOTHING_KNOWN: Final = _("The person answered every question about signs with “don’t know”.")
YES: Final = _("Yes: {}.")
NO: Final = _("No: {}.")
UNKNOWN: Final = _("Not known to the person: {}.")
SCORE: Final = _("Weighted 7-point checklist: {points} of 10.")
SIGNS: Final = {
    "is_new": _("new within a few months"),
    "changed_since_last": _("clear change since the last photo"),
    "changed_size": _("change in size"),
    "irregular_shape": _("irregular or changed shape"),
    "irregular_colour": _("irregular or changed colour"),
    "is_large": _("7 mm or more"),
    "is_inflamed": _("inflammation"),
    "is_oozing": _("oozing or crusting"),
    "feels_different": _("itch, pain or altered sensation"),
    "bleeds": _("bleeding without injury"),
    "is_unhealed": _("sore, not healed for four weeks"),
    "is_raised": _("raised lump"),
    "is_growing_lump": _("growing lump"),
    "is_acral": _("under a nail, on a palm or on a sole"),
}
REQUESTED: Final = {
    Urgency.URGENT: _("Urgent: please see within {weeks} weeks, by {day}."),
    Urgency.SOON: _("Please see within {weeks} weeks, by {day}."),
}
# Once the day has passed.
LATE: Final = {
    Urgency.URGENT: _("Urgent: the visit was due by {day} and is late. Please see now."),
    Urgency.SOON: _("The visit was due by {day} and is late. Please see now."),
}
EARLIER: Final = _(
    "Because of an earlier photo of this spot, please see by {day}. The next pages show that photo "
    "with its result."
)
EARLIER_IS_LATE: Final = _(
    "Because of an earlier photo of this spot, the visit was due by {day} and is late. Please see "
    "now. The next pages show that photo with its result."
)
WEEKS: Final = {2: _("two"), 4: _("four"), 8: _("eight")}
UNCERTAIN: Final = _(
    "The result is uncertain: please look at the spot. No day is set for a visit; a new photo is "
    "due on {day}."
)
WATCHED: Final = _(
    "No visit is requested. A new photo is due on {day}. The model can miss melanoma and other "
    "skin cancers."
)
NEW: Final = _(
    "According to the person’s answers, the spot is new: please look at it. No day is set for a "
    "visit; a new photo is due on {day}. The model can miss melanoma and other skin cancers."
)
NOT_REQUESTED: Final = _(
    "There is no result on how urgent the spot is ({why}). The person asks for an examination of "
    "the spot."
)
# The request, if the person has answered that a doctor has seen the spot.
SEEN: Final = _("{requested} On {day}, the person said that a doctor has seen the spot.")
TOLD: Final = _("According to the person’s answers, {urgency}: {what}.")
MEASURED: Final = _("According to the area measured in two photos, {urgency}: {what}.")
MEASURED_AND_TOLD: Final = _(
    "According to the area measured in two photos and the person’s answers, {urgency}: {what}."
)
# All other causes come from the person's answers alone.
SOURCES: Final = {
    Cause.HAS_GROWN: MEASURED,
    Cause.GROWN_AFTER_MELANOMA: MEASURED_AND_TOLD,
    Cause.GROWN_WITH_SIGNS: MEASURED_AND_TOLD,
}
MODEL_CALLS: Final = _("The model, which saw only the newest photo: {tier}.")
READ_BY_CLINICIAN: Final = _("A clinician read a photo on {day}: {reading}.")
READINGS: Final = {
    Reading.URGENT: _("urgent, to be seen within two weeks"),
    Reading.SOON: _("to be seen soon, but not urgently"),
    Reading.WATCH: _("to be watched, with a new photo in three months"),
    Reading.UNUSABLE: _("the photo could not be judged"),
}
# Why a report has no result of the model.
NO_TIER: Final[dict[str, "StrOrPromise"]] = {
    Status.PENDING: _("the photo waits to be read"),
    Status.RUNNING: _("the photo is being read"),
    Status.FAILED: _("the photo could not be read, because of a software fault"),
    "minor": _("the model gives no result for people under 18"),
    "withheld": _(
        "the model was hardly tested on skin as dark as this, so its result is shown only with a "
        "clinician’s reading"
    ),
    "unanswered": _("the model has no answer for this photo"),
    "age_first": _("the person’s age is not known"),
    "questions_first": _("the questions have not been answered"),
}
SKIN_UNKNOWN: Final = _(
    "the person’s skin type is not known, so the model’s result is shown only with a clinician’s "
    "reading"
)
# Shown if some characters are in none of the report's fonts.
UNSHOWN: Final = _(
    "Some characters could not be printed and appear as boxes ({where}). The person can show the "
    "whole text on the page of this spot in SkinScreen."
)
MADE: Final = _("Made on {day} for {address}.")
# The headings and labels of `report.typ`.
LABELS: Final = {
    "disclaimer": _("SkinScreen is research software, not a medical device."),
    "run_by": _("Run by {operator}."),
    "page": _("Page {page} of {pages}"),
    "missing": _("The photo is missing."),
    "alt_photo": _("Photo of the spot, sent on {date}"),
    "alt_outlined": _("The photo with the outline of the spot, as a program drew it"),
    "photo": _("Photo sent on {date}"),
    "sent": _("Sent on {date}."),
    "note": _("Note: {note}"),
    "model_of_photo": _("Model {version}."),
    "told": _("What the person reported"),
    "measured": _("What can be measured in the photo"),
    "name": _("Name"),
    "born": _("Born"),
    "spot": _("The spot"),
    "person": _("The person"),
    "medication": _("Medication"),
    "model": _("The model: {version}"),
    "cannot_know": _("What the model cannot know"),
}
NO_RESULT: Final = _("No result: {why}")
WROTE: Final = _("{reading} The clinician wrote: “{message}”")
TIER: Final = _("{tier} tier")
UNCERTAIN_TIER: Final = _("{tier} tier, uncertain")
MODEL_MADE: Final = _("{architecture}, made on {day}, trained on {sources}.")
SPOT_NAME: Final = _("name of the spot")
NOTE_OF: Final = _("note on the photo of {date}")
READING_OF: Final = _("a clinician’s words on the photo of {date}")
ELSEWHERE: Final = _("name of an account or of whoever runs the site")
# The limits of the model, in the words of doctors.
CANNOT_KNOW: Final = (
    _("It sees one photo: no change, no symptoms, no age, no family history, no skin around it."),
    _(
        "It was trained to find melanoma, other skin cancers and precancers, and can miss "
        "any of them. It was not trained for other diseases of the skin."
    ),
    _(
        "Its training pictures mostly show light skin; how well it works on darker skin is not "
        "known."
    ),
)
CARD_MISSING: Final = _("The figures of this version are no longer stored here.")
MODEL_FIGURES: Final = _(
    "In {images} {kind}s {name}, it called {value} of 100 {what} urgent or soon ({low} to {high} "
    "with 95 % confidence)."
)
TRIED_ON: Final = {
    "test": _("of people and spots that it had not learned from"),
    "isic_uda1": _("from a clinic whose photos it had not learned from"),
    "valid": _("on which its thresholds were set"),
}
FLAGGED: Final = {"cancer": _("skin cancers and precancers"), "melanoma": _("melanomas")}
MODEL_SPARED: Final = _("It called {} of 100 benign spots neither urgent nor soon.")

NEW_SPOT: Final = _("A new spot")
ALL_OF_THEM: Final = _(
    "You chose all photos of this spot. Leave at least one photo here, or choose one of the other "
    "spots."
)
CLINICIANS_ALONE: Final = _(
    "A clinician has read one of these photos, or one of the spots has a biopsy result. "
    "Readings and biopsy results belong to one spot, so only a clinician can move the photos."
)
# Shown on the page before anything is chosen.
SOME_BY_CLINICIANS_ONLY: Final = _(
    "Only a clinician can move a photo that a clinician has read, or move photos from or to a spot "
    "with a biopsy result. Readings and biopsy results belong to one spot."
)
TWO_BIOPSIES: Final = _(
    "Each of the two spots has a biopsy result. If they are one spot, correct one of the results "
    "first."
)
MOVED_MEANWHILE: Final = _(
    "Photos of these spots were moved or deleted in the meantime. Open your spots and look again."
)
MOVED: Final = _("The photos now belong to this spot.")
