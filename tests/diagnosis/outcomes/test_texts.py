from pathlib import Path

import pytest

from diagnosis.models.choices import RefusalReason
from diagnosis.models.decisions import due
from diagnosis.outcomes import texts
from diagnosis.rules.urgency import Reading, Urgency
from diagnosis.screenings.texts import IMAGE_FAULTS
from ml.preprocessing import file_size, images
from ml.preprocessing.images import ImageFault
from ml.serving.gate import Refusal

ROOT = Path(__file__).parents[3]
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
    """Return a text in lower case with single spaces, without “not an all-clear”."""
    words = " ".join(text.lower().replace("%}", "").split())
    return words.replace("not an all-clear", "")


def sources():
    for folder in ("accounts", "diagnosis", "templates", "static"):
        files = (ROOT / folder).rglob("*.*")
        yield from (file for file in files if file.suffix in {".py", ".html", ".txt", ".js"})


@pytest.mark.parametrize("banned", BANNED)
def test_nothing_that_people_read_reassures_falsely(banned):
    paths = [path for path in sources() if "vendor" not in path.parts]
    assert ROOT / "diagnosis" / "outcomes" / "texts.py" in paths
    assert [path for path in paths if banned in plain(path.read_text())] == []


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        (texts.TIER_TEXTS[Urgency.URGENT], ["should look at", "not a diagnosis", "urgently"]),
        (
            texts.TIER_TEXTS[Urgency.SOON],
            ["should look at", "not a diagnosis", "in the next weeks"],
        ),
        (
            texts.TIER_TEXTS[Urgency.WATCH],
            ["can miss melanoma and other skin cancers", "not an all-clear"],
        ),
        (texts.NO_ANSWER, ["says nothing about the spot", "A clinician looks"]),
        (texts.OUTDATED, ["no longer counts", "says nothing about the spot"]),
        (texts.NOBODY, ["no clinician", "show it to a doctor"]),
        (texts.DO_NOT_WAIT, ["Do not wait", "bleeds", "grows", "does not heal"]),
        (texts.REFUSED_TEXT, ["do not wait for a result"]),
        (texts.NO_TIER_TEXTS["failed"][0], ["do not wait"]),
        (" ".join(map(str, texts.ADVICE)), ["dermatologist", "miss a cancer"]),
    ],
)
def test_each_outcome_has_its_required_phrases(text, phrases):
    assert [phrase for phrase in phrases if phrase not in text] == []


def test_every_fault_of_an_image_has_a_message_of_its_own():
    assert set(IMAGE_FAULTS) == set(ImageFault)
    assert len(set(IMAGE_FAULTS.values())) == len(ImageFault)


def test_messages_about_limits_have_the_enforced_values():
    limits = {
        ImageFault.TOO_LARGE: f"{file_size.MAX_BYTES // 2**20} MB",
        ImageFault.TOO_MANY_PIXELS: f"{images.MAX_PIXELS // 10**6} megapixels",
        ImageFault.TOO_SMALL: f"{images.MIN_SIDE} pixels",
    }
    assert all(limit in IMAGE_FAULTS[fault] for fault, limit in limits.items())


def test_every_refusal_has_a_reason_and_advice_on_retaking_the_photo():
    assert set(RefusalReason.values) == {refusal.value for refusal in Refusal}
    assert set(texts.RETAKE) == set(RefusalReason)


def test_every_tier_and_every_verdict_has_its_text():
    by_tier = (texts.TIER_TEXTS, texts.TIER_HEADINGS, texts.LATE_HEADINGS, due.WITHIN)
    assert [set(sentences) for sentences in by_tier] == [set(Urgency)] * len(by_tier)
    assert set(texts.VERDICT_TEXTS) == {*Reading}


@pytest.mark.parametrize(
    ("cancers", "sentence"), [(0, "about 1 does"), (1, "about 1 does"), (27, "about 27 do")]
)
def test_a_frequency_has_its_base_rate_and_is_never_zero(cancers, sentence):
    assert texts.frequency(cancers, 19) == (
        "Of 100 photos in a skin clinic’s collection, 19 show a skin cancer or precancer. Of "
        f"100 photos with a score like this one, {sentence}. In daily life, there are far fewer."
    )


@pytest.mark.parametrize("disease", ["melanoma", "carcinoma", "keratosis", "naevus"])
def test_no_heading_names_a_disease(disease):
    headings = [
        text
        for name, value in vars(texts).items()
        if name.endswith(("HEADING", "HEADINGS", "IN_A_LIST"))
        for text in (value.values() if isinstance(value, dict) else [value])
    ]
    assert len(headings) > 20
    assert [text for text in headings if disease in text.lower()] == []


def test_no_text_of_an_outcome_contains_the_word_hurry():
    text = plain((ROOT / "diagnosis" / "outcomes" / "texts.py").read_text())
    assert "hurry" not in text
