"""Checks that texts can be translated. English is the only language until the texts are settled."""

import ast
import re
from html import unescape
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "templates"
# This page is for developers, and production does not serve it.
FOR_DEVELOPERS = "public/styleguide.html"
NO_TEXT = re.compile(
    r"{% blocktranslate.*?{% endblocktranslate %}|{%.*?%}|{{.*?}}|{#.*?#}|<script.*?</script>|"
    r"<code>.*?</code>|SkinScreen",
    re.DOTALL,
)
TEXT = re.compile(
    r"(?<=[\s>])(?:aria-label|alt|placeholder|type=\"submit\" value)=\"([^\"]*)\"|>([^<>]*)<"
)
# Texts in a tag or filter without `_("…")`.
IN_A_TAG = re.compile(
    r"{% (?:firstof|include) [^%]*?(?<!_\()\"([A-Z][a-z]+[^\"/.]*)\"|"
    r"\|(?:yesno|default):\"([^\"]*[a-z]{2}[^\"]*)\""
)


PAGES = [
    name
    for suffix in ("html", "txt")
    for path in TEMPLATES.rglob(f"*.{suffix}")
    if (name := str(path.relative_to(TEMPLATES))) != FOR_DEVELOPERS
]


@pytest.mark.parametrize("name", PAGES)
def test_every_text_of_a_template_is_marked_for_translation(name):
    assert unmarked((TEMPLATES / name).read_text()) == []


def unmarked(template):
    text = unescape(NO_TEXT.sub("", template))
    texts = [*TEXT.findall(f">{text}<"), *IN_A_TAG.findall(template)]
    return [words.strip() for pair in texts for words in pair if re.search("[A-Za-z]{2}", words)]


def test_the_reports_template_has_no_words_of_its_own():
    report = re.sub("//.*", "", (ROOT / "diagnosis/lesions/report.typ").read_text())
    assert re.findall(r"\[\s*\w[\w ]+|alt: \"[^\"]+", report) == []


SCRIPTS = sorted(path.name for path in (ROOT / "static").glob("*.js"))
# Comments, texts that only programmers read, and names of keys.
NOT_SHOWN = re.compile(
    r"(?<![:\"])//.*|\"use strict\"|console\.\w+\(.*|new Error\(.*|event\.key === \"\w+\""
)
STRING = re.compile(r"\"([^\"\n]*)\"|`([^`]*)`")
SHOWN = re.compile(r"(?<![\w.:#-])(?:[A-Z][a-z’']+(?:[ .,:…!?]|$)|[a-z]{2,} [a-z]{2,})")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_has_no_words_of_its_own(name):
    assert texts_in((ROOT / "static" / name).read_text()) == []


def test_texts_of_a_script_are_detected():
    script = 'show("Sent.");\nx = `Send ${n} of them`; // "Not this."\nevent.key === "Enter"'
    assert texts_in(script) == ["Sent.", "Send ${n} of them"]


def texts_in(script):
    strings = STRING.findall(NOT_SHOWN.sub("", script))
    return [text for pair in strings for text in pair if SHOWN.search(text)]


# Texts in these files appear only in terminals, logs, metrics or tables of data sets.
FOR_OPERATORS = (
    *("/management/", "/migrations/", "/operations/", "/decoder/", "/photos/"),
    *("/audit/heads.py", "/audit/timestamps.py", "/audit/verification.py", "/audit/trail.py"),
    *("/review/dataset.py", "/pages/styleguide_parts.py", "/privacy/vacuum.py"),
)
MODULES = [
    path
    for package in ("accounts", "diagnosis", "skinscreen/pages")
    for path in (ROOT / package).rglob("*.py")
    if not any(part in str(path) for part in FOR_OPERATORS)
]
SENTENCE = re.compile(r"(?:SkinScreen|[A-Z][a-z’']*),? [^{}|]*[a-z]{2}")
MARKS = {"_", "gettext", "gettext_lazy", "ngettext"}
NAMES = {"label", "help_text", "empty_label", "description", "verbose_name", "verbose_name_plural"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_of_a_module_is_marked_for_translation(path):
    assert [*unmarked_in(ast.parse(path.read_text()))] == []


def unmarked_in(node):
    """Yield sentences and labels that are not marked for translation."""
    if is_left_out(node):
        return
    if isinstance(node, ast.keyword) and node.arg in NAMES:
        yield from words_of(node.value)
    if isinstance(node, ast.ClassDef) and any(
        "Choices" in ast.unparse(base) for base in node.bases
    ):
        values = [statement.value for statement in node.body if isinstance(statement, ast.Assign)]
        labels = [value.elts[-1] for value in values if isinstance(value, ast.Tuple)]
        yield from (words for label in labels for words in words_of(label))
    if isinstance(node, ast.Constant) and SENTENCE.match(str(node.value)):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from unmarked_in(child)


def words_of(node):
    return [node.value] if isinstance(node, ast.Constant) and node.value else []


def is_left_out(node):
    """Return whether a node's texts are marked, or no page shows them (docstrings, log lines)."""
    if isinstance(node, ast.FunctionDef):
        return node.name == "__str__"
    if isinstance(node, ast.Call):
        return called(node) in MARKS or called(node.func) == "logger"
    if isinstance(node, ast.Raise):
        return called(node.exc) != "ValidationError"
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def called(node):
    """Return the name of the called function, or of the object whose method is called."""
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", "") or called(node.func)
    return getattr(getattr(node, "value", node), "id", "")
