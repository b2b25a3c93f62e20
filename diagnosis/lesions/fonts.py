"""The fonts of a report: people write names and notes in any script, and a doctor is to see them.

Typst brings fonts for Latin, Greek and Cyrillic letters. Those for Han, kana, Hangul, Arabic,
Hebrew, Devanagari and Thai lie packed beside this file (FONTS.txt says where they are from) and are
unpacked for the report that needs them. An emoji is named: a name can be read aloud, too.
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
BEYOND_OWN: Final = re.compile("[\u0590-\u0fff\u1100-\u11ff\u2e80-\ud7ff\uf900-\uffef]")
EMOJI: Final = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]\ufe0f?")
# Characters that join emoji, and that their names do not need.
JOINER: Final = re.compile(r"(?<=\])\u200d(?=\[)")


def with_named_emoji(words: str) -> str:
    """Replace each emoji by its name; the newest ones have none, and stay."""
    return JOINER.sub("", EMOJI.sub(_named, words))


def _named(found: re.Match[str]) -> str:
    name = unicodedata.name(found[0][0], "")
    return f"[{name.lower()}]" if name else found[0]


def for_words(words: str, folder: Path) -> "typst.Fonts":
    """Return fonts for a report; if it needs more than Typst's own, unpack them into its folder."""
    import typst

    if not BEYOND_OWN.search(words):
        return own()
    unpacked = folder / "fonts"
    with tarfile.open(PACKED) as packed:
        packed.extractall(unpacked, filter="data")
    return typst.Fonts(font_paths=[str(unpacked)])


@cache
def own() -> "typst.Fonts":
    """Find Typst's own fonts, and the server's, once per process."""
    import typst

    return typst.Fonts()
