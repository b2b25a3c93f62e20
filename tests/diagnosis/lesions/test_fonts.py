"""A report shows text in many scripts, even on a server without fonts."""

import io
from functools import partial

import pytest
import typst
from pypdf import PdfReader

from diagnosis.lesions import fonts, report
from diagnosis.models import Lesion

SCRIPTS = {
    "Han": "背上的痣 皮膚癌",
    "kana": "かたのしみ カメラ",
    "Hangul": "등에 있는 점 뷁",
    "Arabic": "شامة على الظهر",
    "Hebrew": "שומה על הגב",
    "Devanagari": "पीठ पर तिल",
    "Thai": "ไฝบนหลัง",
    "Bengali": "পিঠে তিল",
    "Tamil": "முதுகில் மச்சம்",
    "Telugu": "వీపు మీద పుట్టుమచ్చ",
    "Gujarati": "પીઠ પર તલ",
    "Gurmukhi": "ਪਿੱਠ ਤੇ ਤਿਲ",
    "Kannada": "ಬೆನ್ನಿನ ಮೇಲೆ ಮಚ್ಚೆ",
    "Malayalam": "പുറത്ത് മറുക്",
    "Sinhala": "පිටේ උපන් ලපයක්",
    "Ethiopic": "በጀርባ ላይ ነጥብ",
    "Armenian and Georgian": "խալ ხალი",
    "Burmese, Khmer and Lao": "မှဲ့ ប្រជ្រុយ ໄຝ",
    "Greek and Cyrillic": "Ελιά Родинка",
    "Vietnamese": "Nốt ruồi ở lưng",
    "emoji": "ouch 😀",
}


@pytest.fixture(autouse=True)
def no_fonts_on_the_server(monkeypatch):
    monkeypatch.setattr(typst, "Fonts", partial(typst.Fonts, include_system_fonts=False))
    fonts.own.cache_clear()
    yield
    fonts.own.cache_clear()


def first_page(owner, name):
    Lesion.objects.update(name=name)
    reader = PdfReader(io.BytesIO(report.make(Lesion.objects.with_photos().get(), by=owner)))
    metadata = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    return reader.pages[0].extract_text(), "pdfuaid" in metadata


@pytest.mark.parametrize("script", SCRIPTS)
def test_text_in_any_of_these_scripts_is_printed(owner, make, script):
    make("refused")
    text, is_accessible = first_page(owner, SCRIPTS[script])
    assert is_accessible
    assert "could not be printed" not in text


@pytest.mark.parametrize(
    ("name", "note", "where"),
    [
        ("Left arm", "ꆈꌠ", "(note on the photo of"),
        ("ꆈꌠ ꉙ", "", "(name of the spot)"),
        ("ꆈꌠ ꉙ", "ꆈꌠ", "(name of the spot; note on the photo of"),
    ],
)
def test_characters_without_a_font_are_reported_with_their_place(owner, make, name, note, where):
    make("refused", note=note)
    text, is_accessible = first_page(owner, name)
    assert not is_accessible
    assert f"appear as boxes {where}" in " ".join(text.split())


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ouch 😀!", "ouch [grinning face]!"),
        ("☀️", "[black sun with rays]"),
        ("👩\u200d⚕️", "[woman][staff of aesculapius]"),
        ("no emoji – “at all”", "no emoji – “at all”"),
    ],
)
def test_an_emoji_is_replaced_by_its_name(written, expected):
    assert fonts.with_named_emoji(written) == expected


def test_a_word_longer_than_a_line_is_broken(owner, make):
    make("refused")
    text, _ = first_page(owner, "x" * 80)
    lines = [line.count("x") for line in text.splitlines() if line.count("x") > 5]
    assert len(lines) > 1
    assert sum(lines) == 80
