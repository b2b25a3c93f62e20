import json
from pathlib import Path

import pytest

from tests.stable_names import collect

# The names of release 0.1.0, as `collect` returned them at that release's commit.
RELEASED = json.loads(Path(__file__).with_name("stable_names.json").read_text())
# Names that were removed on purpose, with the reason.
GONE = {
    "diagnosis_prediction.probability": "renamed to melanoma when cancer was added (ADR 29)",
    "diagnosis_shadowprediction.probability": "likewise",
    "prediction_tier_is_known": "replaced by a constraint with three tiers (ADR 29)",
    "shadowprediction_tier_is_known": "likewise",
}


@pytest.fixture(scope="module")
def today():
    return collect()


@pytest.mark.parametrize("kind", RELEASED)
def test_no_stable_name_has_disappeared(kind, today):
    assert set(RELEASED[kind]) - set(today[kind]) - GONE.keys() == set()


def test_removed_names_no_longer_exist(today):
    there = {name for names in today.values() for name in names}
    assert there & GONE.keys() == set()
