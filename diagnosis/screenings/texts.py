"""Texts about sending a photo."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from ml.preprocessing.images import ImageFault

LIMITED: Final = _(
    "You have sent many photos in a short time. You can send the next one {}. If you are worried "
    "about a spot, do not wait: see a doctor."
)
NOT_TAKEN: Final = _(
    "We cannot take your photo at the moment, and that is our fault. Please try again in a few "
    "minutes. If you are worried about the spot, do not wait for us: see a doctor."
)
CHOOSE_AGAIN: Final = _("Please choose the photo again then; what you wrote is still here.")
SPOT_GONE: Final = _(
    "This spot is not there any more: it was deleted in the meantime. Choose another spot, or a "
    "new one."
)
IMAGE_FAULTS: Final = {
    ImageFault.NOT_AN_IMAGE: _(
        "This file is not a photo that we can read. Choose a JPEG, PNG, WebP or HEIC photo."
    ),
    ImageFault.TRUNCATED: _(
        "This photo is damaged or incomplete. Copy it from your phone or camera again, or choose "
        "another one."
    ),
    ImageFault.ANIMATED: (_("This picture is animated. Choose a still photo of the spot instead.")),
    ImageFault.TOO_LARGE: _(
        "This file is larger than 20 MB. Send it in a smaller size, or take a new photo with "
        "your phone's usual settings."
    ),
    ImageFault.TOO_MANY_PIXELS: _(
        "This picture has more than 50 megapixels, or 25 as WebP. Save it in a smaller size and "
        "choose that one."
    ),
    ImageFault.TOO_SMALL: _(
        "This picture has fewer than 100 pixels on one side. Choose the original photo, not "
        "a thumbnail, a strip or a screenshot of it."
    ),
    ImageFault.TOO_DEMANDING: _(
        "Reading this picture took too long or too much memory. Save it as a JPEG in a smaller "
        "size and choose that one, or take a new photo."
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
