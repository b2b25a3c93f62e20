"""The states of a photo, and the reasons for a refusal or a failure."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    PENDING = "pending", _("Waiting")
    RUNNING = "running", _("Being read")
    DONE = "done", _("Result ready")
    REFUSED = "refused", _("Photo not usable")
    FAILED = "failed", _("Not read, our fault")


class RefusalReason(TextChoices):
    """Why a photo was not classified. The values are those of `ml.serving.classifier.Refusal`."""

    TOO_DARK = "too_dark", _("The photo is too dark")
    OVER_EXPOSED = "over_exposed", _("The photo is too bright")
    BLURRED = "blurred", _("The photo is blurred")
    NOT_A_LESION = "not_a_lesion", _("No skin spot found in the photo")
    NOT_SKIN = "not_skin", _("The photo does not look like skin")
    SEVERAL_SPOTS = "several_spots", _("The photo shows several spots")
    TOO_SMALL = "too_small", _("The spot is too small in the photo")
    SCREENSHOT = "screenshot", _("The picture looks like a screenshot")


class FailureReason(TextChoices):
    """Why we gave up on a screening."""

    ATTEMPTS_EXHAUSTED = "attempts_exhausted", _("All attempts to read it failed")
    PHOTO_LOST = "photo_lost", _("The stored photo is missing or damaged")
