"""The pages that `make load` writes show the recorded figures."""

import io

import pytest

from diagnosis.classification import active_model
from diagnosis.decoder import cleaning
from ml.preprocessing.views import Views
from tests.load import budget, driver, photo_files, report
from tests.load.driver import LoadError
from tests.load.tables import aims

TIMES = {"requests": 10, "per_s": 5.0, "p50_ms": 10.0, "p95_ms": 20.0, "p99_ms": 30.0}
SERVED = {**TIMES, "completed_per_s": 4.0, "memory_mib": 300}
CELL = {
    "requests": 100,
    "per_s": 5.0,
    "p50_ms": 200.0,
    "p95_ms": 300.0,
    "upload_p95_ms": 90.0,
    "cpu_ms": {"web": 40.0, "worker": 60.0},
    "pss_mib": 500,
}
SLOW = {**CELL, "per_s": 4.0, "p50_ms": 400.0}
PEERS = {
    aims.OURS: {"web": 40.0, "worker": 60.0},
    aims.LEAST: {"web": 20.0, "worker": 30.0},
    aims.KERAS: {"web": 50.0},
    aims.LITERT: {"web": 25.0},
}
SIZE = {"people": 50, "senders": 8, "seconds": 30, "backlog": 300}
FIGURES = {
    "budget": {
        "512 px": {
            "ms": dict.fromkeys(report.STAGES, 7.0),
            "stored": 102_400,
            "piped": 204_800,
        }
    },
    "costs": {"512 px": {"ms": {"web": 20.0, "worker": 58.0}, "floor": 39.0}},
    "peers": {
        name: {photo: {"8": {**CELL, "cpu_ms": ms}, "32": SLOW} for photo in ("512 px", "12 MP")}
        for name, ms in PEERS.items()
    },
    "floors": {
        "web": {"own": 80.0, "files": 30.0, "copied": 10.0},
        "worker": {"own": 150.0, "files": 70.0, "copied": 5.0},
        "decoder": {"own": 20.0, "files": 20.0, "copied": 0},
    },
    "against": {"skinscreen": SERVED, "naive": {**SERVED, "completed_per_s": 2.0}},
    "workers": {
        "per_minute": {"1": 60.0, "2": 90.0},
        "bytes": {"files": 1024.0, "database": 0.0},
        "measuring": 2.0,
    },
    "pages": {"waiting_before": 300, "waiting_after": 200, "times": {"history": TIMES}},
    "rows": {"1000": {"History": 10}, "100000": {"History": 25}},
    "memory": {
        "photos": 3000,
        "rest": {"web": 100.4, "worker": 200.4},
        "after": {"web": 120.0, "worker": 300.0},
    },
    "slow_line": {"photos": [{"mb": 4.01, "seen_s": 48.2}]},
    "soak": {"samples": [{"screenings": 500 * n, "web": 100 + n} for n in (1, 2, 3, 4)]},
}


def record(load=0.1):
    machine = {
        "on": "2026-01-02", "processor": "Abacus", "cores": 2, "memory_gib": 4, "load_before": load,
    }  # fmt: skip
    return {
        name: {"machine": machine, "size": SIZE, "figures": figures}
        for name, figures in FIGURES.items()
    }


@pytest.mark.parametrize(
    "row",
    [
        "| of that, decoding | 7 |",
        "| **total** | 21 |",
        "| KiB stored | 100 |",
        "| **total** | 78 |",
        "| times the least possible | 2.0 x |",
        "| commit 120393c, times the least possible | 5.4 x |",
        "| 512 px | 8 | SkinScreen | 100 | 5.00 | 100 | 200 | 300 | 90 | 500 |",
        "- SkinScreen, 512 px, 8 clients: web 40, worker 60",
        "| 512 px | 8 | Flask + Keras, one view | 0.50 | 1.00 | 0.9 |",
        "| 12 MP | 8 | Flask + LiteRT, as many views | 0.25 | 0.50 | 0.55 |",
        "| 32 | result p50 ms | 400 | 400 | 400 |",
        "| 32 | upload p95 ms | 90 | 90 | 200 |",
        "| 32 | results a second, relative to 8 clients | 0.80 | 0.80 | 0.9 |",
        "| decoder | 40 |",
        "| **the least possible** | 370 |",
        "| photos read a second | 4.0 | 2.0 | 2.00 x |",
        "| 2 | 90 | 1.50 x |",
        "| history | 10 | 10 | 20 | 30 |",
        "| History | 10 | 25 | 2.5 x |",
        "| 4.0 | 48 |",
        "| **total** | 301 | 420 |",
        "| growth | +1 |",
    ],
)
def test_each_section_has_its_rows(row):
    assert row in report.performance(record()).splitlines()


def test_missing_sections_are_left_out():
    page = report.performance({"workers": record()["workers"]})
    assert "## Photos read" in page
    assert "## Memory" not in page


@pytest.mark.parametrize(("load", "is_mentioned"), [(0.1, False), (7.0, True)])
def test_a_busy_machine_is_mentioned(load, is_mentioned):
    assert ("The machine was already busy" in report.performance(record(load))) == is_mentioned


def test_the_capacity_page_is_computed_from_the_measurements():
    page = report.PAGES["capacity.md"](record())
    # A million screenings a year are 19 in the busiest minute, ten times the average. A machine
    # that reads 90 a minute counts as 15: half of its capacity is used, and measuring takes twice
    # as long as reading. One machine is spare.
    assert "| 1,000,000 | 19.0 | 3 |" in page
    assert "| 100,000,000 | 1,902.6 | 128 |" in page


def test_the_capacity_page_says_that_measurements_are_missing():
    assert "Not measured yet" in report.PAGES["capacity.md"]({})


@pytest.mark.parametrize(("share", "ms"), [(50, 10.0), (95, 20.0), (99, 400.0)])
def test_a_percentile_is_the_time_within_which_a_share_was_answered(share, ms):
    assert driver.percentile([(10.0, 90), (20.0, 8), (400.0, 2)], share) == ms


def test_a_percentile_without_answers_is_an_error():
    with pytest.raises(LoadError):
        driver.percentile([], 50)


@pytest.mark.parametrize("size", budget.SIDES.values())
def test_the_photos_of_the_cost_measurements_get_a_tier(size):
    kept = cleaning.clean(io.BytesIO(photo_files.drawn(0, size)))
    model = active_model.load(active_model.model_dir())
    assert model.classify_view(Views.from_bytes(kept.renditions.views).framed).tier
