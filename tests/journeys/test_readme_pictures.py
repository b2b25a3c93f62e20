"""Takes README's pictures of the current pages, for `make screenshots`."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.test_person import answer_first, new_page, send, sign_in_clinician, sign_up

pytestmark = pytest.mark.journeys

MELANOMA = Path(__file__).with_name("photos") / "ISIC_0000299.jpg"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
LARGEST = 100_000


@pytest.fixture
def take(tmp_path):
    """Take a picture of a page, into SKINSCREEN_ARTEFACTS if that is set."""
    folder = Path(os.environ.get("SKINSCREEN_ARTEFACTS", tmp_path)) / "pictures"
    folder.mkdir(parents=True, exist_ok=True)

    def take(page, name):
        path = folder / f"{name}.webp"
        with Image.open(BytesIO(page.screenshot())) as picture:
            picture.save(path, quality=55, method=6)
        assert path.stat().st_size < LARGEST

    return take


def test_pictures_of_a_result_and_a_case_are_taken(stack, browser, take):
    person = new_page(browser, stack, viewport=PHONE, device_scale_factor=2)
    sign_up(person, stack, "rose@example.org")
    send(person, MELANOMA)
    answer_first(person)
    take(person, "result")

    stack.clinician("rudi@example.org")
    clinician = new_page(browser, stack, viewport=DESK)
    sign_in_clinician(clinician, "rudi@example.org")
    clinician.goto("/review/")
    clinician.get_by_role("button", name="Read the next case").click()
    # The script for keyboard shortcuts lists them.
    expect(clinician.locator("#keys")).to_be_visible()
    for key in ("1", "Enter"):
        clinician.keyboard.press(key)
    expect(clinician.get_by_text("The model:")).to_be_visible()
    take(clinician, "case")
