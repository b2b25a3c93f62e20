"""The texts of a spot's report."""

from typing import Final

from diagnosis.models.choices import Status
from diagnosis.rules.urgency import Reading, Urgency

REPORT_LATER: Final = "You have made many reports in a short time. You can make the next one {}."
REPORT_TITLE: Final = "Referral: a spot on the skin"
REPORT_FOR_DOCTORS: Final = (
    "Tier and figure come from a computer model that saw one photo at a time. They are no "
    "diagnosis and replace no examination; the model can be wrong both ways."
)
NOT_ANSWERED: Final = "The person has not answered the questions about this photo."
NOTHING_TICKED: Final = "None of the signs asked about."
NOTHING_KNOWN: Final = "The person could not say of any sign asked about whether it is there."
YES: Final = "Yes: {}."
NO: Final = "No: {}."
UNKNOWN: Final = "Not known to the person: {}."
SCORE: Final = "Weighted 7-point checklist: {points} of 10."
SIGNS: Final = {
    "is_new": "new within a few months",
    "changed_since_last": "clear change since the last photo",
    "changed_size": "change in size",
    "irregular_shape": "irregular or changed shape",
    "irregular_colour": "irregular or changed colour",
    "is_large": "7 mm or more",
    "is_inflamed": "inflammation",
    "is_oozing": "oozing or crusting",
    "feels_different": "itch, pain or altered sensation",
    "bleeds": "bleeding without injury",
    "is_unhealed": "sore, not healed for four weeks",
    "is_raised": "raised lump",
    "is_growing_lump": "growing lump",
    "is_acral": "under a nail, on a palm or on a sole",
}
REQUESTED: Final = {
    Urgency.URGENT: "Urgent: please see within {weeks} weeks, by {day}.",
    Urgency.SOON: "Please see within {weeks} weeks, by {day}.",
}
WEEKS: Final = {2: "two", 4: "four", 8: "eight"}
UNCERTAIN: Final = (
    "The result is uncertain: please look at the spot. No day is set; a new photo is due on {day}."
)
WATCHED: Final = (
    "No visit is asked for. A new photo is due on {day}. The model can miss melanoma and other "
    "skin cancers."
)
NOT_REQUESTED: Final = (
    "No result says how soon ({why}). The person would like the spot to be looked at."
)
TOLD: Final = "By the person’s answers, {urgency}: {what}."
MODEL_CALLS: Final = "The model, which saw the newest photo alone: {tier}."
READ_BY_CLINICIAN: Final = "A clinician read a photo on {day}: {reading}."
READINGS: Final = {
    Reading.URGENT: "urgent, to be seen within two weeks",
    Reading.SOON: "to be seen within eight weeks",
    Reading.WATCH: "to be watched, with a new photo in three months",
    Reading.UNUSABLE: "the photo could not be judged",
}
# Why a report has no result of the model.
SILENT: Final[dict[str, str]] = {
    Status.PENDING: "the photo waits to be read",
    Status.RUNNING: "the photo is being read",
    Status.FAILED: "the photo could not be read, by a fault of the software",
    "minor": "there is none under 18",
    "withheld": "a clinician reads the photo first, since the model was not tested on such skin",
    "unanswered": "the model has no answer for this photo",
    "age_first": "the person’s age is not known",
    "skin_type_first": "the person’s skin type is not known",
    "questions_first": "the questions have not been answered",
}
# For text in a script that no font of the report has.
UNSHOWN: Final = (
    "Some characters could not be printed, and boxes stand for them ({where}). The person can show "
    "the whole text on the page of this spot in SkinScreen."
)
SPOT_NAME: Final = "name of the spot"
NOTE_OF: Final = "note on the photo of {date}"
READING_OF: Final = "a clinician’s words on the photo of {date}"
ELSEWHERE: Final = "name of an account or of whoever runs the site"
# The limits of a model, in words for a doctor.
CANNOT_KNOW: Final = (
    "It sees one photo: no change, no symptoms, no age, no family history, no skin around it.",
    "It was trained to find melanoma, other skin cancers and their forerunners, and can miss any "
    "of them. It was not trained for other diseases of the skin.",
    "Its training pictures mostly show light skin; how well it works on darker skin is not known.",
)
CARD_MISSING: Final = "What was measured of this version is no longer kept here."
MODEL_FIGURES: Final = (
    "Of {images} {kind}s {name} it called {value} of 100 {what} urgent or soon ({low} to {high} "
    "with 95 % confidence)."
)
TRIED_ON: Final = {
    "test": "of people and spots that it had not learned from",
    "isic_uda1": "of a clinic that it had not learned from",
    "valid": "on which its thresholds were set",
}
FLAGGED: Final = {"cancer": "skin cancers and their forerunners", "melanoma": "melanomas"}
MODEL_SPARED: Final = "{} of 100 benign spots it called neither."

NEW_SPOT: Final = "A new spot"
ALL_OF_THEM: Final = "These are all photos of this spot. Leave one here, or choose another spot."
CLINICIANS_ALONE: Final = (
    "A clinician has read one of these photos, or a biopsy result is known of one of the spots. "
    "What they said is about this spot, so that only a clinician can move the photos."
)
TWO_BIOPSIES: Final = (
    "Each of the two spots has a biopsy result. If they are one spot, correct one of the results "
    "first."
)
MOVED_MEANWHILE: Final = (
    "Photos of these spots were moved or deleted in the meantime. Open your spots and look again."
)
MOVED: Final = "The photos are with this spot now."
