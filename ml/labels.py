"""Class names, their order, and their texts for display."""

from enum import IntEnum, StrEnum


class Label(IntEnum):
    """The two classes of the baselines; the value is the class index."""

    NOT_MELANOMA = 0
    MELANOMA = 1

    @property
    def text(self) -> str:
        return {Label.NOT_MELANOMA: "not melanoma", Label.MELANOMA: "melanoma"}[self]


class Diagnosis(StrEnum):
    """The eight diagnoses of ISIC 2019, in the order of a new network's outputs."""

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
    """How a photo was taken. A model is calibrated for each kind separately."""

    DERMOSCOPIC = "dermoscopic"
    CAMERA = "camera"


class Tier(StrEnum):
    """The answers that the model can give about a photo, the most urgent first."""

    URGENT = "urgent"
    SOON = "soon"
    WATCH = "watch"


DIAGNOSES = tuple(Diagnosis)
# Cancer, which here includes actinic keratosis: it can become cancer.
MALIGNANT = (Diagnosis.MEL, Diagnosis.BCC, Diagnosis.AKIEC, Diagnosis.SCC)
BENIGN = tuple(diagnosis for diagnosis in DIAGNOSES if diagnosis not in MALIGNANT)
# Diagnoses that cannot wait weeks for an appointment.
FAST_GROWING = (Diagnosis.MEL, Diagnosis.SCC)
# In tables of data sets: benign, with a diagnosis outside the eight or no exact diagnosis.
OTHER = "other"

# The outputs of a network that learned only HAM10000.
HAM10000_OUTPUTS = tuple(Diagnosis(name) for name in sorted({*DIAGNOSES} - {Diagnosis.SCC}))
MELANOMA_INDEX = DIAGNOSES.index(Diagnosis.MEL)


def outputs(count: int) -> tuple[Diagnosis, ...]:
    """Return the diagnosis of each of a network's outputs: all eight, or HAM10000's seven."""
    return {len(DIAGNOSES): DIAGNOSES, len(HAM10000_OUTPUTS): HAM10000_OUTPUTS}[count]
