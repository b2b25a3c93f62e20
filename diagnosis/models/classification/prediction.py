from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.models.screening import Screening
from diagnosis.rules import stored_tiers
from diagnosis.rules.urgency import Urgency
from ml.labels import Diagnosis, Kind, Tier

LIKELIEST = 3
NEW, OLD = [tier.value for tier in Tier], [stored_tiers.ELEVATED, stored_tiers.LOWER]


def _is_share(field: str) -> Q:
    return Q(**{field: None}) | Q(**{f"{field}__gte": 0, f"{field}__lte": 1})


def _is_of_100(field: str) -> Q:
    return Q(**{field: None}) | Q(**{f"{field}__gte": 0, f"{field}__lte": 100})


class Output(models.Model):
    """One model version's answer about one screening. Written once, never changed."""

    class TierChoice(models.TextChoices):
        URGENT = Tier.URGENT.value, _("Urgent")
        SOON = Tier.SOON.value, _("Soon")
        WATCH = Tier.WATCH.value, _("Watch")
        # Tiers of earlier models, which had only two.
        ELEVATED = stored_tiers.ELEVATED, _("Elevated")
        LOWER = stored_tiers.LOWER, _("Lower")

    class KindChoice(models.TextChoices):
        DERMOSCOPIC = Kind.DERMOSCOPIC.value, _("Dermatoscope photo")
        CAMERA = Kind.CAMERA.value, _("Camera photo")

    model_version = models.CharField(max_length=64)
    kind = models.CharField(
        _("kind of photo that the model assumed"),
        max_length=16,
        choices=KindChoice.choices,
        blank=True,
    )
    tier = models.CharField(
        _("tier (empty: no answer)"), max_length=16, choices=TierChoice.choices, blank=True
    )
    is_uncertain = models.BooleanField(_("close to the threshold between two tiers"), default=False)
    cancer = models.FloatField(_("calibrated probability of a skin cancer or precancer"), null=True)
    melanoma = models.FloatField(_("calibrated probability of melanoma"), null=True)
    cancers_per_100 = models.PositiveSmallIntegerField(
        _("skin cancers and precancers among 100 photos scored like this"), null=True
    )
    # Only for models with two tiers.
    melanomas_per_100 = models.PositiveSmallIntegerField(
        _("melanomas among 100 test photos scored like this"), null=True
    )
    # Uncalibrated probabilities by diagnosis. Null if the model did not classify the photo, and in
    # old predictions.
    probabilities = models.JSONField(_("probability of each diagnosis"), null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(class)s_is_unique_per_model_version",
                fields=["screening", "model_version"],
            ),
            models.CheckConstraint(
                name="%(class)s_probability_is_one",
                condition=_is_share("cancer") & _is_share("melanoma"),
            ),
            models.CheckConstraint(
                name="%(class)s_frequency_is_of_100",
                condition=_is_of_100("cancers_per_100") & _is_of_100("melanomas_per_100"),
            ),
            # Also rejects unknown tiers.
            models.CheckConstraint(
                name="%(class)s_tier_has_its_figures",
                condition=Q(tier="", is_uncertain=False, cancers_per_100=None)
                & Q(melanomas_per_100=None)
                | Q(tier__in=OLD, melanoma__isnull=False, melanomas_per_100__isnull=False)
                & Q(cancer=None, cancers_per_100=None, probabilities__isnull=True, kind="")
                | Q(tier__in=NEW, melanoma__isnull=False, cancer__isnull=False)
                & Q(probabilities__isnull=False, melanomas_per_100=None)
                & ~Q(kind=""),
            ),
            models.CheckConstraint(
                name="%(class)s_kind_is_known",
                condition=Q(kind__in=["", *(kind.value for kind in Kind)]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.model_version})"

    @property
    def counts_as(self) -> Tier | None:
        """The stored tier as one of today's tiers. None if there is no answer."""
        return stored_tiers.COUNTS_AS[self.tier]

    @property
    def is_unlike(self) -> bool:
        """Whether the model gave no tier because the photo is unlike its training photos.

        Such a photo has calibrated probabilities. A photo of a kind without figures in the model's
        card has none.
        """
        return not self.tier and self.cancer is not None

    @property
    def likeliest(self) -> list[tuple[Diagnosis, float]]:
        """The three most probable diagnoses. Only clinicians see them."""
        weights = sorted((self.probabilities or {}).items(), key=lambda item: item[1], reverse=True)
        return [(Diagnosis(name), weight) for name, weight in weights[:LIKELIEST]]

    @property
    def urgency(self) -> Urgency | None:
        """The urgency of the tier. None if there is no answer."""
        return Urgency(self.counts_as) if self.counts_as else None

    @property
    def label(self) -> str:
        """The tier in words, and whether it is certain."""
        if not self.tier:
            return (
                gettext("No answer: unlike all training photos")
                if self.is_unlike
                else gettext("No answer")
            )
        tier = self.get_tier_display()
        return gettext("{tier}, uncertain").format(tier=tier) if self.is_uncertain else tier

    @property
    def score(self) -> float | None:
        """The probability for comparing models: of cancer, or of melanoma if the model is older."""
        return self.melanoma if self.tier in OLD else self.cancer


class Prediction(Output):
    """The prediction that people see, and that the queue, plots and reports use."""

    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="predictions")

    class Meta(Output.Meta):
        indexes: ClassVar = [
            # A covering index for lists: counting need not read the rows.
            models.Index(
                fields=["screening", "tier", "is_uncertain"], name="prediction_of_screening"
            ),
            # A covering index for a photo's newest prediction.
            models.Index(fields=["screening", "created_at", "tier"], name="prediction_newest"),
        ]


class ShadowPrediction(Output):
    """The answer of a shadow model, used only to compare models.

    Shadow answers have a table of their own, so that no query for predictions returns them.
    """

    screening = models.ForeignKey(
        Screening, on_delete=models.CASCADE, related_name="shadow_predictions"
    )
