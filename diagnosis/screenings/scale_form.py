"""The form for a photo's scale."""

import math
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.models import Screening
from diagnosis.rules import coins
from diagnosis.screenings import services, texts

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Points that are closer together than this share of the photo's longer side give no useful scale.
LEAST_SHARE = 0.03


class PercentField(forms.FloatField):
    """The position of a point along one side of a photo."""

    def __init__(self, label: "StrOrPromise") -> None:
        widget = forms.NumberInput(attrs={"step": "0.1"})
        super().__init__(label=label, min_value=0, max_value=100, widget=widget)


class ScaleForm(forms.Form):
    """Two points in a photo, and the true distance between them."""

    x1, y1 = (
        PercentField(_("First end, % from the left")),
        PercentField(_("First end, % from the top")),
    )
    x2, y2 = (
        PercentField(_("Other end, % from the left")),
        PercentField(_("Other end, % from the top")),
    )
    reference = forms.ChoiceField(
        label=_("What did you mark?"),
        choices=[
            ("ruler", _("A length on a ruler")),
            *((name, texts.COINS[name]) for name in coins.DIAMETERS),
        ],
    )
    length = forms.FloatField(
        label=_("How many millimetres on the ruler?"),
        help_text=_("The longer the piece that you mark, the more exact the scale."),
        min_value=1,
        max_value=500,
        required=False,
        error_messages={
            "min_value": _("Mark at least 1 mm."),
            "max_value": _("Mark at most 500 mm."),
        },
    )

    def __init__(self, *args: Any, screening: Screening, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.screening = screening

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("reference") == "ruler" and not cleaned.get("length"):
            self.add_error("length", gettext("Enter how many millimetres of the ruler you marked."))
        if self._pixels() < LEAST_SHARE * max(self.screening.width, self.screening.height):
            raise ValidationError(
                gettext("Mark the two ends of the coin or of a piece of the ruler.")
            )
        return cleaned

    def _pixels(self) -> float:
        """Return the distance between the points in pixels, infinite if a point is missing."""
        try:
            x1, y1, x2, y2 = (self.cleaned_data[name] for name in ("x1", "y1", "x2", "y2"))
        except KeyError:
            return math.inf
        wide = (x1 - x2) / 100 * self.screening.width
        high = (y1 - y2) / 100 * self.screening.height
        return math.hypot(wide, high)

    def save(self, *, by: AbstractUser) -> None:
        chosen = self.cleaned_data["reference"]
        length = coins.DIAMETERS.get(chosen) or self.cleaned_data["length"]
        services.set_scale(self.screening, by=by, mm_per_px=length / self._pixels())
