"""Runs the classifiers' steps of docs/training.md on small data, from raw pictures to the pages."""

import pytest

from tests.ml.conftest import tiny_world
from tests.ml.running import run

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def home(ham_folder, masks_folder, tmp_path_factory):
    home = tmp_path_factory.mktemp("chain")

    folders, original, cache = home / "folders", home / "original", home / "cache"
    records, runs, model = home / "docs" / "results", home / "runs", home / "tiny-1"
    best = runs / "served" / "best.keras"
    with tiny_world():
        run("prepare", data=ham_folder, cache=cache)
        run("multiply", data=ham_folder, folders=folders)
        run("prepare", class_folders=folders, cache=original)
        run("audit", cache=cache)
        run("audit", code=1, class_folders=folders)
        for search in ("bayesian", "hyperband"):
            options = {"searches": home / "searches", "record": records / "tuning" / search}
            run("tune", cache=original, search=search, smoke=True, **options)
        reading = {"read_test": True, "readings": records / "test-readings.jsonl"}
        for protocol, source in (("original", original), ("by lesion", cache)):
            options = {"runs": home / "compare", "records": records, "tuned": records / "tuning"}
            run("compare", cache=source, protocol=protocol, smoke=True, **options, **reading)
        run("neighbours", cache=original, runs=home / "compare", records=records, **reading)
        run("train", cache=original, run=runs / "leaky", leaky_protocol=True, smoke=True)
        run("train", cache=cache, run=runs / "first", smoke=True)
        run("soup", networks=runs / "first" / "best.keras", run=runs / "served")
        options = {"cache": cache, "protocol": "by lesion", "looking": "at-scales"}
        run(
            "attempt",
            networks=best,
            record=records / "attempts" / "a.json",
            title="A",
            **options,
            **reading,
        )
        common = {"cache": cache, "record": records / "validations.jsonl", "title": "tiny"}
        run("validate", networks=best, looking="once", **common)
        exported = {"model": model, "others": ham_folder / "part_1"}
        run("export", cache=cache, run=runs / "served", **exported, **reading)
        grouped = {"record": records / "subgroups.json", "data": ham_folder}
        run("unlike", cache=cache, model=model)
        run("subgroups", cache=cache, model=model, **grouped)
        run(
            "paired",
            cache=cache,
            model=model,
            against=model / "model.keras",
            record=records / "paired.json",
            **reading,
        )
        run("findings", model=model, record=records / "subgroups.json")
        measured = {"cache": cache, "model": model}
        run("robustness", record=records / "robustness.json", photos=2, **measured)
        run("shortcuts", record=records / "shortcuts.json", data=ham_folder, **measured)
        explained = {"record": records / "explanations.json", "masks": masks_folder}
        run("explanations", cache=cache, model=model, photos=4, **explained)
        alike = {"record": records / "similar.json", "out": home / "alike"}
        run("index", cache=cache, model=model, **alike)
        run("results", records=records, model=model, docs=home / "docs")
    return home


def test_the_results_name_every_network_under_both_protocols(home):
    original, by_lesion = (home / "docs" / "results.md").read_text().split("## Split by lesion")
    for title in ("CNN, untuned", "CNN, tuned", "frozen, linear head", "fine-tuned"):
        assert title in original
        assert title in by_lesion
    assert "the most alike training pictures" in original


def test_the_results_have_both_searches_and_the_measured_network(home):
    text = (home / "docs" / "results.md").read_text()
    for part in ("Keras Tuner, bayesian", "Keras Tuner, hyperband", "| A | 0 |", "Subgroups"):
        assert part in text


def test_the_results_have_figures_of_saliency_and_similar_lesions(home):
    text = (home / "docs" / "results.md").read_text()
    for part in ("| Grad-CAM at a finer layer | LiteRT |", "| of the head |", "| valid | others |"):
        assert part in text
    assert "lies on the lesion, in HAM10000's `valid` split" in text


def test_the_results_say_which_aims_were_missed(home):
    text = (home / "docs" / "results.md").read_text()
    same = "HAM10000: AUROC minus that of lite0-6, cancer | ≥ −0.01 | 0.000 (0.000–0.000) | met |"
    assert same in text
    assert "Missed: " in text


def test_the_results_have_figures_of_robustness_and_shortcuts(home):
    text = (home / "docs" / "results.md").read_text()
    for part in ("## Changed photos, tiny-1", "## Shortcuts, tiny-1", "| tiny | valid |"):
        assert part in text


def test_the_model_card_describes_the_new_model(home):
    assert "# Model card: tiny-1" in (home / "docs" / "model-card.md").read_text()
