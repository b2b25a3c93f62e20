"""Updates a photo's place in the clinicians' queue when more is known about it."""

from diagnosis.models import Screening
from diagnosis.rules import review_policy


def update_place(screening: Screening) -> None:
    """Update a photo's place from the model's answer, the person's answers and the measurement."""
    if prediction := screening.prediction:
        urgency = review_policy.urgency(
            prediction.tier,
            answers_urgency=screening.answers_urgency,
            is_uncertain=prediction.is_uncertain,
        )
        Screening.objects.filter(pk=screening.pk).update(urgency=urgency)
