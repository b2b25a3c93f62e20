"""Measurements in a real browser: they appear, are drawn over the photo, and use its scale."""

import re
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance
from playwright.sync_api import expect

from tests.journeys.stack import eventually
from tests.journeys.test_person import answer_first, new_page, send, sign_up
from tests.pictures import dermoscopy_like

pytestmark = pytest.mark.journeys
PHOTOS = Path(__file__).parent / "photos"


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "spot.jpg"
    dermoscopy_like(3, (1200, 900)).save(path)
    return path


@pytest.fixture
def two_photos(tmp_path):
    """A real photo, and a copy of it that is rotated by 6 degrees, cropped and slightly darker."""
    with Image.open(PHOTOS / "ISIC_0000299.jpg") as first:
        closer = first.rotate(6, Image.Resampling.BICUBIC).crop((33, 21, 494, 372))
    ImageEnhance.Brightness(closer).enhance(0.95).save(tmp_path / "two_photos.jpg", quality=95)
    return PHOTOS / "ISIC_0000299.jpg", tmp_path / "two_photos.jpg"


def tap(page, x, y):
    """Tap the photo at a share of its width and height."""
    box = page.locator(".marked").bounding_box()
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def unfold(page):
    page.locator("#measured summary").click()


def test_measurements_appear_are_drawn_and_use_a_scale(stack, browser, photo):
    page = new_page(browser, stack, viewport={"width": 390, "height": 844})
    sign_up(page, stack, "mia@example.org")
    send(page, photo)
    answer_first(page)
    page.evaluate("window.isSamePage = true")
    expect(page.locator("#measured .letters dt")).to_have_count(4, timeout=60_000)
    assert page.evaluate("window.isSamePage"), "the page was reloaded"
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

    page.get_by_role("link", name="Mark a coin or ruler in the photo").click()
    expect(page.locator("#how")).to_be_visible()
    tap(page, 0.2, 0.5)
    tap(page, 0.6, 0.5)
    page.get_by_label("What did you mark?").select_option(label="1 euro")
    page.get_by_role("button", name="Save the scale").click()
    expect(page.locator("#measured .letters dd").last).to_contain_text(re.compile(r"\d\smm"))
    unfold(page)
    expect(page.get_by_role("link", name="Change the scale")).to_be_visible()


def test_two_photos_of_a_spot_are_aligned(stack, browser, two_photos, shots):
    page = new_page(browser, stack, viewport={"width": 390, "height": 844})
    sign_up(page, stack, "lara@example.org")
    send(page, two_photos[0])
    answer_first(page)
    page.get_by_role("link", name="All photos of this spot").click()
    page.get_by_role("button", name="New photo of this spot").click()
    page.get_by_label("Photo of one spot").set_input_files(two_photos[1])
    page.get_by_role("button", name="Send the photo").click()
    page.get_by_role("button", name="Answer the questions").click()
    page.get_by_role("button", name="Save my answers").click()
    page.get_by_role("link", name="All photos of this spot").click()
    message = page.get_by_text("The earlier photo is rotated and scaled")
    eventually(lambda: page.reload() and message.is_visible(), within=120)
    before, after = page.locator(".pane image").all()
    assert before.get_attribute("transform").startswith("matrix(")
    assert after.get_attribute("transform") is None
    for mode in ("One over the other", "One after the other", "Side by side"):
        page.get_by_label(mode).check()
        page.locator(".zoomable").screenshot(path=shots / f"laid-over-{mode}.png")
