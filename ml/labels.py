"""The class names, their order and their display texts."""

from enum import IntEnum, StrEnum


class Label(IntEnum):
    """What the compared classifiers of two classes tell apart; the value is the class index."""

    NOT_MELANOMA = 0
    MELANOMA = 1

    @property
    def text(self) -> str:
        return {Label.NOT_MELANOMA: "not melanoma", Label.MELANOMA: "melanoma"}[self]


class Diagnosis(StrEnum):
    """The eight diagnoses of ISIC 2019, in its order: that of a new network's outputs."""

    MEL = "mel"
    NV = "nv"
    BCC = "bcc"
    AKIEC = "akiec"
    BKL = "bkl"
    DF = "df"
    VASC = "vasc"
    SCC = "scc"

    @property
    def label(self) -> Label:
        return Label.MELANOMA if self is Diagnosis.MEL else Label.NOT_MELANOMA

    @property
    def text(self) -> str:
        return {
            Diagnosis.MEL: "melanoma",
            Diagnosis.NV: "melanocytic naevus",
            Diagnosis.BCC: "basal cell carcinoma",
            Diagnosis.AKIEC: "actinic keratosis or Bowen’s disease",
            Diagnosis.BKL: "benign keratosis",
            Diagnosis.DF: "dermatofibroma",
            Diagnosis.VASC: "vascular lesion",
            Diagnosis.SCC: "squamous cell carcinoma",
        }[self]


class Kind(StrEnum):
    """How a photo was taken; a model is calibrated for each kind by itself."""

    DERMOSCOPIC = "dermoscopic"
    CAMERA = "camera"


class Tier(StrEnum):
    """The model's answer about a photo, the most urgent first."""

    URGENT = "urgent"
    SOON = "soon"
    WATCH = "watch"


DIAGNOSES = tuple(Diagnosis)
# Cancer, or a forerunner of it.
MALIGNANT = (Diagnosis.MEL, Diagnosis.BCC, Diagnosis.AKIEC, Diagnosis.SCC)
BENIGN = tuple(diagnosis for diagnosis in DIAGNOSES if diagnosis not in MALIGNANT)
# Those that cannot wait some weeks for an appointment.
FAST_GROWING = (Diagnosis.MEL, Diagnosis.SCC)
# In tables: benign, and not named.
OTHER = "other"

# The outputs of a network that learned HAM10000 alone.
HAM10000_OUTPUTS = tuple(Diagnosis(name) for name in sorted({*DIAGNOSES} - {Diagnosis.SCC}))
MELANOMA_INDEX = DIAGNOSES.index(Diagnosis.MEL)


def outputs(count: int) -> tuple[Diagnosis, ...]:
    """Return what each of a network's outputs stands for: it has eight, or HAM10000's seven."""
    return {len(DIAGNOSES): DIAGNOSES, len(HAM10000_OUTPUTS): HAM10000_OUTPUTS}[count]
