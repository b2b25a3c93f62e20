"""Names, licences and citations of the known data sets."""

from typing import NamedTuple


class Provenance(NamedTuple):
    """A data set's name, licence and citation."""

    name: str
    licence: str
    citation: str


ISIC = "Codella et al., ISBI 2018 (doi:10.1109/ISBI.2018.8363547); the ISIC Archive"
KNOWN = {
    "ham10000": Provenance(
        "HAM10000",
        "CC BY-NC 4.0",
        "Tschandl, Rosendahl and Kittler, Sci. Data 5, 180161 (2018)",
    ),
    "isic_msk": Provenance("ISIC 2017 and 2018 of MSK", "CC0 or CC BY-NC 4.0, by picture", ISIC),
    "isic_acral": Provenance("ISIC, acral", "CC0, CC BY or CC BY-NC 4.0, by picture", ISIC),
    "derm7pt": Provenance(
        "Derm7pt",
        "research and education only",
        "Kawahara et al., IEEE J. Biomed. Health Inform. 23, 538 (2019)",
    ),
    "pad_ufes20": Provenance(
        "PAD-UFES-20", "CC BY 4.0", "Pacheco et al., Data in Brief 32, 106221 (2020)"
    ),
    "isic_uda1": Provenance("ISIC UDA-1", "CC0", ISIC),
}


def of(source: str) -> Provenance:
    """Return a source's provenance. For the operator's own pictures it has only the name."""
    return KNOWN.get(source, Provenance(source, "not known", "not published"))
