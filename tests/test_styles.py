"""Style sheets have one set of tokens and use no other host, and every icon exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHEETS = sorted((ROOT / "static").rglob("*.css"))
OURS = [sheet for sheet in SHEETS if sheet.name != "admin.css"]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def text_of(paths):
    return "\n".join(path.read_text() for path in paths)


def test_every_used_variable_is_defined():
    text = text_of(OURS)
    used, defined = (
        set(re.findall(pattern, text)) for pattern in (r"var\((--[\w-]+)", r"(--[\w-]+):")
    )
    assert used - defined == set()


def test_colours_are_only_in_the_tokens():
    """Each token has a dark variant. The only other colour allowed is white, over photos."""
    elsewhere = [sheet for sheet in OURS if sheet.name in {"base.css", "components.css"}]
    colours = re.findall(r"#[0-9a-f]{3,8}\b(?!\")", text_of(elsewhere))
    assert set(colours) <= {"#fff", "#secret"}


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_a_style_sheet_uses_no_other_host(sheet):
    assert re.findall(r"@import|url\(\s*[\"']?(?:https?:)?//", sheet.read_text()) == []


def test_every_file_in_a_style_sheet_exists():
    named = [
        sheet.parent / name
        for sheet in SHEETS
        for name in re.findall(r"url\(\"(?!data:)([^\"]+)\"\)", sheet.read_text())
    ]
    assert named
    assert [path for path in named if not path.is_file()] == []


def test_every_icon_on_a_page_exists():
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text()))
    icons = set(re.findall(r"{% icon \"([\w-]+)\"", text_of(TEMPLATES)))
    assert icons - drawn == set()


def test_every_drawn_icon_is_on_a_page():
    drawn = re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text())
    pages = text_of(page for page in TEMPLATES if page.name != "styleguide.html")
    shapes = (ROOT / "diagnosis/templatetags/icons.py").read_text()
    assert [
        name for name in drawn if f'icon "{name}"' not in pages and f'"{name}"' not in shapes
    ] == []


def test_every_class_in_a_style_sheet_is_on_a_page():
    """Rules for classes without a page must be removed."""
    text = re.sub(r"/\*.*?\*/", "", text_of(OURS), flags=re.DOTALL)
    named = set(re.findall(r"\.([a-z][\w-]+)(?=[^;{}]*\{)", text))
    pages = text_of([*TEMPLATES, *ROOT.glob("static/*.js"), *ROOT.glob("diagnosis/**/*.py")])
    # There is a `tone-` class for each skin type. Templates append the type to it.
    unused = {name for name in named if not re.search(rf"\b{name}\b", pages)}
    assert {name for name in unused if not name.startswith("tone-")} == set()
