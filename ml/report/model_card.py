"""Writes docs/model-card.md: Mitchell et al., "Model Cards for Model Reporting", FAT* 2019."""

from ml.evaluation.markdown import interval, table
from ml.evaluation.subgroups.subgroup_figures import Subgroup
from ml.labels import Kind
from ml.replication.run_record import Record
from ml.report import hub_header, kinds_section, subgroups_chapter
from ml.serving.card import Card

USE = """## Intended use

Research, teaching, and a first sorting of photos that a clinician reads afterwards. A person may
see the result together with the advice to see a dermatologist.

Out of scope:

- a diagnosis, and deciding that a spot needs no examination;
- photos that do not show exactly one skin spot, and composed photos;
- nails, mucous membranes, scalp under hair, the eye;
- amelanotic and recurrent lesions, scars, tattooed spots: accuracy was not measured separately;
- rashes, infections, keloids, cutaneous horns and all other diseases that are not among the eight;
- children, whose spots look different, and of whom the data have few;
- skin types IV to VI: there are too few pictures to know the model's accuracy;
- commercial use (see the licences of the data)."""
ETHICS = """## Ethical considerations

A missed melanoma can cost a life, so the thresholds favour sensitivity, and no result says that all
is well. The photos show bodies, so they stay in the operator's storage. The model is less accurate
for people who are rare in the data. Its accuracy on darker skin is not known."""
METRICS = """## Metrics

Most figures have 95 % bootstrap intervals over lesions or patients. "Cancer" includes actinic
keratosis, which can become cancer. "Flagged" means urgent or soon. A refused photo, which the model
cannot judge, counts as not flagged, and is left out of AUROC and calibration."""
# Number of the weakest subgroups to list, for operators to read before they trust the model.
WEAKEST = 5


def text(card: Card, records: list[Record], subgroups: list[Subgroup]) -> str:
    """Return the model card as Markdown. Every figure comes from the card or a record."""
    parts = [
        hub_header.header(card),
        f"# Model card: {card.version}",
        "Written by `python -m ml results` from `card.json` and the records in `docs/results`.",
        _details(card),
        USE,
        _data(card),
        METRICS,
        *(kinds_section.chapter(card, kind) for kind in Kind),
        _protocols(records),
        _factors(subgroups),
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in card.limits),
        ETHICS,
    ]
    return "\n\n".join(parts) + "\n"


def _details(card: Card) -> str:
    return (
        f"## Model details\n\n{card.architecture}, {card.created}. Input: one photo, scaled to "
        f"{card.width} × {card.height} px and corrected to neutral light, and the kind of photo. "
        "Output: the calibrated probabilities (Platt scaling) of melanoma and of cancer or "
        "actinic keratosis, the uncalibrated probabilities of eight diagnoses, and one of three "
        "tiers. The model can also map where in the photo it found evidence for melanoma "
        "(Grad-CAM). The map is no proof; [results.md](results.md) says how faithful it is. "
        "Bowen’s disease is `akiec` in HAM10000 and `scc` in PAD-UFES-20."
    )


def _data(card: Card) -> str:
    rows = [
        [s.name, s.licence, s.citation, ", ".join(f"{n} {name}" for name, n in s.images.items())]
        for s in card.data
    ]
    return (
        f"## Data\n\nThe licences also apply to the model, which is {_licence_terms(card)}. Sets "
        "without photos in `train` were used only for measuring. [datasheets.md](datasheets.md) "
        "says who is in each set, with what consent, and how its diagnoses were made.\n\n"
        + table(["source", "licence", "citation", "images"], rows)
    )


def _licence_terms(card: Card) -> str:
    if hub_header.is_for_research_alone(card):
        return "for research and education only, because one licence requires this"
    return "not for commercial use"


def _protocols(records: list[Record]) -> str:
    rows = [
        [r.title, r.protocol, interval(r.metrics["auroc"]), interval(r.metrics["accuracy"])]
        for r in sorted(records, key=lambda record: (record.title, record.protocol))
    ]
    return (
        "## Both protocols side by side\n\nSkinScreen began from a student report. Under its "
        "protocol (`original`), copies of a lesion are in several splits. Under the protocol `by "
        "lesion`, all copies are in one split. [results.md](results.md) has more.\n\n"
        + table(["network", "protocol", "AUROC", "accuracy"], rows)
    )


def _factors(subgroups: list[Subgroup]) -> str:
    measured = [subgroup for subgroup in subgroups if "cancer_flagged" in subgroup.figures]
    weakest = sorted(measured, key=lambda subgroup: subgroup.figures["cancer_flagged"].value)[
        :WEAKEST
    ]
    by_skin = [subgroup for subgroup in subgroups if subgroup.factor.startswith("skin type")]
    return (
        "## Factors\n\nThe table has the subgroups with the largest shares of missed cancers, and "
        "all subgroups by skin type. [results.md](results.md) has all subgroups, and names the "
        "split. Skin type is known for only a few hundred photos."
        "\n\n"
        + subgroups_chapter.subgroups(
            [*weakest, *(subgroup for subgroup in by_skin if subgroup not in weakest)]
        )
    )
