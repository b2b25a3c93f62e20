import shutil
from dataclasses import replace

import pytest

from ml.evaluation import score_table
from ml.labels import Kind
from ml.paths import DEFAULT_MODEL, RECORDS
from ml.replication.run_record import Record
from ml.report import results
from ml.serving import card_files
from ml.serving.card import Interval

FIGURES = (*results.FIGURES, "sensitivity")


def make_record(title, auroc, protocol="original"):
    metrics = {name: Interval(auroc, auroc - 0.1, auroc + 0.1) for name in FIGURES}
    sizes = {"parameters": 1000, "megabytes": 1.0, "milliseconds": 2.0, "width": 8, "height": 6}
    counts = {"valid_auroc": auroc, "images": 10, "melanomas": 5, "epochs": 1, "seed": 0}
    curve = tuple(n / 100 for n in range(101))
    return Record(title, protocol, metrics=metrics, sensitivities=curve, **sizes, **counts)


@pytest.fixture
def records(tmp_path):
    folder = tmp_path / "docs" / "results"
    make_record("better", 0.8).write(folder / "compare" / "original-b.json")
    make_record("worse", 0.7).write(folder / "compare" / "original-a.json")
    make_record("honest", 0.6, "by lesion").write(folder / "compare" / "by-lesion-a.json")
    return folder


def written(records):
    results.write(records, DEFAULT_MODEL, records.parent)
    return (records.parent / "results.md").read_text()


def test_a_record_is_read_back_unchanged(records):
    path = records / "compare" / "original-a.json"
    assert Record.read(path) == make_record("worse", 0.7)


def test_each_protocol_lists_its_networks_from_worst_to_best(records):
    text = written(records)
    original, by_lesion = text.split("## Split by lesion")
    assert original.index("| worse") < original.index("| better")
    assert "| honest" in by_lesion
    assert "| honest" not in original


def test_ablations_are_listed_if_there_are_any(records):
    assert "What was tried" not in written(records)
    make_record("mixup", 0.75, "by lesion").write(records / "attempts" / "mixup.json")
    assert "| mixup | 1 | 0.7500 |" in written(records)


def test_every_shown_plot_exists(records):
    for line in written(records).splitlines():
        if line.startswith("!["):
            assert (records.parent / line.partition("(")[2].rstrip(")")).is_file()


def test_the_model_card_has_the_cards_figures_and_both_protocols(records):
    written(records)
    text = (records.parent / "model-card.md").read_text()
    table = card_files.read(DEFAULT_MODEL).kinds[Kind.DERMOSCOPIC]
    report = table.reports["test"]
    for figure in (report.metrics["cancer_auroc"], report.landing["bcc"]["soon"], table.urgent):
        assert results.interval(figure) in text
    assert "| worse | original |" in text
    assert "| honest | by lesion |" in text
    assert "CC BY-NC 4.0" in text


def test_both_pages_say_that_figures_were_measured_with_the_stated_kind_alone(records):
    pages = (written(records), (records.parent / "model-card.md").read_text())
    kinds = card_files.read(DEFAULT_MODEL).kinds
    sentence = "Refusals and tiers were measured with the stated kind of photo alone"
    assert [text.count(sentence) for text in pages] == [len(kinds)] * 2


def test_the_committed_pages_agree_with_the_committed_records(tmp_path):
    shutil.copytree(RECORDS, tmp_path / "results")
    shutil.copy(RECORDS.parent / "bench.json", tmp_path)
    results.write(tmp_path / "results", DEFAULT_MODEL, tmp_path)
    for name in ("results.md", "model-card.md"):
        assert (tmp_path / name).read_text() == (RECORDS.parent / name).read_text()


def test_the_card_names_kinds_and_diagnoses_without_validated_figures(records, tmp_path):
    served = card_files.read(DEFAULT_MODEL)
    taught = {Kind.DERMOSCOPIC: served.kinds[Kind.DERMOSCOPIC]}
    shutil.copytree(DEFAULT_MODEL, tmp_path / "model")
    replace(served, kinds=taught).write(tmp_path / "model")
    results.write(records, tmp_path / "model", records.parent)
    text = (records.parent / "model-card.md").read_text()
    assert "## Photos taken with a camera\n\nThere are no validated figures for these" in text
    assert "too few `valid` photos for such figures: squamous cell carcinoma." in text


def test_the_tables_in_the_model_folder_belong_to_its_card():
    reports = card_files.read(DEFAULT_MODEL).kinds[Kind.DERMOSCOPIC].reports
    photos = score_table.read(DEFAULT_MODEL)
    for split in ("valid", "test"):
        rows = [row for row in photos if (row.source, row.dataset) == ("ham10000", split)]
        report = reports[f"{split}, ham10000"]
        truth, _ = score_table.arrays(rows)
        assert len(rows) == report.images
        assert len(truth) == len(rows) - sum(report.refused.values())
