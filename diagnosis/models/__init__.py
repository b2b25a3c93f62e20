from diagnosis.models.answers import Answers
from diagnosis.models.audit import AuditEntry, AuditHead
from diagnosis.models.lesion import Lesion
from diagnosis.models.prediction import Prediction
from diagnosis.models.reminder import Reminder
from diagnosis.models.review import Claim, Impression, Review
from diagnosis.models.screening import Screening

__all__ = [
    "Answers",
    "AuditEntry",
    "AuditHead",
    "Claim",
    "Impression",
    "Lesion",
    "Prediction",
    "Reminder",
    "Review",
    "Screening",
]
