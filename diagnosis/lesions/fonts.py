"""Fonts for the report, so that names and notes in any script are readable.

`fonts.tar.xz` contains fonts for the scripts of Asia and for Ethiopic (sources: FONTS.txt). They
are unpacked only for a report that needs them. Emoji are replaced by their Unicode names, which can
also be read aloud. `unprintable` returns the characters that no font has.
"""

import re
import tarfile
import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import typst

PACKED = Path(__file__).with_name("fonts.tar.xz")
# Characters that may need the additional fonts.
BEYOND_OWN: Final = re.compile("[\u0530-\u1cff\u2d00-\u2ddf\u2e80-\ud7ff\uf900-\uffef]")
EMOJI: Final = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]\ufe0f?")
# Zero-width joiners between emoji. They are removed when the emoji become names.
JOINER: Final = re.compile(r"(?<=\])\u200d(?=\[)")
# Typst's message if no font has a character.
WITHOUT_FONT: Final = re.compile('the text `"(.+?)"` could not be displayed')


def with_named_emoji(words: str) -> str:
    """Return the text with each emoji replaced by its name.

    Emoji that Python's Unicode data does not know are left as they are.
    """
    return JOINER.sub("", EMOJI.sub(_named, words))


def _named(match: re.Match[str]) -> str:
    name = unicodedata.name(match[0][0], "")
    return f"[{name.lower()}]" if name else match[0]


def for_words(words: str, folder: Path) -> "typst.Fonts":
    """Return fonts for `words`. If necessary, unpack the additional fonts into `folder`."""
    import typst

    if not BEYOND_OWN.search(words):
        return own()
    unpacked = folder / "fonts"
    with tarfile.open(PACKED) as packed:
        packed.extractall(unpacked, filter="data")
    return typst.Fonts(font_paths=[str(unpacked)])


def unprintable(error: "typst.TypstError") -> set[str]:
    """Return the characters that no font has, from Typst's error about them."""
    return {*"".join(WITHOUT_FONT.findall(str(error.diagnostic)))}


@cache
def own() -> "typst.Fonts":
    """Load Typst's built-in fonts and the system fonts, once per process."""
    import typst

    return typst.Fonts()
