"""Writes docs/results.md and its plots from the records of other commands."""

import csv
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ml import paths
from ml.evaluation import score_table, validate
from ml.evaluation.markdown import interval, table
from ml.evaluation.robustness import shortcuts
from ml.evaluation.subgroups import subgroup_record
from ml.explanations.map_record import Explanations
from ml.export import similar_index
from ml.export.similar_index import Agreement
from ml.features.studies.benefit import Benefit
from ml.features.studies.repeatability import Repeatability
from ml.replication.run_record import POINTS, Record
from ml.report import (
    aims_chapter,
    explanations_chapter,
    features_chapter,
    kinds_section,
    model_card,
    outline_chapter,
    patient_answers_chapter,
    reliability_diagram,
    robustness_chapter,
    subgroups_chapter,
)
from ml.segmentation import outline_card
from ml.serving import card, card_files
from ml.training import plot_files

TITLES = {
    "original": "The write-up's protocol (its split leaks)",
    "by lesion": "Split by lesion (new lesions of the same clinics)",
}
INTRODUCTIONS = {
    "original": (
        "Each melanoma was multiplied by augmentation, and the copies were split at random. So "
        "copies of a lesion are in several splits, and only pictures of melanomas show the traces "
        "of augmentation at their edges. These figures can be compared only with the 92 % accuracy "
        "of the write-up, the student report that SkinScreen began from. The aim is an accuracy of "
        "97 % with the best network and of 92 % with a tuned CNN. Rows with “most alike training "
        "pictures” combine a network with nearest neighbours (`python -m ml neighbours`). In the "
        "next section, no network has seen the tested lesions."
    ),
    "by lesion": "No lesion is in two splits. Half of the training pictures are melanomas, so "
    "accuracy depends more on the threshold of 0.5 than on the network. AUROC needs no threshold.",
}
FIGURES = {
    "auroc": "AUROC",
    "average_precision": "average precision",
    "accuracy": "accuracy",
    "sensitivity_at_90_specificity": "sensitivity at 90 % specificity",
}
ELSEWHERE = "uda1"
AIM = (
    "These attempts led to the models up to `lite0-6`. The aim was an AUROC of melanoma of 0.93 on "
    "`test` and of 0.80 on UDA-1 (`uda1`, photos of a clinic outside the training data), and a "
    "sensitivity of 0.90 at a specificity of 0.80 on `test`. All attempts share fine-tuning with a "
    "cosine decay, HAM10000's seven diagnoses as targets, oversampled melanomas, neutral light "
    "(shades of grey), random scale and blur, label smoothing and averaged weights (EMA). Only the "
    "`valid` split decided; figures of `test` and `uda1` were recorded."
)
SIMILAR = (
    "Clinicians, and nobody else, can see the six training lesions nearest to a photo in the "
    "network's features (cosine distance). The table has the share of these lesions that agree "
    "with the photo (melanoma or not), compared with lesions drawn at random."
)


def write(records: Path, model: Path, docs: Path) -> None:
    """Write `docs`/results.md and model-card.md from the records and the served model's folder.

    Raises:
        card.ModelError: the model folder cannot be read.
    """
    served, compared = card_files.read(model), _read(records / "compare")
    grouped = records / "subgroups.json"
    groups = subgroup_record.read(grouped).subgroups if grouped.exists() else []
    parts = [
        "# Results\n\nWritten by `python -m ml results`. Every figure comes from a file that "
        "another command wrote. Unless a chapter names another method, intervals are 95 % "
        "intervals from a bootstrap within each class. For the served model, lesions or patients "
        "are drawn. For networks compared under two protocols or tried for earlier models, single "
        "pictures are drawn, so their intervals are too narrow. In tables of networks, the time is "
        "that of the network alone, for one picture on one thread in LiteRT.",
        aims_chapter.chapter(model, served, records),
        *_comparisons(compared, records),
        *_served(served, model, records),
        *_tried(records),
        *_photo_studies(records),
        *_feature_studies(records),
        *_tuned(records / "tuning"),
    ]
    (docs / "results.md").write_text("\n\n".join(parts) + "\n")
    (docs / "model-card.md").write_text(model_card.text(served, compared, groups))


def _comparisons(compared: list[Record], records: Path) -> list[str]:
    parts = []
    for protocol, title in TITLES.items():
        of_protocol = [record for record in compared if record.protocol == protocol]
        plot = records / f"roc-{protocol.replace(' ', '-')}.png"
        _draw(of_protocol, plot)
        parts += [f"## {title}", INTRODUCTIONS[protocol], _comparison(of_protocol)]
        parts += [f"![ROC curves](results/{plot.name})"]
    return parts


def _served(served: card.Card, model: Path, records: Path) -> list[str]:
    parts = [f"## The served model, {served.version}"]
    for kind, tables in served.kinds.items():
        parts += [f"### {kinds_section.NAMES[kind]}", kinds_section.figures(tables.reports)]
    if measured := score_table.read(model):
        reliability_diagram.draw(measured, records / "reliability.png")
        parts += ["![Reliability diagrams](results/reliability.png)"]
    if (grouped := records / "subgroups.json").exists():
        parts += [subgroups_chapter.chapter(subgroup_record.read(grouped))]
    return parts


def _tried(records: Path) -> list[str]:
    parts = []
    if attempts := _read(records / "attempts"):
        parts += ["## What was tried for earlier models", AIM, _attempts(attempts)]
    if (validated := records / "validations.jsonl").exists():
        parts += [validate.chapter(validated)]
    return parts


def _photo_studies(records: Path) -> list[str]:
    """Return the chapters on answers, changes, shortcuts, saliency, outline and similar lesions."""
    parts = []
    if (answers := records / "patient-answers.json").exists():
        parts += [patient_answers_chapter.chapter(answers)]
    if (changed := records / "robustness.json").exists():
        parts += [robustness_chapter.chapter(changed)]
    if (checked := records / "shortcuts.json").exists():
        parts += [shortcuts.chapter(checked)]
    if (explained := records / "explanations.json").exists():
        parts += [explanations_chapter.chapter(Explanations.read(explained))]
    if (paths.DEFAULT_OUTLINER / card.NAME).exists():
        parts += [outline_chapter.chapter(outline_card.read(paths.DEFAULT_OUTLINER))]
    if (alike := records / "similar.json").exists():
        parts += ["## Similar cases", SIMILAR, _agreement(similar_index.read_record(alike))]
    return parts


def _feature_studies(records: Path) -> list[str]:
    parts = []
    if (helped := records / "benefit.json").exists():
        parts += [features_chapter.chapter(Benefit.read(helped))]
    if (repeated := records / "repeatability.json").exists():
        parts += [features_chapter.repeatability_chapter(Repeatability.read(repeated))]
    return parts


def _tuned(folder: Path) -> list[str]:
    parts = []
    for search in sorted(folder.glob("*")):
        parts += [f"## Keras Tuner, {search.name}", _trials(search)]
    return parts


def _read(folder: Path) -> list[Record]:
    return [Record.read(path) for path in sorted(folder.glob("*.json"))]


def _comparison(records: list[Record]) -> str:
    rows = [
        [
            record.title,
            f"{record.width} × {record.height}",
            f"{record.parameters / 1e6:.2f} M",
            f"{record.megabytes:.1f} MB",
            f"{record.milliseconds:.1f} ms",
            *(interval(record.metrics[name]) for name in FIGURES),
        ]
        for record in sorted(records, key=lambda record: record.metrics["auroc"].value)
    ]
    return table(["network", "input", "parameters", "size", "time", *FIGURES.values()], rows)


def _attempts(records: list[Record]) -> str:
    rows = [
        [
            *(r.title, str(r.epochs), f"{r.valid_auroc:.4f}", interval(r.metrics["auroc"])),
            interval(r.elsewhere[ELSEWHERE]) if ELSEWHERE in r.elsewhere else "–",
        ]
        for r in sorted(records, key=lambda record: record.valid_auroc)
    ]
    return table(
        ["attempt", "epochs", *(f"AUROC on {name}" for name in ("valid", "test", ELSEWHERE))], rows
    )


def _agreement(agreements: list[Agreement]) -> str:
    rows = [
        [a.split, a.photos, str(a.count), interval(a.same), f"{a.by_chance:.3f}"]
        for a in agreements
    ]
    return table(["split", "photos", "number", "the six nearest", "by chance"], rows)


def _trials(folder: Path) -> str:
    with (folder / "trials.csv").open(newline="") as file:
        head, *rows = list(csv.reader(file))
    cells = [[cell or "–" for cell in row] for row in rows]
    return f"{table(head, cells)}\n\n![Trials](results/tuning/{folder.name}/trials.png)"


def _draw(records: list[Record], path: Path) -> None:
    figure = Figure(figsize=(7, 8), layout="constrained")
    axes = figure.subplots()
    for record in sorted(records, key=lambda record: -record.metrics["auroc"].value):
        label = f"{record.title}: {record.metrics['auroc'].value:.3f}"
        axes.plot(np.linspace(0, 1, POINTS), record.sensitivities, label=label)
    axes.plot((0, 1), (0, 1), color="0.8", zorder=0)
    axes.set(xlabel="1 - specificity", ylabel="sensitivity", aspect="equal")
    figure.legend(loc="outside lower center", title="AUROC on test")
    plot_files.write(figure, path)
