import math
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.models.screening import Screening
from diagnosis.rules.causes import GROWN

PAIR = 2

Point = list[float]


def check_figures(figures: Any) -> None:
    """Accept a finite number or null for each name."""
    is_right = isinstance(figures, dict) and all(
        isinstance(name, str) and (value is None or _is_number(value))
        for name, value in figures.items()
    )
    if not is_right:
        raise ValidationError(gettext("Figures are a number or null for each name."))


def check_points(points: Any) -> None:
    """Accept points of a photo: x and y as shares of its width and height."""
    is_right = isinstance(points, list) and all(_is_point(point) for point in points)
    if not is_right:
        raise ValidationError(
            gettext("Points are pairs of shares of the photo's width and height.")
        )


def check_lines(lines: Any) -> None:
    """Accept lines of two points each, which may be outside the photo."""
    for line in lines:
        if len(line) != PAIR or not all(_is_number(share) for point in line for share in point):
            raise ValidationError(gettext("Lines have two points each."))


def check_transform(numbers: Any) -> None:
    """Accept the six numbers of an affine transform, or an empty list."""
    if len(numbers) not in {0, 6} or not all(map(_is_number, numbers)):
        raise ValidationError(gettext("A transform has six numbers."))


def _is_point(point: Any) -> bool:
    return len(point) == PAIR and all(_is_number(share) and 0 <= share <= 1 for share in point)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


class Measurement(models.Model):
    """The measurement of one photo by one `version`. Written once, never changed."""

    class Fault(models.TextChoices):
        """Why there are no figures. Values as in `ml.segmentation.outliner.OutlineFault`."""

        NO_LESION = "no_lesion", _("No spot found to measure")
        SEVERAL_LESIONS = "several_lesions", _("Several spots in the photo")

    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="measurements")
    # Versions of the outline network and the measuring code, joined in one string.
    version = models.CharField(max_length=64)
    fault = models.CharField(max_length=16, choices=Fault.choices, blank=True)
    confidence = models.FloatField(_("confidence of the outline"), null=True, blank=True)
    outline = models.JSONField(default=list, blank=True, validators=[check_points])
    axes = models.JSONField(default=list, blank=True, validators=[check_lines])
    figures = models.JSONField(default=dict, blank=True, validators=[check_figures])
    percentiles = models.JSONField(
        _("spots with a lower value, of 100 that are not melanomas"),
        default=dict,
        blank=True,
        validators=[check_figures],
    )
    # Saliency map to overlay on the photo. Encrypted like the photo.
    overlay = models.FileField(blank=True)
    map_version = models.CharField(_("model of the saliency map"), max_length=64, blank=True)
    inside = models.FloatField(
        _("share of the saliency map within the outline"), null=True, blank=True
    )
    # Embedding (float16) for finding similar cases. Stored only if the site offers this search.
    embedding = models.BinaryField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="measurement_is_unique_per_version", fields=["screening", "version"]
            ),
            models.CheckConstraint(
                name="measurement_fault_is_known",
                condition=Q(fault__in=["", "no_lesion", "several_lesions"]),
            ),
            models.CheckConstraint(
                name="measurement_overlay_names_its_model",
                condition=Q(overlay="") | ~Q(map_version=""),
            ),
            models.CheckConstraint(
                name="measurement_has_no_outline_with_a_fault",
                condition=Q(fault="") | Q(confidence=None),
            ),
        ]

    def __str__(self) -> str:
        return f"Measured by {self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A measurement is never changed.")
        self.clean_fields(exclude={"screening"})
        super().save(*args, **kwargs)


class Registration(models.Model):
    """The registration of a photo to the previous photo, or why that failed."""

    class Fault(models.TextChoices):
        NO_OUTLINE = "no_outline", _("No outline in one of the photos")
        OTHER_KIND = "other_kind", _("The two photos are of different kinds")
        UNSURE = "unsure", _("Too little of the skin matches")

    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="registrations")
    before = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="+")
    # The measurement version (network and code) that produced both outlines.
    version = models.CharField(max_length=64)
    fault = models.CharField(max_length=16, choices=Fault.choices, blank=True)
    # Affine transform from pixels of the previous photo to pixels of this photo, in the order of
    # SVG's `matrix(a b c d e f)`. Empty if there is a fault, or if growth was computed from the
    # marked scales because the photos could not be aligned.
    transform = models.JSONField(default=list, blank=True, validators=[check_transform])
    # The lesion's area divided by that in the previous photo, with a 95 % interval.
    ratio = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="registration_is_of_one_pair", fields=["screening"]),
            models.CheckConstraint(
                name="registration_has_an_interval_or_a_fault",
                condition=Q(fault="", ratio__isnull=False, low__isnull=False, high__isnull=False)
                & Q(low__gt=0, ratio__gte=F("low"), high__gte=F("ratio"))
                | Q(
                    fault__in=["no_outline", "other_kind", "unsure"],
                    ratio=None,
                    low=None,
                    high=None,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Registered to the previous photo by {self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.clean_fields(exclude={"screening", "before"})
        super().save(*args, **kwargs)

    @property
    def shows_growth(self) -> bool:
        """Whether the area grew by more than it varies between photos of an unchanged lesion."""
        return self.low is not None and self.low > GROWN
