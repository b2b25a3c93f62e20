"""Texts about sending a photo."""

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

from ml.preprocessing.images import ImageFault

LIMITED: Final = _(
    "You have sent many photos in a short time. You can send the next photo {}. If you are worried "
    "about a spot, do not wait: see a doctor."
)
NOT_TAKEN: Final = _(
    "We cannot accept your photo at the moment, and that is our fault. Please try again in a few "
    "minutes. If you are worried about the spot, do not wait for us: see a doctor."
)
CHOOSE_AGAIN: Final = _("Then please choose the photo again; your other entries are still here.")
SPOT_GONE: Final = _(
    "This spot no longer exists: it was deleted in the meantime. Choose another spot, or a new "
    "spot."
)
# How many photos the upload page's script sends at a time.
MOST_AT_ONCE: Final = 20
# The script shows these texts while it sends photos.
OF_THE_SCRIPT: Final[dict[str, "StrOrPromise"]] = {
    "sendOne": _("Send the photo"),
    "sending": _("Sending…"),
    "sent": _("Sent."),
    "waiting": _("Waiting to be sent."),
    "notYet": _("Not sent yet."),
    "lost": _("No connection."),
    "failed": _("We could not accept this photo."),
    "signedOut": _("You are signed out."),
    "away": _("We cannot accept photos at the moment, and that is our fault."),
    "untilSent": _("The photo is kept on this device until it is sent."),
    "byItself": _(
        "The photo is kept on this device, and sent automatically if this page stays open."
    ),
    "reload": _(
        "The photo is kept on this device: reload this page, sign in if you are asked to, then "
        "send it again."
    ),
    "unkept": _("This browser keeps no copy: leave this page open, and do not delete the photo."),
    "leftOut": _(
        "You can send up to {most} photos at a time. {number} of your photos are left out: send "
        "them afterwards."
    ),
}
IMAGE_FAULTS: Final = {
    ImageFault.NOT_AN_IMAGE: _(
        "This file is not a photo that we can read. Choose a JPEG, PNG, WebP or HEIC photo."
    ),
    ImageFault.TRUNCATED: _(
        "This photo is damaged or incomplete. Copy it from your phone or camera again, or choose "
        "another photo."
    ),
    ImageFault.ANIMATED: (_("This picture is animated. Choose a still photo of the spot instead.")),
    ImageFault.TOO_LARGE: _(
        "This file is larger than 20 MB. Send it in a smaller size, or take a new photo with "
        "your phone's usual settings."
    ),
    ImageFault.TOO_MANY_PIXELS: _(
        "This picture has more than 50 megapixels, or 25 as WebP. Save it in a smaller size and "
        "choose the smaller file."
    ),
    ImageFault.TOO_SMALL: _(
        "This picture has fewer than 100 pixels on one side. Choose the original photo, not "
        "a thumbnail, a strip or a screenshot of it."
    ),
    ImageFault.TOO_DEMANDING: _(
        "Reading this picture took too long or too much memory. Save it as a JPEG in a smaller "
        "size and choose the smaller file, or take a new photo."
    ),
}
# The names of `rules.coins.DIAMETERS`.
COINS: Final = {
    "1 cent (euro)": _("1 cent (euro)"),
    "2 cent (euro)": _("2 cent (euro)"),
    "5 cent (euro)": _("5 cent (euro)"),
    "10 cent (euro)": _("10 cent (euro)"),
    "20 cent (euro)": _("20 cent (euro)"),
    "50 cent (euro)": _("50 cent (euro)"),
    "1 euro": _("1 euro"),
    "2 euro": _("2 euro"),
    "Penny (US)": _("Penny (US)"),
    "Nickel (US)": _("Nickel (US)"),
    "Dime (US)": _("Dime (US)"),
    "Quarter (US)": _("Quarter (US)"),
}


def of_the_script() -> dict[str, "StrOrPromise | int | list[str]"]:
    """Return the texts of the upload page's script, and how many photos it sends at a time.

    A text that contains a number is a list, with one text for each number, since languages differ
    in their plurals.
    """
    numbers = range(MOST_AT_ONCE + 1)
    return {
        **OF_THE_SCRIPT,
        "most": MOST_AT_ONCE,
        "sendAll": [
            ngettext("Send {number} photo", "Send {number} photos", number) for number in numbers
        ],
        "sentAll": [
            ngettext("{number} photo sent.", "{number} photos sent.", number) for number in numbers
        ],
        "unsent": [
            ngettext(
                "{number} photo was not sent yet.", "{number} photos were not sent yet.", number
            )
            for number in numbers
        ],
    }
