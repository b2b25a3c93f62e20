"""What people read. Never falsely reassuring; the same advice stands on every outcome."""

from datetime import timedelta
from typing import Final

from diagnosis.models.choices import RefusalReason
from ml.labels import Tier

ADVICE: Final = (
    "Please have a dermatologist look at any spot that is new, changing, itching, bleeding or "
    "unlike your others, whatever this page says.",
    "SkinScreen is research software, not a medical device. It can be wrong both ways.",
)

# How long there is to see a doctor, and until the next photo.
WITHIN: Final = {
    Tier.URGENT: timedelta(weeks=2),
    Tier.SOON: timedelta(weeks=8),
    Tier.WATCH: timedelta(days=91),
}
# Where a carcinoma does more harm, sooner.
SOON_ON_THE_FACE: Final = timedelta(weeks=4)
TIER_HEADINGS: Final = {
    Tier.URGENT: "Show this spot to a doctor by {day}",
    Tier.SOON: "Book now; be seen by {day}",
    Tier.WATCH: "Not an all-clear: photograph it again in three months",
}
# Once the day is past.
LATE_HEADINGS: Final = {
    Tier.URGENT: "Show this spot to a doctor now: {day} is past",
    Tier.SOON: "Be seen now: {day} is past",
    Tier.WATCH: "Not an all-clear: it is time for a new photo",
}
TIER_TEXTS: Final = {
    Tier.URGENT: (
        "This photo shows something that a dermatologist should look at. It is not a diagnosis. "
        "Book an appointment within two weeks, sooner if the spot bleeds, hurts or changes "
        "quickly."
    ),
    Tier.SOON: (
        "This photo shows something that a dermatologist should look at. It is not a diagnosis. "
        "Book an appointment now, and ask for an earlier one if the spot grows, bleeds or does "
        "not heal."
    ),
    Tier.WATCH: (
        "The photo shows few of the features that the model was trained to find. It can miss "
        "melanoma and other skin cancers, so this is not an all-clear. See a dermatologist about "
        "any spot that is new, changing, itching, bleeding or unlike the others."
    ),
}
AGAIN: Final = "If none of that is so, take a new photo of it on {day}."
# In a list, in place of a heading.
IN_A_LIST: Final = {
    "urgent": "Show it to a doctor",
    "soon": "Book an appointment",
    "watch": "Watch it, and take a new photo",
    "unanswered": "No answer",
    "withheld": "Waits for a clinician",
}
RAISED_IN_A_LIST: Final = "Your answers call for a doctor"
UNCERTAIN_IN_A_LIST: Final = "Uncertain: a clinician should look at it"
READ_IN_A_LIST: Final = {
    True: "Show it to a doctor",
    False: "Watch it, and take a new photo",
    None: "Needs a new photo",
}
NO_ANSWER_HEADING: Final = "No answer yet for this kind of photo: a clinician looks first"
NO_ANSWER: Final = (
    "The model has no answer for this photo: nobody has measured well enough how it does on this "
    "kind of photo. That says nothing about the spot, good or bad. A clinician looks at it, and "
    "you find here what they say."
)
OUTDATED_HEADING: Final = "No answer that still counts: a clinician looks first"
OUTDATED: Final = (
    "An earlier version of the model read this photo. It did not look for all skin cancers, and "
    "what it said no longer counts. That says nothing about the spot, good or bad. A clinician "
    "looks at the photo, and you find here what they say."
)
NOBODY_HEADING: Final = "No answer here. Show it to a doctor"
NOBODY: Final = (
    "SkinScreen has no answer for this photo, and no clinician reads photos on this site. That "
    "says nothing about the spot, good or bad. Please show it to a doctor."
)
READ_BY: Final = (
    "A clinician reads it by {day}. If nothing stands here then, show the spot to a doctor."
)
# With every photo that has no answer.
DO_NOT_WAIT: Final = (
    "Do not wait for an answer, and see a doctor within two weeks, if the spot bleeds, hurts or "
    "oozes, does not heal, is a lump that grows, has changed in size, shape or colour, or is "
    "unlike your others."
)
UNCERTAIN_HEADING: Final = "An uncertain result: a clinician should look at this spot"
UNCERTAIN: Final = (
    "This result is uncertain: the photo lies close to the line between two of the model's "
    "answers, and another photo of the same spot could have got the other one. Ask a clinician to "
    "look at the spot before you rely on anything here."
)
RAISED_HEADING: Final = "What you told us calls for a doctor"
RAISED: Final = (
    "Whatever the photo shows: what you told us about this spot is a reason to see a doctor within "
    "two weeks, sooner if it bleeds, hurts or changes quickly."
)
CLINICIAN_FIRST_HEADING: Final = "A clinician reads this photo first"
CLINICIAN_FIRST: Final = (
    "You told us that your skin is brown or dark. The model learned from pictures that mostly show "
    "light skin, and nobody knows how well it works on yours. We show its result only together "
    "with a clinician's reading. If you are worried about the spot, do not wait for us: see a "
    "doctor."
)
FREQUENCY: Final = (
    "Of 100 photos scored like this in a skin clinic’s collection, where {base} of 100 were a skin "
    "cancer or its forerunner, about {were}. In daily life it is far fewer."
)
CANNOT_KNOW: Final = (
    "It sees one photo. It does not know whether the spot has changed, itches or bleeds, nor "
    "your age, your skin, or your family's history.",
    "It was trained to find melanoma, other skin cancers and their forerunners, and it can miss "
    "any of them. It was not trained for other diseases of the skin.",
    "Its training pictures mostly show light skin; how well it works on darker skin is not known.",
)

PENDING_HEADING: Final = "Your photo is waiting to be read"
PENDING_TEXT: Final = (
    "Your photo is safe with us. The result appears on this page by itself, usually within "
    "seconds; you may also close it and come back."
)
RUNNING_HEADING: Final = "Your photo is being read"
REFUSED_HEADING: Final = "We could not read this photo safely"
REFUSED_TEXT: Final = "If you are worried about the spot, do not wait for a result: see a doctor."
FAILED_HEADING: Final = "We could not read your photo, and that is our fault"
FAILED_TEXT: Final = (
    "Something went wrong on our side. Your photo is kept, and our staff can see that it needs "
    "another try. If you are worried about the spot, do not wait for us: see a doctor."
)


def frequency(cancers: int, base: int) -> str:
    """Say a calibrated figure; never as 0, which a set of this size cannot show."""
    return FREQUENCY.format(base=base, were="1 was" if cancers <= 1 else f"{cancers} were")


RETAKE: Final = {
    RefusalReason.TOO_DARK: (
        "Take it again in daylight or with a lamp from the side, and keep your shadow off the spot."
    ),
    RefusalReason.OVER_EXPOSED: (
        "Take it again without flash and out of direct sun, so that the skin is not washed out."
    ),
    RefusalReason.BLURRED: (
        "Take it again: rest your hand on something, hold the camera a hand's width away, tap on "
        "the spot to focus and wait a moment."
    ),
    RefusalReason.NOT_A_LESION: (
        "Take it again with one spot in the middle, filling about a third of the picture, and "
        "nothing else in it but skin."
    ),
    RefusalReason.NOT_SKIN: (
        "Take a photo of one spot, close enough that there is only skin around it. If this one "
        "shows skin, take it again in daylight: a coloured lamp hides the colour of skin."
    ),
    RefusalReason.SEVERAL_SPOTS: (
        "Take a photo of each spot by itself, so close that it fills about a third of the picture. "
        "Begin with the one that looks unlike the others or has changed."
    ),
    RefusalReason.TOO_SMALL: (
        "Take it again from closer, or crop it, so that the spot fills about a third of the "
        "picture and is sharp."
    ),
    RefusalReason.SCREENSHOT: (
        "Send the photo itself, not a picture of the screen. If you have only this one, crop it so "
        "that nothing but skin and the spot is left."
    ),
}


# By what a clinician's verdict says as an urgency.
VERDICT_TEXTS: Final = {
    "urgent": (
        "The clinician looked at your photo and asks you to show this spot to a dermatologist "
        "within two weeks. Please book an appointment today."
    ),
    "soon": (
        "The clinician looked at your photo and asks you to show this spot to a dermatologist. "
        "Please book an appointment now."
    ),
    "watch": (
        "The clinician looked at your photo and advises to watch the spot and to photograph it "
        "again in three months. A photo does not replace an examination: see a dermatologist if "
        "the spot changes, itches, bleeds or worries you."
    ),
    "unusable": (
        "The clinician could not judge this photo. Please take a new one; if you are worried "
        "about the spot, see a doctor without waiting."
    ),
}

# What takes the place of a missing answer: a clinician's.
READ_HEADINGS: Final = {
    True: "A clinician asks you to show this spot to a dermatologist",
    False: "Not an all-clear: photograph it again in three months",
    None: "A clinician could not judge this photo",
}
