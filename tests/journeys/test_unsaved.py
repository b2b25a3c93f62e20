"""If the session ends while a clinician writes a reading, nothing that they entered is lost."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import PASSWORD, encoded, next_code_of_app
from tests.journeys.stack import eventually
from tests.journeys.test_person import new_page, sign_in_clinician
from tests.pictures import dermoscopy_like

pytestmark = pytest.mark.journeys

NOTE = "asymmetric, two colours"
NEW_RESULTS = """
from diagnosis.models import Prediction
for prediction in Prediction.objects.all():
    prediction.pk, prediction.model_version = None, "newer"
    prediction.save()
"""


NEW_SIGN = """
from diagnosis.models import Screening
from diagnosis.screenings import services
for case in Screening.objects.filter(readings_due__gt=0):
    services.answer(case, by=case.owner, ticked={"feels_different": True})
"""


def half_written(stack, browser, clinician):
    """Return a clinician's page, with a half-written reading."""
    # The status is read over HTTP, since Django refuses queries in the browser's event loop.
    olga = stack.person("olga@example.org")
    address = stack.upload(olga, encoded(dermoscopy_like(7))).url
    eventually(lambda: "aria-busy" not in olga.get(address, timeout=60).text)
    stack.clinician(clinician)
    page = new_page(browser, stack)
    sign_in_clinician(page, clinician)
    page.goto("/review/")
    page.get_by_role("button", name="Read the next case").click()
    # The script for keyboard shortcuts lists them.
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.get_by_label("note for colleagues").fill(NOTE)
    return page


def sign_in_again(page):
    page.get_by_label("E-mail").fill("rita@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Code from your app").fill(next_code_of_app())
    page.get_by_role("button", name="Sign in", exact=True).click()


def expect_only_the_note(page):
    expect(page.locator("#restored")).to_be_visible()
    expect(page.get_by_label("note for colleagues")).to_have_value(NOTE)
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)


def test_entries_are_restored_after_signing_in_again(stack, browser):
    page = half_written(stack, browser, "rita@example.org")
    case = page.url
    # The cookies of the session and of CSRF protection.
    page.context.clear_cookies()
    page.locator("#case button").first.click()
    expect(page.get_by_text("You were signed out. Sign in to return to the form")).to_be_visible()
    sign_in_again(page)
    expect(page).to_have_url(case)
    expect(page.get_by_label("note for colleagues")).to_have_value(NOTE)
    expect(page.locator("#restored")).to_be_visible()
    page.locator("#case button").first.click()
    expect(page).to_have_url(re.compile("/review/$"))
    page.wait_for_function("async () => (await unsavedForms.all()).length === 0")
    page.goto("/account/")
    page.get_by_role("button", name="Sign out").click()


@pytest.mark.parametrize(
    ("clinician", "change"), [("rosa@example.org", NEW_RESULTS), ("rolf@example.org", NEW_SIGN)]
)
def test_a_verdict_is_not_restored_if_the_case_has_changed(stack, browser, clinician, change):
    page = half_written(stack, browser, clinician)
    case = page.url
    page.get_by_role("radio").last.check()
    stack.manage("shell", "-c", change)
    page.locator("#case button").first.click()
    expect(page.get_by_text("choose your reading again")).to_be_visible()
    expect_only_the_note(page)
    # The case's own page preselects the first impression. Signing in again leads to this page.
    page.goto(case)
    expect_only_the_note(page)
