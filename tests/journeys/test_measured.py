"""Measurements in a real browser: they appear, are drawn over the photo, and use its scale."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.test_person import answer_first, new_page, send, sign_up
from tests.pictures import dermoscopy_like

pytestmark = pytest.mark.journeys


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "spot.jpg"
    dermoscopy_like(3, (1200, 900)).save(path)
    return path


def tap(page, x, y):
    """Tap the photo at a share of its width and height."""
    box = page.locator(".marked").bounding_box()
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def unfold(page):
    page.locator("#measured summary").click()


def test_what_is_measured_appears_is_drawn_and_takes_a_scale(stack, browser, photo):
    page = new_page(browser, stack, viewport={"width": 390, "height": 844})
    sign_up(page, stack, "mia@example.org")
    send(page, photo)
    answer_first(page)
    page.evaluate("window.isSamePage = true")
    expect(page.locator("#measured .letters dt")).to_have_count(4, timeout=60_000)
    assert page.evaluate("window.isSamePage"), "the page was loaded anew"
    expect(page.locator("#measured")).not_to_have_attribute("aria-busy", "true")

    unfold(page)
    drawn = {name: page.locator(f"#measured .{name}") for name in ("outlined", "axes", "looked")}
    for name, box in (("Outline", "outlined"), ("Axes", "axes")):
        expect(drawn[box]).to_be_visible()
        page.get_by_role("checkbox", name=name).uncheck()
        expect(drawn[box]).to_be_hidden()
    expect(drawn["looked"]).to_be_hidden()
    page.get_by_role("checkbox", name="Where the model looked").check()
    expect(drawn["looked"]).to_be_visible()
    address = drawn["looked"].get_attribute("href")
    assert page.request.get(address).headers["content-type"] == "image/png"

    page.get_by_role("link", name="Mark a coin or ruler in it").click()
    expect(page.locator("#how")).to_be_visible()
    tap(page, 0.2, 0.5)
    tap(page, 0.6, 0.5)
    page.get_by_label("What did you mark?").select_option(label="1 euro")
    page.get_by_role("button", name="Save the scale").click()
    expect(page.locator("#measured .letters dd").last).to_contain_text(re.compile(r"\d\smm"))
    unfold(page)
    expect(page.get_by_role("link", name="Change the scale")).to_be_visible()
