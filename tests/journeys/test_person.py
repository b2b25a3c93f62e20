"""The main tasks in a real browser: sign up, send a photo, see the result, read a case."""

import io
import os
import re
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from diagnosis.outcomes.cause_texts import QUOTED
from diagnosis.outcomes.texts import ADVICE, VERDICT_TEXTS
from diagnosis.rules.causes import Cause
from tests.factories import PASSWORD, code_of_app
from tests.journeys.stack import WORKER, eventually
from tests.pictures import dermoscopy_like

pytestmark = pytest.mark.journeys

REAL = "ISIC_0000390.jpg"
PATHS = [
    "/",
    "/screenings/",
    "/screenings/new/",
    "/spots/",
    "/data/",
    "/account/skin/",
    "/account/reminders/",
    "/account/",
    "/account/email/",
    "/account/delete/",
    "/account/second-step/",
    "/account/sessions/",
]
LOOKS = {
    f"{device}-{scheme}": {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
    for device, width, height in [("phone", 390, 844), ("desk", 1280, 800)]
    for scheme in ["light", "dark"]
}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def photo(tmp_path):
    """A full-size real photo, or a generated photo if the data sets are missing."""
    path = tmp_path / REAL
    archive = Path(os.environ.get("SKINSCREEN_DATA", "../shared/data")) / "isic_uda1_originals.zip"
    if archive.exists():
        with zipfile.ZipFile(archive) as photos:
            path.write_bytes(photos.read(REAL))
    else:
        dermoscopy_like(7, (3072, 2304)).save(path)
    return path


def new_page(browser, stack, **options):
    context = browser.new_context(base_url=stack.url, **options)
    context.set_default_timeout(60_000)
    return context.new_page()


def code_from_mail(stack):
    """Return the code in the newest mail file."""

    def newest():
        mails = sorted((stack.home / "mail").glob("*.log"), key=os.path.getmtime)
        return mails and re.search(r"^([A-Z0-9]{4}-?[A-Z0-9]{4})$", mails[-1].read_text(), re.M)

    return eventually(newest).group(1)


def sign_up(page, stack, email):
    page.goto("/account/signup/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("I am 18 or older").check()
    page.get_by_label("I agree that this site").check()
    page.get_by_role("button", name="Sign up").click()
    page.get_by_label("Code").fill(code_from_mail(stack))
    page.get_by_role("button", name="Confirm").click()
    expect(page).to_have_url(re.compile("/screenings/new/"))


def sign_in(page, email):
    page.goto("/account/login/?next=/admin/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_in_clinician(page, email):
    sign_in(page, email)
    page.get_by_label("Code from your app").fill(code_of_app())
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile("/admin/$"))


def send(page, photo):
    page.goto("/screenings/new/")
    page.get_by_label("Photo of one spot").set_input_files(photo)
    page.get_by_label("With a dermatoscope").check()
    page.get_by_text("More about this spot, if you like").click()
    page.get_by_label("Where on the body?").select_option(label="Back")
    page.get_by_role("button", name="Send the photo").click()


def answer_first(page):
    """Answer the questions that come before a first result, and wait for it."""
    page.get_by_role("button", name="Answer, and see the result").click()
    page.get_by_label("Year of birth").fill("1974")
    for question in ("is_immune_weak", "earlier"):
        page.locator(f"[name={question}][value=no]").check()
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("button", name="Save my answers").click()
    # The page asks for the skin type, since `send` left it out.
    page.get_by_role("button", name="Type II:").click()
    expect(page.get_by_role("button", name="Type II:")).to_be_hidden()
    expect(page.get_by_role("heading", name="What you told us")).to_be_visible()


def pinch(page):
    """Spread two fingers on the first photo to twice their distance."""
    session = page.context.new_cdp_session(page)
    box = page.locator(".pane").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, ways in [("touchStart", (-20, 20)), ("touchMove", (-40, 40)), ("touchEnd", ())]:
        fingers = [{"x": x + way, "y": y, "id": number} for number, way in enumerate(ways)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})


def downloaded(page, role, name):
    """Return the file that a click downloads."""
    with page.expect_download() as download:
        page.get_by_role(role, name=name, exact=True).click()
    return download.value.path().read_bytes()


def record_reading(page, stack, shots):
    stack.clinician("rita@example.org")
    sign_in_clinician(page, "rita@example.org")
    page.goto("/admin/diagnosis/screening/")
    page.screenshot(path=shots / "admin-list.png")
    page.locator("#result_list tbody a").first.click()
    page.get_by_role("radio", name="Soon: to be seen within eight weeks").check()
    page.screenshot(path=shots / "admin-detail.png", full_page=True)
    page.get_by_role("button", name="Save", exact=True).click()


def test_a_person_sends_a_photo_and_it_is_read_by_model_and_clinician(stack, browser, photo, shots):
    before = stack.photos()
    page = new_page(browser, stack)
    sign_up(page, stack, "olga@example.org")
    send(page, photo)
    answer_first(page)
    expect(page.get_by_text(str(ADVICE[0]))).to_be_visible()
    page.screenshot(path=shots / "result.png", full_page=True)

    record_reading(new_page(browser, stack), stack, shots)
    page.reload()
    expect(page.get_by_text("Read by a clinician on")).to_be_visible()
    expect(page.get_by_text(str(VERDICT_TEXTS["soon"]))).to_be_visible()

    page.get_by_role("link", name="History").click()
    page.screenshot(path=shots / "history.png")
    page.locator(".history a").first.click()
    page.get_by_role("link", name="Delete this photo").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    assert stack.photos() == before


@contextmanager
def question_link(page, stack, photo):
    """Send a photo, yield its waiting page's link to the questions, then let the result come."""
    with stack.frozen(WORKER):
        send(page, photo)
        link = page.get_by_role("button", name="Answer the questions")
        link.wait_for()
        page.evaluate("addEventListener('htmx:afterRequest', () => (window.isFetched = true))")
        yield link
    page.wait_for_function("() => window.isFetched")


def test_neither_a_click_nor_the_focus_is_lost_when_the_result_arrives(stack, browser, photo):
    page = new_page(browser, stack)
    sign_up(page, stack, "kim@example.org")
    send(page, photo)
    answer_first(page)
    with question_link(page, stack, photo) as link:
        link.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/questions/$"))

    with question_link(page, stack, photo) as link:
        link.hover()
        page.mouse.down()
    page.mouse.up()
    expect(page).to_have_url(re.compile("/questions/$"))

    page.go_back()
    expect(page.locator(".outcome")).not_to_have_attribute("aria-busy", "true")


def test_no_page_scrolls_sideways_on_phone_or_desktop_in_light_or_dark(
    stack, browser, photo, shots
):
    page = new_page(browser, stack)
    sign_up(page, stack, "vera@example.org")
    send(page, photo)
    answer_first(page)
    state, result = page.context.storage_state(), page.url
    for name, options in LOOKS.items():
        page = new_page(browser, stack, storage_state=state, **options)
        for number, path in enumerate([result, f"{result}questions/", *PATHS]):
            assert page.goto(path).ok
            page.screenshot(path=shots / f"{name}-{number}.png", full_page=True)
            assert page.evaluate(OVERFLOW) <= 0, (name, path)


def test_a_second_photo_of_a_spot_is_asked_about_and_compared(stack, browser, photo, shots):
    page = new_page(browser, stack)
    sign_up(page, stack, "fay@example.org")
    send(page, photo)
    answer_first(page)
    page.get_by_role("link", name="All photos of this spot").click()
    page.get_by_role("button", name="New photo of this spot").click()
    page.get_by_label("Photo of one spot").set_input_files(photo)
    expect(page.get_by_label("What do you call the spot?")).to_be_hidden()
    page.get_by_role("button", name="Send the photo").click()

    page.get_by_role("button", name="Answer the questions").click()
    question = page.get_by_role("group", name="Has it clearly changed since your last photo of it?")
    question.get_by_label("Yes", exact=True).check()
    page.get_by_role("button", name="Save my answers").click()
    expect(page.locator(".answers")).to_contain_text(str(QUOTED[Cause.CHANGED_SINCE_LAST]))

    page.goto("/spots/")
    page.locator(".body a.held").first.focus()
    page.keyboard.press("Enter")
    # Keys pressed before the scripts have run are lost.
    page.wait_for_load_state()
    page.locator(".pane").first.focus()
    for key in ("+", "+", "ArrowLeft"):
        page.keyboard.press(key)
    moved = [pane.get_attribute("style") for pane in page.locator(".pane svg").all()]
    assert moved[0] == moved[1]
    assert "scale(1.5625)" in moved[0]
    pinch(page)
    for picture in page.locator(".pane svg").all():
        expect(picture).to_have_attribute("style", re.compile(r"scale\(3\.125\)"))
    page.get_by_label("One over the other").check()
    page.get_by_label("Wipe between the photos").press("ArrowLeft")
    expect(page.locator(".pane").last).to_have_css("clip-path", "inset(0px 0px 0px 49%)")
    page.screenshot(path=shots / "compare.png", full_page=True)


def test_a_spot_is_followed_up_exported_and_deleted(stack, browser, photo):
    before = stack.photos()
    page = new_page(browser, stack)
    sign_up(page, stack, "tess@example.org")
    send(page, photo)
    answer_first(page)
    assert b"BEGIN:VEVENT" in downloaded(page, "link", re.compile("Calendar entry for"))
    page.get_by_role("link", name="All photos of this spot").click()
    # The result is urgent, and no doctor has seen the spot yet.
    expect(page.get_by_text("A doctor should look at this spot first")).to_be_visible()
    expect(page.get_by_label("Remind me to take a new photo")).to_have_count(0)
    assert downloaded(page, "link", "Report for a doctor (PDF)").startswith(b"%PDF")

    page.get_by_role("link", name="Account").click()
    page.get_by_role("link", name="Your data").click()
    page.get_by_role("button", name="Allow this for all my photos").click()
    expect(page.get_by_text("You have allowed this since")).to_be_visible()
    # There is no reauthentication just after signing up.
    page.get_by_role("button", name="Download everything").click()
    with zipfile.ZipFile(io.BytesIO(downloaded(page, "button", "Download"))) as archive:
        # The saliency map, a PNG, is included if it is already drawn.
        assert {Path(name).suffix for name in archive.namelist()} >= {".json", ".jpg"}

    page.get_by_role("link", name="Account").click()
    page.get_by_role("link", name="Delete my account").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_text("Your account and everything in it has been deleted.")).to_be_visible()
    assert stack.photos() == before


def test_a_clinician_gives_an_impression_and_a_reading_by_keyboard(stack, browser, photo, shots):
    person = new_page(browser, stack)
    sign_up(person, stack, "carl@example.org")
    send(person, photo)
    answer_first(person)
    stack.clinician("ron@example.org")
    page = new_page(browser, stack)
    sign_in_clinician(page, "ron@example.org")
    page.goto("/review/")
    expect(page.get_by_role("button", name="Read the next case")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("What do you see?")).to_be_visible()
    expect(page.get_by_text("The model:")).to_be_hidden()
    expect(page.locator("#keys")).to_be_visible()  # the script for keyboard shortcuts has run
    page.screenshot(path=shots / "case-blind.png", full_page=True)
    box = page.locator(".pane").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.wheel(0, -100)
    # The point under the pointer stays in place.
    shifted = re.compile(r"translate\(4\.\d+%, 4\.\d+%\) scale\(1\.1\)")
    expect(page.locator(".pane img")).to_have_attribute("style", shifted)
    for key in ("+", "1", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("The model:")).to_be_visible()
    expect(page.get_by_label("Urgent: to be seen within two weeks")).to_be_checked()
    expect(page.locator("#keys")).to_be_visible()
    page.screenshot(path=shots / "case-read.png", full_page=True)
    page.keyboard.press("n")
    page.keyboard.type("asymmetric")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/review/"))
    expect(page.get_by_text("The model:")).to_be_hidden()


def test_a_photo_is_sent_and_its_result_seen_without_javascript(stack, browser, photo):
    page = new_page(browser, stack, java_script_enabled=False)
    sign_up(page, stack, "nora@example.org")
    send(page, photo)
    answer_first(page)
    expect(page.get_by_text(str(ADVICE[0]))).to_be_visible()
