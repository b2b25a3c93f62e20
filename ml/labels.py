"""The only home of class names, their order and their display text."""

from enum import IntEnum, StrEnum


class Label(IntEnum):
    """What the classifier tells apart; the value is the class index."""

    NOT_MELANOMA = 0
    MELANOMA = 1

    @property
    def text(self) -> str:
        return {Label.NOT_MELANOMA: "not melanoma", Label.MELANOMA: "melanoma"}[self]


class Diagnosis(StrEnum):
    """The seven diagnoses of HAM10000, in the order of the network's outputs."""

    AKIEC = "akiec"
    BCC = "bcc"
    BKL = "bkl"
    DF = "df"
    MEL = "mel"
    NV = "nv"
    VASC = "vasc"

    @property
    def label(self) -> Label:
        return Label.MELANOMA if self is Diagnosis.MEL else Label.NOT_MELANOMA

    @property
    def text(self) -> str:
        return {
            Diagnosis.AKIEC: "actinic keratosis or Bowen’s disease",
            Diagnosis.BCC: "basal cell carcinoma",
            Diagnosis.BKL: "benign keratosis",
            Diagnosis.DF: "dermatofibroma",
            Diagnosis.MEL: "melanoma",
            Diagnosis.NV: "melanocytic naevus",
            Diagnosis.VASC: "vascular lesion",
        }[self]


class Tier(StrEnum):
    """What a person is told: at or above the served threshold, or below it."""

    ELEVATED = "elevated"
    LOWER = "lower"


DIAGNOSES = tuple(Diagnosis)
MELANOMA_INDEX = DIAGNOSES.index(Diagnosis.MEL)
