"""Updates a photo's place in the clinicians' queue after new answers or a measurement."""

from diagnosis.models import Screening
from diagnosis.rules import review_policy


def update_place(screening: Screening) -> None:
    """Compute a photo's place from its prediction, the person's answers and measured growth."""
    if prediction := screening.prediction:
        urgency = review_policy.urgency(
            prediction.tier,
            answers_urgency=screening.answers_urgency,
            is_uncertain=prediction.is_uncertain,
        )
        Screening.objects.filter(pk=screening.pk).update(urgency=urgency)
