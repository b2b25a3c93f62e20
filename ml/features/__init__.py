"""Measures a lesion in a photo: asymmetry, border, colour, diameter, texture.

No feature is a diagnosis. All are measured with the lesion scaled to one size, see `lesion`.
"""

from ml.features.measuring import VERSION, drawing, measure, measure_and_draw
from ml.features.names import Measures
from ml.features.percentiles import percentile

__all__ = [
    "VERSION",
    "Measures",
    "drawing",
    "measure",
    "measure_and_draw",
    "percentile",
]
