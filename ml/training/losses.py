"""The loss function of training."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("skinscreen")
class SetCrossEntropy(keras.losses.Loss):
    """Cross-entropy for pictures of which only a set of possible diagnoses is known.

    The loss is -log of the summed probability of the set ("partial labels", Jin and Ghahramani,
    NeurIPS 2002). With a single diagnosis it is ordinary cross-entropy. With label smoothing s, it
    is (1 - s) times that, plus s times the mean of -log of all probabilities, as in Szegedy et al.,
    "Rethinking the Inception architecture", CVPR 2016.

    Args of `call`: the set as 0 and 1, and logits, both (n, diagnoses). It returns (n,).
    """

    def __init__(self, label_smoothing: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        log_probabilities = ops.log_softmax(y_pred, axis=-1)
        # -1e9 stands for log 0 in 32 bits; infinity would spoil the gradient.
        possible = ops.where(y_true > 0, log_probabilities, -1e9)
        set_loss = -ops.logsumexp(possible, axis=-1)
        smooth = -ops.mean(log_probabilities, axis=-1)
        return (1 - self.label_smoothing) * set_loss + self.label_smoothing * smooth

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "label_smoothing": self.label_smoothing}
