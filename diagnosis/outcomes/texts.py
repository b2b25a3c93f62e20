"""The sentences of result pages. No page reassures falsely. All pages give the same advice."""

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from diagnosis.models.choices import RefusalReason
from diagnosis.rules.urgency import Urgency

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ADVICE: Final = (
    _(
        "Please have a dermatologist look at any spot that is new, changing, itching, bleeding or "
        "unlike your others, whatever this page says."
    ),
    _("SkinScreen can be wrong: it can miss a cancer, and it can worry you without cause."),
)

TIER_HEADINGS: Final = {
    Urgency.URGENT: _("Show this spot to a doctor by {day}"),
    Urgency.SOON: _("Book an appointment now; see a doctor by {day}"),
    Urgency.WATCH: _("Not an all-clear: photograph the spot again in three months"),
}
# Once the day has passed.
LATE_HEADINGS: Final = {
    Urgency.URGENT: _("Show this spot to a doctor now; {day} is past"),
    Urgency.SOON: _("See a doctor now; {day} is past"),
    Urgency.WATCH: _("Not an all-clear: it is time for a new photo"),
}
# The late heading of `watch`, if a newer photo of the spot has been read.
FOLLOWED_HEADING: Final = _("Not an all-clear: follow the result of the newer photo")
TIER_TEXTS: Final = {
    Urgency.URGENT: _(
        "This photo shows something that a dermatologist should look at urgently. It is not a "
        "diagnosis."
    ),
    Urgency.SOON: _(
        "This photo shows something that a dermatologist should look at in the next weeks. It is "
        "not a diagnosis."
    ),
    Urgency.WATCH: _(
        "The photo shows few of the features that the model was trained to find. It can miss "
        "melanoma and other skin cancers, so this is not an all-clear."
    ),
}
# Short forms of the headings, for lists.
IN_A_LIST: Final = {
    "urgent": _("Urgent: show it to a doctor"),
    "soon": _("Book an appointment now"),
    "watch": _("Watch it, and take a new photo"),
    "unanswered": _("No answer"),
    "withheld": _("Waits for a clinician"),
    "minor": _("Show it to a doctor"),
    "age_first": _("Needs your answers first"),
    "questions_first": _("Needs your answers first"),
}
# In lists, with the day.
BY_IN_A_LIST: Final = {
    Urgency.URGENT: _("Urgent: show it to a doctor by {day}"),
    Urgency.SOON: _("Book an appointment now, to be seen by {day}"),
    Urgency.WATCH: IN_A_LIST["watch"],
}
# Once the day has passed.
LATE_IN_A_LIST: Final = {
    Urgency.URGENT: _("Urgent: show it to a doctor now; {day} is past"),
    Urgency.SOON: _("See a doctor now; {day} is past"),
    Urgency.WATCH: _("Watch it; it is time for a new photo"),
}
FOLLOWED_IN_A_LIST: Final = _("Watch it; there is a newer photo")
# After the answer that a doctor has seen the spot.
VISITED_HEADING: Final = _("A doctor has seen this spot: follow the doctor's advice")
# The same, if a clinician has advised another visit since.
READ_SINCE_HEADING: Final = _("A clinician advises a visit: call the doctor who has seen this spot")
VISITED_IN_A_LIST: Final = _("A doctor has seen it: follow the doctor's advice")
READ_SINCE_IN_A_LIST: Final = _("A clinician advises a visit: call the doctor who has seen it")
UNCERTAIN_IN_A_LIST: Final = _("Uncertain: a doctor should look at it")
NEW_PHOTO_IN_A_LIST: Final = _("Needs a new photo")
NOBODY_IN_A_LIST: Final = _("No answer here: show it to a doctor")
NO_ANSWER_HEADING: Final = _("No answer yet for this kind of photo: a clinician looks first")
NO_ANSWER: Final = _(
    "The model has no answer for this photo: its accuracy on this kind of photo has not been "
    "measured well enough. That says nothing about the spot, good or bad. A clinician looks at the "
    "photo, and their answer will appear here."
)
UNLIKE_HEADING: Final = _("We do not know this kind of spot: a clinician looks first")
UNLIKE: Final = _(
    "The photo is unlike anything that the model learned from, so the model has no answer. "
    "That says nothing about the spot, good or bad. A clinician looks at the photo, and their "
    "answer will appear here."
)
OUTDATED_HEADING: Final = _("The earlier answer no longer counts: a clinician looks first")
OUTDATED: Final = _(
    "An earlier version of the model read this photo. It did not look for all skin cancers, and "
    "its answer no longer counts. That says nothing about the spot, good or bad. A clinician looks "
    "at the photo, and their answer will appear here."
)
NOBODY_HEADING: Final = _("No answer here: show this spot to a doctor")
NOBODY: Final = _(
    "SkinScreen has no answer for this photo, and no clinician reads photos on this site. That "
    "says nothing about the spot, good or bad. Please show it to a doctor."
)
NOBODY_IN_TIME: Final = _(
    "SkinScreen has no answer for this photo, and no clinician has read it in the time that we "
    "promised. That says nothing about the spot, good or bad. Please show it to a doctor, and do "
    "not wait for us."
)
READ_BY: Final = _(
    "A clinician reads the photo by {day}. If there is no answer here by then, show the spot to a "
    "doctor."
)
# Instead of `READ_BY`, if answers or measured growth are a cause for seeing a doctor.
ALSO_READ_BY: Final = _(
    "A clinician also reads the photo by {day}. Do not wait for that before you book the visit."
)
# If neither the model, the person's answers nor measured growth gives an urgency.
DO_NOT_WAIT: Final = _(
    "Do not wait for an answer, and book an appointment with a doctor now, if the spot bleeds, "
    "hurts or oozes, does not heal, is a lump that grows, has changed in size, shape or colour, or "
    "is unlike your others."
)
UNCERTAIN_HEADING: Final = _("An uncertain result: a doctor should look at this spot")
UNCERTAIN: Final = _(
    "This result is uncertain: the photo lies close to the line between two of the model's "
    "answers, and another photo of the same spot could have got the other answer. Ask a doctor to "
    "look at the spot before you rely on anything here."
)
# Beside advice to see a doctor by a day: doubt must not delay the visit.
UNCERTAIN_BUT_GO: Final = _(
    "This result is uncertain: the photo lies close to the line between two of the model's "
    "answers, and another photo of the same spot could have got the other answer. That is no "
    "reason to put off the visit."
)
# If another photo of the spot advises a visit, and this photo advises none or a later visit.
ANOTHER_STANDS: Final = _(
    "Because of another photo of this spot, we asked you to show it to a doctor by {day}. That is "
    "still our advice, whatever this photo shows."
)
ANOTHER_IS_LATE: Final = _(
    "Because of another photo of this spot, we asked you to show it to a doctor by {day}, which is "
    "past. That is still our advice, whatever this photo shows."
)
CLINICIAN_FIRST_HEADING: Final = _("A clinician reads this photo first")
CLINICIAN_FIRST: Final = _(
    "You told us that the skin is olive, light brown or darker. The model learned from pictures "
    "that mostly show light skin, and nobody knows how well it works on darker skin. We show its "
    "result only together with a clinician's reading. If you are worried about the spot, do not "
    "wait for us: see a doctor."
)
# The same if the person has not given the skin colour.
NO_SKIN_COLOUR: Final = _(
    "You did not say what colour the skin is. The model learned from pictures that mostly show "
    "light skin, so we show its result only together with a clinician's reading. If you are "
    "worried about the spot, do not wait for us: see a doctor."
)
# The paragraph above the choice of a skin colour, which the person left out in the upload form.
TAP_SKIN: Final = _(
    "You need not say what colour the skin is. If you would like to, tap the colour nearest to "
    "skin that the sun does not reach. For the three lightest colours, you then get the model's "
    "result."
)
# Beside `watch`, for ages at which the model misses many cancers.
WEAK_AGE: Final = _(
    "The model misses more at your age: in photos from skin clinics, it missed about {missed} of "
    "100 skin cancers and precancers in people aged {age}. If in doubt, show the spot to a "
    "doctor."
)
CANNOT_KNOW: Final = (
    _(
        "It sees one photo. It does not know whether the spot has changed, itches or bleeds. It "
        "does not know your age, your skin type, or your family's history."
    ),
    _(
        "It was trained to find melanoma, other skin cancers and precancers, and it can "
        "miss any of them. It was not trained for other diseases of the skin."
    ),
    _(
        "Its training pictures mostly show light skin; how well it works on darker skin is not "
        "known."
    ),
)

PENDING_TEXT: Final = _(
    "Your photo is safe with us. The result appears on this page automatically, usually within "
    "seconds; you may also close the page and come back."
)
REFUSED_TEXT: Final = _(
    "If you are worried about the spot, do not wait for a result: see a doctor."
)
# The headings of photos without an urgency, by `Screening.no_tier_reason`.
NO_TIER_HEADINGS: Final = {
    "pending": _("Your photo is waiting to be read"),
    "running": _("Your photo is being read"),
    "refused": _("We could not read this photo"),
    "failed": _("We could not read your photo, and that is our fault"),
    "minor": _("Show this spot to a doctor: there is no answer for people under 18"),
    "age_first": _("Before the result: a few questions that we ask once"),
    "questions_first": _("A few questions before the result"),
}
NO_TIER_TEXTS: Final[dict[str, tuple["StrOrPromise", ...]]] = {
    "pending": (PENDING_TEXT,),
    "running": (PENDING_TEXT,),
    "failed": (
        _(
            "Something went wrong on our side. Your photo is kept, and our staff can see that it "
            "has to be read again. If you are worried about the spot, do not wait for us: see a "
            "doctor."
        ),
    ),
    "minor": (
        _(
            "The model learned from the skin of adults. In children and adolescents, spots look "
            "and change differently, and a doctor should judge them. That says nothing about this "
            "spot, good or bad."
        ),
    ),
    "age_first": (
        _(
            "Your photo has been read. The meaning of a spot depends on age, on the immune system "
            "and on earlier skin cancers. The model has no answer for people under 18. We ask for "
            "the year of birth, not for the full date. If you are worried about the spot, do not "
            "wait for a result: see a doctor."
        ),
    ),
    "questions_first": (
        _(
            "Your photo has been read. A photo shows neither change nor bleeding nor pain, so we "
            "ask about these first: they can matter more than the picture. If you are worried "
            "about the spot, do not wait for a result: see a doctor."
        ),
    ),
}


def frequency(cancers: int, base: int) -> str:
    """Return the sentence about a frequency.

    It never says 0, since even a sample without cancer does not rule out cancer.
    """
    about = max(1, cancers)
    words = ngettext(
        "Of 100 photos in a skin clinic’s collection, {base} show a skin cancer or precancer. "
        "Of 100 photos with a score like this one, about {about} does. In daily life, there are "
        "far fewer.",
        "Of 100 photos in a skin clinic’s collection, {base} show a skin cancer or precancer. "
        "Of 100 photos with a score like this one, about {about} do. In daily life, there are far "
        "fewer.",
        about,
    )
    return words.format(base=base, about=about)


RETAKE: Final = {
    RefusalReason.TOO_DARK: _(
        "Take it again in daylight or with a lamp from the side, and keep your shadow off the spot."
    ),
    RefusalReason.OVER_EXPOSED: _(
        "Take it again without flash and out of direct sun, so that the skin is not washed out."
    ),
    RefusalReason.BLURRED: _(
        "Take it again: rest your hand on something, hold the camera a hand's width away, tap on "
        "the spot to focus and wait a moment."
    ),
    RefusalReason.NOT_A_LESION: _(
        "Take it again with one spot in the middle, filling about a third of the picture, and "
        "nothing else in it but skin."
    ),
    RefusalReason.NOT_SKIN: _(
        "Take a photo of one spot, close enough that there is only skin around it. If this photo "
        "shows skin, take it again in daylight: coloured light hides the colour of skin."
    ),
    RefusalReason.SEVERAL_SPOTS: _(
        "Take a photo of each spot by itself, so close that it fills about a third of the picture. "
        "Begin with a spot that looks unlike the others or has changed."
    ),
    RefusalReason.TOO_SMALL: _(
        "Take it again from closer, or crop it, so that the spot fills about a third of the "
        "picture and is sharp."
    ),
    RefusalReason.SCREENSHOT: _(
        "Send the photo itself, not a picture of the screen. If you have only this picture, crop "
        "it so that only skin and the spot are left."
    ),
}


# By the urgency of a clinician's verdict.
VERDICT_TEXTS: Final = {
    "urgent": _(
        "The clinician looked at your photo and asks you to show this spot to a dermatologist "
        "urgently. Please book an appointment today."
    ),
    "soon": _(
        "The clinician looked at your photo and asks you to show this spot to a dermatologist. "
        "Please book an appointment now."
    ),
    "watch": _(
        "The clinician looked at your photo and advises you to watch the spot and to photograph it "
        "again in three months. A photo does not replace an examination: see a dermatologist if "
        "the spot changes, itches, bleeds or worries you."
    ),
    "unusable": _("The clinician could not judge this photo."),
}

# Format strings for headings that come from a clinician's reading.
READING_HEADINGS: Final[dict[Urgency, "StrOrPromise"]] = {
    Urgency.URGENT: _("A clinician has looked at your photo: {lower}"),
    Urgency.SOON: _("A clinician has looked at your photo: {lower}"),
    Urgency.WATCH: _("A clinician has looked at your photo. {heading}"),
}
PHOTO_SAYS_SOON: Final = _(
    "The photo, too, shows something that a dermatologist should look at. It is not a diagnosis."
)
READING_COUNTS_MORE: Final = _(
    "The model found few of the features that it was trained to find. The clinician's word counts "
    "for more."
)
UNUSABLE_HEADING: Final = _("A clinician could not judge this photo")
NEW_PHOTO: Final = _(
    "Please take a new photo for the clinician: sharp, in daylight, with the spot in the middle."
)
# Below the heading after a visit.
VISITED: Final = _(
    "After this result, you told us that a doctor has seen the spot. Go back to the doctor if the "
    "spot changes, itches, bleeds or does not heal."
)
# The same, if a clinician's reading after the visit advises another visit.
READ_SINCE: Final = _(
    "You told us that a doctor has seen this spot. Since then, a clinician has read your photo. "
    "The doctor does not know this: call the doctor, and take the report with you."
)
# If a clinician's reading is less urgent than the heading: why the heading keeps its day.
STANDS_UNTIL_ANSWERED: Final = _(
    "The clinician did not have all of your answers: please answer our questions."
)
STANDS_UNTIL_NEXT_READING: Final = _(
    "Another clinician will read this photo, too. Until then, please keep to the day above."
)
STANDS_WITHOUT_NEXT_READING: Final = _(
    "Another clinician would have to read this photo, too, and there is none at the moment. Please "
    "keep to the day above."
)
STANDS_BY_ANSWERS: Final = _(
    "What you told us counts for more than what a photo shows: please keep to the day above."
)
STANDS_BY_GROWTH: Final = _(
    "The growth that we measured between your photos counts for more than what this photo shows: "
    "please keep to the day above."
)
STANDS_UNUSABLE: Final = _("The day above does not change: please do not wait for a new photo.")
# If the heading has no day.
UNUSABLE_WORRIED: Final = _("If you are worried about the spot, see a doctor without waiting.")
