"""The second step at sign-in, in a real browser: an authenticator app, and passkeys."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import PASSWORD, code_of_app
from tests.journeys.test_person import new_page, sign_in, sign_up

pytestmark = pytest.mark.journeys

PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(stack, browser):
    """A browser with a virtual authenticator that confirms everything."""
    page = new_page(browser, stack)
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})
    return page


def sign_out(page):
    page.goto("/account/")
    page.get_by_role("button", name="Sign out").click()


def test_a_new_clinician_sets_up_a_second_step_and_reaches_the_queue(stack, page):
    stack.manage("make_reviewer", "nina@example.org", "--password-stdin", text=f"{PASSWORD}\n")
    sign_in(page, "nina@example.org")
    expect(page.get_by_text("Set up a second step before you go on")).to_be_visible()
    page.get_by_role("button", name="Set up an app").click()  # without reauthentication
    secret = page.locator("#secret").text_content()
    page.get_by_label("Code from the app").fill(code_of_app(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("button", name="I have saved the codes").click()
    page.get_by_role("link", name="Review").click()
    expect(page).to_have_url(re.compile("/review/$"))


def test_a_passkey_signs_in_without_a_password_and_is_a_second_step_after_one(stack, page):
    sign_up(page, stack, "paul@example.org")
    page.goto("/account/second-step/webauthn/add/")
    page.get_by_label("Sign in with this passkey alone").check()
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("button", name="I have saved the codes").click()
    sign_out(page)
    page.goto("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile("/screenings/new/"))
    sign_out(page)
    sign_in(page, "paul@example.org")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("link", name="History")).to_be_visible()
