"""A spot is chosen by its photo, and a body site by a tap. Photos can be zoomed."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import encoded
from tests.journeys.stack import eventually
from tests.journeys.test_person import answer_first, new_page, pinch, send, sign_up
from tests.pictures import dermoscopy_like

pytestmark = pytest.mark.journeys
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
FINGER = 44  # pixels
SMALL = f"""() => [...document.querySelectorAll(".region .hit")].filter((path) => {{
  const {{ width, height }} = path.getBoundingClientRect();
  return width && Math.min(width, height) < {FINGER};
}}).map((path) => path.parentElement.getAttribute("aria-label"))"""


def part(page, figure, site, side=""):
    """Return the area that a tap on a body site has to hit."""
    figures = page.locator(".body.input figure")
    return figures.nth(figure).locator(f'[data-site="{site}"][data-side="{side}"] .hit')


def test_a_phone_offers_its_camera_first_and_a_tap_sets_the_body_site(stack, browser, shots):
    page = new_page(browser, stack, **PHONE)
    sign_up(page, stack, "tara@example.org")
    expect(page.get_by_role("button", name="Take a photo now")).to_be_in_viewport()
    expect(page.get_by_label("With a phone or camera")).to_be_checked()
    expect(page.locator(".examples")).to_be_visible()
    page.get_by_label("Photo of one spot").set_input_files(
        {
            "name": "a.jpg",
            "mimeType": "image/jpeg",
            "buffer": encoded(dermoscopy_like(3, (640, 480))),
        }
    )
    expect(page.locator(".examples")).to_be_hidden()
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("More about this spot, if you like").click()
    site, side = page.get_by_label("Where on the body?"), page.get_by_label("Which side?")
    part(page, 0, "arm", "left").tap()
    expect(site).to_have_value("arm")
    for closer, figure, where in (
        ("head", 2, "eyelid"),
        ("hands", 3, "back of hand"),
        ("hands", 4, "palm"),
        ("feet", 6, "sole"),
    ):
        page.locator(f'.body.input [data-part="{closer}"] .hit').first.tap()
        expect(page.locator(f"#closer-{closer}")).to_be_in_viewport()
        part(page, figure, where, "left").tap()
        expect(site).to_have_value(where)
        expect(side).to_have_value("left")
        assert page.evaluate(SMALL) == []
    site.select_option(label="Back")
    side.select_option(index=0)
    expect(page.locator(".region.chosen title")).to_have_text("Back")
    page.screenshot(path=shots / "tapped.png", full_page=True)
    for closer in ("head", "hands", "feet"):
        page.goto(f"/spots/#closer-{closer}")
        expect(page.locator(f"#closer-{closer}")).to_be_visible()
        assert page.evaluate(SMALL) == []


def test_a_spot_is_chosen_by_its_previous_photo(stack, browser, tmp_path):
    for number in range(3):
        dermoscopy_like(number).save(tmp_path / f"{number}.jpg")
    page = new_page(browser, stack, **PHONE)
    sign_up(page, stack, "susi@example.org")
    for number, spot in enumerate((None, "A new spot", "Spot 1")):
        page.goto("/screenings/new/")
        expect(page.get_by_role("button", name="Take a photo now")).to_be_in_viewport()
        page.get_by_label("Photo of one spot").set_input_files(tmp_path / f"{number}.jpg")
        page.get_by_label("With a dermatoscope").check()
        if spot:
            page.get_by_role("group", name="Which spot is it?").get_by_label(spot).check()
        expect(page.get_by_label("Mine")).to_be_visible(visible=spot != "Spot 1")
        page.get_by_role("button", name="Send the photo").click()
        expect(page).to_have_url(re.compile("/screenings/[0-9a-f-]{36}/"))
    page.goto("/spots/")
    expect(page.locator(".history small")).to_have_text([re.compile("^1 photo"), re.compile("^2 ")])


def test_a_large_photo_can_be_zoomed(stack, browser, tmp_path):
    dermoscopy_like(4, (3000, 2250)).save(tmp_path / "large.jpg", quality=97)
    page = new_page(browser, stack, **PHONE)
    sign_up(page, stack, "zoe@example.org")
    send(page, tmp_path / "large.jpg")
    answer_first(page)
    fetched = []
    page.on("request", lambda request: fetched.append(request.url.split("?")[0].split("/")[-2]))
    page.get_by_role("link", name="Your photo: look closer").click()
    pane = page.locator(".pane")
    page.wait_for_load_state()
    assert "photo" not in fetched
    pane.focus()
    for key in ("+", "+", "ArrowLeft"):
        page.keyboard.press(key)
    expect(pane.locator("img")).to_have_attribute("style", re.compile(r"scale\(1\.5625\)"))
    expect(pane.locator("img")).to_have_attribute("src", re.compile("/photo/$"))
    pinch(page)
    expect(pane.locator("img")).to_have_attribute("style", re.compile(r"scale\(3\.125\)"))
    page.keyboard.press("0")
    expect(pane.locator("img")).to_have_attribute("style", re.compile(r"scale\(1\)"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="All photos of this spot")).to_be_visible()


def swipe(page, fingers=1):
    """Move fingers upwards from the middle of the first photo."""
    session = page.context.new_cdp_session(page)
    box = page.locator(".pane").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, step in [("touchStart", 0), *(("touchMove", step) for step in range(1, 6))]:
        points = [
            {"x": x + 40 * finger, "y": y - 16 * step, "id": finger} for finger in range(fingers)
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_finger_scrolls_the_page_and_moves_a_zoomed_photo(stack, browser):
    person = stack.person("tim@example.org")
    page = new_page(browser, stack, **PHONE)
    cookies = [{"name": c.name, "value": c.value, "url": stack.url} for c in person.cookies]
    page.context.add_cookies(cookies)
    photo = encoded(dermoscopy_like(2))
    first = stack.upload(person, photo)
    spot = re.search("/spots/([0-9a-f-]{36})/", first.text)[1]
    data = {"capture": "dermatoscope", "lesion": spot}
    stack.post(person, "/screenings/new/", data, {"photo": ("spot.jpg", photo)})
    # The page compares the photos once both are read.
    eventually(lambda: page.goto(f"/spots/{spot}/") and page.locator(".pane").count())
    picture = page.locator(".pane svg").first
    swipe(page, fingers=2)
    assert page.evaluate("scrollY") == 0
    swipe(page)
    eventually(lambda: page.evaluate("scrollY") > 0)
    page.evaluate("scrollTo(0, 0)")
    page.get_by_role("button", name="Larger").click()
    page.evaluate("scrollTo(0, 0)")
    before = picture.get_attribute("style")
    swipe(page)
    eventually(lambda: picture.get_attribute("style") != before)
    assert page.evaluate("scrollY") == 0


def test_a_photo_can_be_scrolled_without_javascript(stack, browser, tmp_path):
    photo = tmp_path / "spot.jpg"
    dermoscopy_like(7, (3072, 2304)).save(photo)
    page = new_page(browser, stack, java_script_enabled=False)
    sign_up(page, stack, "nils@example.org")
    send(page, photo)
    answer_first(page)
    page.get_by_role("link", name="Your photo: look closer").click()
    pane = page.locator(".pane")
    expect(pane).to_have_css("overflow", "auto")
    expect(page.get_by_role("link", name="The photo in full size")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("link", name="All photos of this spot")).to_be_visible()
