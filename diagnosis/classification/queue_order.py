"""Where in the clinicians' queue a photo stands, once more is known of it."""

from diagnosis.models import Screening
from diagnosis.rules import review_policy


def place_anew(screening: Screening) -> None:
    """Give a photo the place that the model, the answers and what was measured ask for."""
    if prediction := screening.prediction:
        urgency = review_policy.urgency(
            prediction.tier, told=screening.told, is_uncertain=prediction.is_uncertain
        )
        Screening.objects.filter(pk=screening.pk).update(urgency=urgency)
