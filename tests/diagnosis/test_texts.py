from pathlib import Path

import pytest

from diagnosis import texts
from diagnosis.models import Review
from ml import images
from ml.gate import Refusal
from ml.images import ImageFault
from ml.labels import Tier

ROOT = Path(__file__).parents[2]
BANNED = (
    "healthy",
    "no cancer",
    "all clear",
    "all-clear",
    "cancer-free",
    "cancer free",
    "safe to ignore",
    "100 %",
    "100%",
    "as good as a dermatologist",
)


def plain(text):
    """As people read it: one case, single spaces; the one sentence that denies is taken out."""
    return " ".join(text.lower().split()).replace("this is not an all-clear", "")


def sources():
    for folder in ("accounts", "diagnosis", "templates", "static"):
        files = (ROOT / folder).rglob("*.*")
        yield from (one for one in files if one.suffix in {".py", ".html", ".txt", ".js"})


@pytest.mark.parametrize("banned", BANNED)
def test_nothing_that_people_read_reassures_falsely(banned):
    read = [path for path in sources() if "vendor" not in path.parts]
    assert ROOT / "diagnosis" / "texts.py" in read
    assert [path for path in read if banned in plain(path.read_text())] == []


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        (texts.TIER_TEXTS[Tier.ELEVATED], ["should look at", "not a diagnosis", "two weeks"]),
        (texts.TIER_TEXTS[Tier.LOWER], ["can miss melanoma", "not an all-clear", "changing"]),
        (texts.REFUSED_TEXT, ["do not wait for a result"]),
        (texts.FAILED_TEXT, ["do not wait"]),
        (" ".join(texts.ADVICE), ["dermatologist", "not a medical device", "wrong both ways"]),
        (texts.CAMERA_CAUTION, ["dermatoscope", "less reliable"]),
    ],
)
def test_each_outcome_says_what_it_must(text, phrases):
    assert [phrase for phrase in phrases if phrase not in text] == []


def test_every_fault_of_an_image_has_a_message_of_its_own():
    assert set(texts.IMAGE_FAULTS) == set(ImageFault)
    assert len(set(texts.IMAGE_FAULTS.values())) == len(ImageFault)


def test_the_limits_that_people_read_are_those_that_hold():
    limits = {
        ImageFault.TOO_LARGE: f"{images.MAX_BYTES // 2**20} MB",
        ImageFault.TOO_MANY_PIXELS: f"{images.MAX_PIXELS // 10**6} megapixels",
        ImageFault.TOO_SMALL: f"{images.MIN_SIDE} pixels",
    }
    assert all(limit in texts.IMAGE_FAULTS[fault] for fault, limit in limits.items())


def test_every_refusal_of_the_classifier_has_a_reason_and_a_way_to_retake_the_photo():
    assert set(texts.RefusalReason.values) == {refusal.value for refusal in Refusal}
    assert set(texts.RETAKE) == set(texts.RefusalReason)


def test_every_tier_and_every_verdict_has_its_text():
    assert set(texts.TIER_TEXTS) == set(texts.TIER_HEADINGS) == set(Tier)
    assert set(texts.VERDICT_TEXTS) == set(Review.Verdict.values)


@pytest.mark.parametrize(
    ("melanomas", "said"), [(0, "about 1 was"), (1, "about 1 was"), (27, "about 27 were")]
)
def test_the_calibrated_figure_is_said_as_a_frequency_and_never_as_none(melanomas, said):
    assert texts.frequency(melanomas) == (
        f"Of 100 photos scored like this in our test set, {said} melanoma."
    )
