"""`python -m ml shortcuts`: does the network recognise the disease, or a photo's source?

A surgeon's pen marks, the camera or the lens may reveal the source.

Geirhos et al., "Shortcut learning in deep neural networks", Nature Machine Intelligence 2, 665
(2020). All figures are of the `valid` splits.
"""

import colorsys
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from ml.data import isic, pad_ufes20
from ml.data.cache import Dataset
from ml.evaluation import markdown, valid_auroc
from ml.labels import DIAGNOSES, MALIGNANT, Diagnosis
from ml.serving.classifier import Network
from ml.serving.odds import odds_of

NV, MEL = (DIAGNOSES.index(name) for name in (Diagnosis.NV, Diagnosis.MEL))
FOLDS = 5
LEAST = 10
# A surgeon's pen is more violet, blue or green than skin can be.
INK_HUES, INK_SATURATION = (0.25, 0.9), 0.18


def measure(network: Network, data: Dataset, clinics: Mapping[str, str]) -> dict[str, Any]:
    """Return the figures of each check.

    Args:
        network: the served model's network.
        data: pictures of several sources.
        clinics: id of an acral picture -> its clinic; empty if the clinics are not known.
    """
    valid = data.take(data.rows("valid"))
    outputs = _logits(network, valid.pixels)
    by_source = valid_auroc.aurocs(valid, outputs)
    return {
        "within": {", ".join(name): _rounded(figures) for name, figures in by_source.items()},
        "source of naevi": source_probe(_features(network, naevi := _naevi(valid)), naevi),
        "pen marks": _pen_marks(network, valid, outputs),
        "acral, within a clinic": _within_clinics(valid, outputs, clinics),
    }


def _logits(network: Network, pixels: np.ndarray) -> np.ndarray:
    return np.array([network.score(view).logits for view in tqdm(pixels, "scoring")])


def _features(network: Network, data: Dataset) -> np.ndarray:
    return np.array([network.features(view) for view in tqdm(data.pixels, "looking at naevi")])


def _naevi(data: Dataset) -> Dataset:
    """Return the dermoscopic naevi of each source that has at least `LEAST`."""
    rows = np.flatnonzero((data.diagnoses == NV) & (data.kinds == "dermoscopic"))
    names, counts = np.unique(data.sources[rows], return_counts=True)
    kept: np.ndarray = rows[np.isin(data.sources[rows], names[counts >= LEAST])]
    return data.take(kept)


def source_probe(features: np.ndarray, data: Dataset) -> dict[str, float]:
    """Return how well a linear model recognises the source of pictures of one diagnosis.

    `accuracy` is balanced accuracy, cross-validated by lesion or patient. `chance` is the accuracy
    of guessing. The result is empty if there is only one source.

    Args:
        features: features of the pictures, (n, d).
        data: the pictures, all of one diagnosis.
    """
    probe = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.01, class_weight="balanced", max_iter=500)
    )
    names = np.unique(data.sources)
    if len({*names}) <= 1:
        return {}
    predicted = cross_val_predict(
        probe, features, data.sources, groups=data.groups, cv=GroupKFold(FOLDS)
    )
    accuracy = np.mean([(predicted[data.sources == name] == name).mean() for name in names])
    return _rounded({"accuracy": float(accuracy), "chance": 1 / len(names)})


def _pen_marks(network: Network, valid: Dataset, outputs: np.ndarray) -> dict[str, float]:
    """Return the AUROC of cancer on phone photos, unchanged and with pen marks painted over."""
    phone = valid.sources == pad_ufes20.NAME
    if not 0 < valid.cancer[phone].sum() < phone.sum():
        return {}
    cleaned = np.array([without_ink(view) for view in valid.pixels[phone]])
    before, after = (
        float(roc_auc_score(valid.cancer[phone], odds_of(MALIGNANT, scored)))
        for scored in (outputs[phone], _logits(network, cleaned))
    )
    return _rounded({"as they are": before, "painted over": after})


def without_ink(view: np.ndarray) -> np.ndarray:
    """Return the view (RGB uint8) with pen marks painted in the median colour of the rest."""
    ink = is_ink(view)
    if not ink.any() or ink.all():
        return view
    cleaned = view.copy()
    cleaned[ink] = np.median(view[~ink], axis=0)
    return cleaned


def is_ink(view: np.ndarray) -> np.ndarray:
    """Return whether each pixel of a view (RGB uint8) is a pen mark, as bool (height, width)."""
    levels = view.astype(np.float32) / 255
    largest, smallest = levels.max(-1), levels.min(-1)
    saturation = (largest - smallest) / np.maximum(largest, 1e-3)
    coarse = np.unique((view // 8).reshape(-1, 3), axis=0)
    hues = {tuple(c): colorsys.rgb_to_hsv(*(c * 8 / 255))[0] for c in coarse}
    hue = np.array([hues[tuple(c)] for c in (view // 8).reshape(-1, 3)]).reshape(view.shape[:2])
    low, high = INK_HUES
    return np.asarray((hue > low) & (hue < high) & (saturation > INK_SATURATION))


def _within_clinics(
    valid: Dataset, outputs: np.ndarray, clinics: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    """Return the AUROC of acral melanoma against acral naevus in each clinic that has both."""
    names = np.array([clinics.get(name, "") for name in valid.image_ids])
    is_acral = (valid.sources == isic.ACRAL) & np.isin(valid.diagnoses, (MEL, NV))
    figures = {}
    for clinic in sorted({*names[is_acral].tolist()} - {""}):
        rows = is_acral & (names == clinic)
        melanoma = valid.melanoma[rows]
        if min(melanoma.sum(), (~melanoma).sum()) >= valid_auroc.LEAST:
            auroc = float(roc_auc_score(melanoma, odds_of((Diagnosis.MEL,), outputs[rows])))
            figures[clinic] = {"auroc": round(auroc, 4), "images": int(rows.sum())}
    return figures


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items()}


def write(figures: dict[str, Any], version: str, record: Path) -> None:
    content = {"model": version, **figures}
    record.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def chapter(record: Path) -> str:
    """Return the chapter of docs/results.md, in Markdown."""
    content = json.loads(record.read_text())
    rows = [
        [name, *(f"{f[k]:.3f}" if k in f else "–" for k in ("melanoma", "cancer"))]
        for name, f in content["within"].items()
    ]
    probe, pen = content["source of naevi"], content["pen marks"]
    parts = [
        f"## Shortcuts, {content['model']}",
        "All figures are of the `valid` splits. A network that recognises the clinic instead of "
        "the disease would be good over all sources together, and bad within each source.",
        markdown.table(["AUROC within", "melanoma", "cancer"], rows),
    ]
    if probe:
        parts += [
            f"A linear model recognises a naevus's source from the network's features with a "
            f"balanced accuracy of {probe['accuracy']:.2f}; guessing gives {probe['chance']:.2f}."
        ]
    if pen:
        parts += [
            f"With pen marks painted over, AUROC of cancer on PAD-UFES-20's phone photos is "
            f"{pen['painted over']:.3f} instead of {pen['as they are']:.3f}."
        ]
    parts += [
        f"Within {clinic}, AUROC of acral melanoma against acral naevus is {f['auroc']:.3f} "
        f"({f['images']} pictures)."
        for clinic, f in content["acral, within a clinic"].items()
    ]
    return "\n\n".join(parts)
