"""Several photos at once: each is sent separately, and none is lost with its connection or tab."""

import re
from itertools import count

import pytest
from playwright.sync_api import expect

from diagnosis.screenings.texts import IMAGE_FAULTS, NOT_TAKEN, SPOT_GONE
from ml.preprocessing.file_size import MAX_BYTES
from ml.preprocessing.images import ImageFault
from tests.journeys.conftest import running
from tests.journeys.test_person import new_page, sign_in, sign_up
from tests.pictures import dermoscopy_like

pytestmark = pytest.mark.journeys

# The first response is lost: the photo is stored, but the page does not know it.
LOSE_A_RESPONSE = """() => {
  const real = Object.getOwnPropertyDescriptor(XMLHttpRequest.prototype, "status");
  const lose = () => Object.defineProperty(XMLHttpRequest.prototype, "status", real) && 0;
  Object.defineProperty(XMLHttpRequest.prototype, "status", { configurable: true, get: lose });
}"""


@pytest.fixture
def pictures(tmp_path):
    paths = [tmp_path / f"{name}.jpg" for name in ("first", "second")]
    for seed, path in enumerate(paths):
        dermoscopy_like(seed).save(path)
    return paths


def choose(page, paths, spots=""):
    page.goto("/screenings/new/")
    page.get_by_label("Photo of one spot").set_input_files(paths)
    page.get_by_label("With a dermatoscope").check()
    if spots:
        page.get_by_label(spots).check()


def expect_stored(page, *, photos, spots):
    """Wait until the history shows that all photos wait for answers, and count the spots."""
    expect(page).to_have_url(re.compile("/screenings/$"))
    expect(page.locator('#photos .mark use[href$="#ask"]')).to_have_count(photos)
    page.goto("/spots/")
    expect(page.locator(".history li")).to_have_count(spots)


def test_each_photo_is_sent_or_reported_by_itself(stack, browser, pictures, tmp_path):
    page = new_page(browser, stack)
    sign_up(page, stack, "sven@example.org")
    # The file begins like a photo, but is cut off.
    (tmp_path / "broken.jpg").write_bytes(pictures[0].read_bytes()[:2000])
    choose(page, [pictures[0], tmp_path / "broken.jpg", pictures[1]], "Each a different spot")
    page.get_by_role("button", name="Send 3 photos").dblclick()
    expect(page.locator("#cards .wrong")).to_have_text(
        re.compile(str(IMAGE_FAULTS[ImageFault.TRUNCATED]))
    )
    expect(page.get_by_text("2 photos sent.")).to_be_visible()
    page.get_by_role("button", name="Remove: broken.jpg").click()
    expect_stored(page, photos=2, spots=2)


def test_an_invalid_or_too_large_file_is_reported_when_it_is_chosen(
    stack, browser, pictures, tmp_path
):
    page = new_page(browser, stack)
    sign_up(page, stack, "una@example.org")
    letter, huge = tmp_path / "letter.pdf", tmp_path / "huge.jpg"
    letter.write_text("%PDF-1.7, and so no photo")
    huge.write_bytes(pictures[0].read_bytes().ljust(MAX_BYTES + 1))
    choose(page, [letter, huge, pictures[0]])
    messages = [f"letter.pdf: {IMAGE_FAULTS[ImageFault.NOT_AN_IMAGE]}"]
    messages += [f"huge.jpg: {IMAGE_FAULTS[ImageFault.TOO_LARGE]}"]
    expect(page.locator("#drop #unfit li")).to_have_text(messages)
    expect(page.locator("#cards li")).to_have_count(1)
    page.get_by_label("Photo of one spot").set_input_files(pictures[1])
    expect(page.locator("#unfit li")).to_have_count(0)


def test_the_message_about_an_ended_session_is_in_view(stack, browser, pictures):
    page = new_page(browser, stack, viewport={"width": 390, "height": 664})
    sign_up(page, stack, "sina@example.org")
    choose(page, pictures[0])
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Send the photo").click()
    message = page.get_by_text("You are signed out. The photo is kept on this device")
    # No scrolling back up to the photo is necessary.
    expect(message).to_be_in_viewport()


def test_a_photo_is_kept_though_its_owner_signed_out_in_another_tab(stack, browser, pictures):
    page = new_page(browser, stack)
    sign_up(page, stack, "tara@example.org")
    choose(page, pictures[0])
    other = page.context.new_page()
    other.goto("/account/logout/")
    other.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Send the photo").click()
    expect(page.get_by_text("You are signed out. The photo is kept on this device")).to_be_visible()
    sign_in(page, "tara@example.org")
    page.goto("/screenings/new/")
    expect(page.get_by_text("1 photo was not sent yet.")).to_be_visible()


def test_without_indexeddb_the_page_says_that_no_copy_is_kept(stack, browser, pictures):
    page = new_page(browser, stack)
    sign_up(page, stack, "uma@example.org")
    choose(page, pictures[0])
    page.evaluate("() => { IDBFactory.prototype.open = () => { throw new Error('none') } }")
    page.context.set_offline(True)
    page.get_by_role("button", name="Send the photo").click()
    expect(page.get_by_text("No connection. This browser keeps no copy")).to_be_visible()


def test_photos_beyond_twenty_are_left_out_with_a_message(stack, browser, pictures):
    page = new_page(browser, stack)
    sign_up(page, stack, "maya@example.org")
    choose(page, pictures * 11)
    expect(page.get_by_text("2 of your photos are left out")).to_be_visible()
    expect(page.locator("#cards li")).to_have_count(20)


def test_a_lost_connection_loses_no_photo(stack, browser, pictures):
    page = new_page(browser, stack)
    sign_up(page, stack, "lena@example.org")
    choose(page, pictures, "All the same spot")
    page.context.set_offline(True)
    page.get_by_role("button", name="Send 2 photos").click()
    expect(page.get_by_text("No connection.")).to_have_count(2)
    page.get_by_role("button", name="Try again: first.jpg").click()
    expect(page.get_by_text("No connection.")).to_have_count(2)
    page.context.set_offline(False)
    expect_stored(page, photos=2, spots=1)


def test_a_photo_with_a_lost_response_is_not_stored_twice(stack, browser, pictures):
    page = new_page(browser, stack)
    sign_up(page, stack, "anna@example.org")
    choose(page, pictures[:1])
    page.evaluate(LOSE_A_RESPONSE)
    page.get_by_role("button", name="Send the photo").click()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Answer, and see the result")).to_be_visible()
    page.goto("/screenings/")
    expect_stored(page, photos=1, spots=1)


def test_photos_that_cannot_be_accepted_now_are_kept_and_retried(stack, browser, pictures):
    page = new_page(browser, stack)
    sign_up(page, stack, "nora@example.org")
    choose(page, pictures, "All the same spot")
    full = {"status": 507, "headers": {"Retry-After": "300"}, "json": {"later": str(NOT_TAKEN)}}
    page.route("**/screenings/send/", lambda route: route.fulfill(**full))
    page.get_by_role("button", name="Send 2 photos").click()
    expect(page.get_by_text(str(NOT_TAKEN))).to_have_count(1)
    expect(page.get_by_text("Not sent yet.")).to_have_count(1)
    page.unroute("**/screenings/send/")
    for name in ("first", "second"):
        page.get_by_role("button", name=f"Try again: {name}.jpg").click()
    expect_stored(page, photos=2, spots=1)


def fail_once(page, photo, **response):
    """Let the server fail, or give this response, at one of the photos, counted from 1."""
    requests = count(1)

    def handle(route):
        if next(requests) == photo:
            route.fulfill(**{"status": 500} | response)
        else:
            route.continue_()

    page.route("**/screenings/send/", handle)


@pytest.mark.parametrize("failed", [1, 2])
def test_a_failed_photo_joins_the_spot_of_the_others_when_it_is_sent_again(
    stack, browser, pictures, failed
):
    page = new_page(browser, stack)
    sign_up(page, stack, f"iris{failed}@example.org")
    choose(page, pictures, "All the same spot")
    fail_once(page, failed)
    page.get_by_role("button", name="Send 2 photos").click()
    expect(page.get_by_text("1 photo sent.")).to_be_visible()
    page.get_by_role("button", name="Send the photo").click()
    expect_stored(page, photos=2, spots=1)


def test_a_failed_photo_of_somebody_else_does_not_join_the_spot_of_the_others(
    stack, browser, pictures
):
    page = new_page(browser, stack)
    sign_up(page, stack, "ilka@example.org")
    choose(page, pictures, "All the same spot")
    fail_once(page, 2)
    page.get_by_role("button", name="Send 2 photos").click()
    expect(page.get_by_text("1 photo sent.")).to_be_visible()
    page.get_by_label("Somebody else's").check()
    page.get_by_label("What do you call this person?").fill("my father")
    page.get_by_role("button", name="Send the photo").click()
    expect_stored(page, photos=2, spots=2)


@pytest.mark.parametrize("again", ["Send the photo", "Try again: second.jpg", "Send"])
def test_a_photo_whose_spot_was_deleted_meanwhile_can_start_a_new_spot(
    stack, browser, pictures, again
):
    page = new_page(browser, stack)
    sign_up(page, stack, f"ines{len(again)}@example.org")
    choose(page, pictures, "All the same spot")
    gone = {"errors": {"lesion": [{"message": str(SPOT_GONE)}]}}
    fail_once(page, 2, status=422, json=gone)
    page.get_by_role("button", name="Send 2 photos").click()
    expect(page.get_by_text(str(SPOT_GONE))).to_be_visible()
    if again == "Send":  # an unsent photo of an earlier visit
        page.reload()
    page.get_by_role("button", name=again, exact=True).click()
    expect(page).not_to_have_url(re.compile("/new/$"))
    page.goto("/spots/")
    expect(page.locator(".history li")).to_have_count(2)


def test_photos_outlive_their_tab_and_are_deleted_at_sign_out(stack, browser, pictures):
    page = new_page(browser, stack)
    context = page.context
    sign_up(page, stack, "theo@example.org")
    choose(page, pictures, "All the same spot")
    context.set_offline(True)
    page.get_by_role("button", name="Send 2 photos").click()
    expect(page.get_by_text("No connection.")).to_have_count(2)
    page.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto("/screenings/new/")
    expect(page.get_by_text("2 photos were not sent yet.")).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    expect_stored(page, photos=2, spots=1)

    choose(page, pictures, "All the same spot")
    page.goto("/account/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("/$"))
    assert page.evaluate("indexedDB.databases()") == []


def test_a_photo_beyond_the_rate_limit_is_kept_and_the_waiting_time_is_shown(
    browser, pictures, tmp_path
):
    with running(tmp_path / "home", SKINSCREEN_UPLOADS_PER_HOUR="1") as stack:
        page = new_page(browser, stack)
        sign_up(page, stack, "lisa@example.org")
        choose(page, pictures, "Each a different spot")
        page.get_by_role("button", name="Send 2 photos").click()
        expect(page.get_by_text("1 photo sent.")).to_be_visible()
        expect(page.get_by_text("You can send the next photo in")).to_be_visible()
        page.reload()
        expect(page.get_by_text("1 photo was not sent yet.")).to_be_visible()
        page.close()
