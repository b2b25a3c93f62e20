"""The states of a photo, and the reasons for a refusal or a failure."""

from django.db.models import TextChoices


class Status(TextChoices):
    PENDING = "pending", "Waiting"
    RUNNING = "running", "Being read"
    DONE = "done", "Result ready"
    REFUSED = "refused", "Photo not usable"
    FAILED = "failed", "Not read, our fault"


class RefusalReason(TextChoices):
    """Why a photo was not classified. The values are those of `ml.serving.classifier.Refusal`."""

    TOO_DARK = "too_dark", "The photo is too dark"
    OVER_EXPOSED = "over_exposed", "The photo is too bright"
    BLURRED = "blurred", "The photo is blurred"
    NOT_A_LESION = "not_a_lesion", "No skin spot found in the photo"
    NOT_SKIN = "not_skin", "The photo does not look like skin"
    SEVERAL_SPOTS = "several_spots", "The photo shows several spots"
    TOO_SMALL = "too_small", "The spot is too small in the photo"
    SCREENSHOT = "screenshot", "The picture looks like a screenshot"


class FailureReason(TextChoices):
    """Why we gave up on a screening."""

    ATTEMPTS_EXHAUSTED = "attempts_exhausted", "Every attempt at reading it failed"
    PHOTO_LOST = "photo_lost", "The stored photo is missing or damaged"
