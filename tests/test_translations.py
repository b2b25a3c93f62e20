"""Checks that texts can be translated. English is the only language until they are settled."""

import re
from html import unescape
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[1] / "templates"
# It is for developers: production has no such page.
FOR_DEVELOPERS = "public/styleguide.html"
NO_TEXT = re.compile(
    r"{% blocktranslate.*?{% endblocktranslate %}|{%.*?%}|{{.*?}}|{#.*?#}|<script.*?</script>|"
    r"<code>.*?</code>|SkinScreen",
    re.DOTALL,
)
READ = re.compile(r"(?<=[\s>])(?:aria-label|alt|placeholder)=\"([^\"]*)\"|>([^<>]*)<")
# Words in a tag or filter, instead of `_("…")`.
IN_A_TAG = re.compile(
    r"{% (?:firstof|include) [^%]*?(?<!_\()\"([A-Z][a-z]+[^\"/.]*)\"|"
    r"\|(?:yesno|default):\"([^\"]*[a-z]{2}[^\"]*)\""
)


@pytest.mark.parametrize(
    "path", [path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt"}], ids=str
)
def test_every_text_of_a_template_is_marked(path):
    if path != TEMPLATES / FOR_DEVELOPERS:
        assert unmarked(path.read_text()) == []


def unmarked(template):
    text = unescape(NO_TEXT.sub("", template))
    found = [*READ.findall(f">{text}<"), *IN_A_TAG.findall(template)]
    return [words.strip() for pair in found for words in pair if re.search("[A-Za-z]{2}", words)]
