from diagnosis.models.answers import Answers
from diagnosis.models.lesion import Lesion
from diagnosis.models.prediction import Prediction
from diagnosis.models.review import Review
from diagnosis.models.screening import Screening

__all__ = ["Answers", "Lesion", "Prediction", "Review", "Screening"]
