from diagnosis.models.answers import Answers
from diagnosis.models.audit import AuditCheck, AuditEntry, AuditHead
from diagnosis.models.classification.model_version import ModelVersion
from diagnosis.models.classification.prediction import Output, Prediction, ShadowPrediction
from diagnosis.models.histology import Histology
from diagnosis.models.lesion import Lesion
from diagnosis.models.measurement import Measurement, Registration
from diagnosis.models.notice import Notice
from diagnosis.models.operations import Heartbeat, Upkeep
from diagnosis.models.profile import Profile
from diagnosis.models.reminder import Reminder
from diagnosis.models.review import Claim, Impression, Review
from diagnosis.models.screening import Screening

__all__ = [
    "Answers",
    "AuditCheck",
    "AuditEntry",
    "AuditHead",
    "Claim",
    "Heartbeat",
    "Histology",
    "Impression",
    "Lesion",
    "Measurement",
    "ModelVersion",
    "Notice",
    "Output",
    "Prediction",
    "Profile",
    "Registration",
    "Reminder",
    "Review",
    "Screening",
    "ShadowPrediction",
    "Upkeep",
]
