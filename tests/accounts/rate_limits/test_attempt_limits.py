"""Nobody can lock somebody else out of their account, or guess their way in."""

import re
from contextlib import closing
from time import monotonic
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from allauth.core.internal import ratelimit
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.rate_limits import attempt_limits
from accounts.rate_limits.attempt_limits import TooManyError
from accounts.sign_in.password_hasher import TooManyHashesError
from skinscreen.settings.accounts import TRIES
from tests.factories import AGREED, PASSWORD, make_second_step
from tests.factories import code_of_app as code

SIGN_IN, SIGN_UP = reverse("account_login"), reverse("account_signup")
REAUTHENTICATE, RESET = reverse("account_reauthenticate"), reverse("account_reset_password")
STEP, MFA_REAUTHENTICATE = reverse("mfa_authenticate"), reverse("mfa_reauthenticate")
EXPORT, DELETE = reverse("diagnosis:export"), reverse("accounts:delete")
CHANGE = reverse("account_change_password")


@pytest.fixture
def three_attempts(settings):
    """Allow three attempts an hour per account, counted over all unknown devices together.

    The limit on mails that notify the owner stays as it is.
    """
    strict = {name: rates | {"account": ["3/h"]} for name, rates in settings.TRIES.items()}
    settings.TRIES = strict | {"notice": settings.TRIES["notice"]}


class Clock:
    """allauth's clock, which only a test moves."""

    now = 1_800_000_000.0

    def forward(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(
        ratelimit, "time", SimpleNamespace(time=lambda: clock.now, monotonic=monotonic)
    )
    return clock


def at(address):
    return Client(REMOTE_ADDR=address)


def sign_in(client, password=PASSWORD, email="olga@example.org"):
    return client.post(SIGN_IN, {"login": email, "password": password})


def fail(address, times):
    """Try a wrong password several times from one network. Return the status codes."""
    client = at(address)
    return [sign_in(client, "wrong").status_code for _ in range(times)]


def fail_from_many_networks(times=3):
    return [status for number in range(times) for status in fail(f"10.0.{number}.1", 1)]


def own_device(address="192.0.2.1"):
    """Return a signed-out browser with which somebody has signed in before."""
    client = at(address)
    assert sign_in(client).status_code == 302
    client.post(reverse("account_logout"))
    return client


def test_a_strangers_attempts_block_only_their_own_network(owner):
    assert fail("10.0.0.1", 7) == [200] * 5 + [429] * 2
    assert sign_in(at("10.0.0.1")).status_code == 429
    assert sign_in(at("10.0.0.2")).status_code == 302


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("2001:db8:1:1::1", "2001:db8:1:1:ffff::9", 429),
        ("2001:db8:1:1::1", "2001:db8:1:2::1", 302),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", 302),
        ("::ffff:10.0.0.1", "10.0.0.1", 429),
    ],
)
def test_a_network_is_an_ipv4_address_or_the_first_half_of_an_ipv6_address(
    owner, first, second, status
):
    fail(first, 5)
    assert sign_in(at(second)).status_code == status


def test_one_network_cannot_use_up_the_accounts_attempts(owner, settings):
    settings.TRIES = settings.TRIES | {"sign_in": settings.TRIES["sign_in"] | {"account": ["6/h"]}}
    fail("10.0.0.1", 12)
    assert sign_in(at("10.0.0.2")).status_code == 302


@pytest.mark.parametrize("action", [name for name, most in TRIES.items() if "pair" in most])
def test_one_network_is_stopped_before_it_reaches_the_accounts_limit(db, rf, clock, action):
    stopped_by = set()
    for _ in range(12 * 6):  # six attempts every five minutes, for an hour
        try:
            attempt_limits.take(rf.get("/"), action, "olga@example.org")
        except TooManyError as error:
            stopped_by.add(error.scope)
        clock.forward(50)
    assert stopped_by
    assert "account" not in stopped_by


def test_a_password_cannot_be_guessed_from_many_networks(owner, three_attempts):
    assert fail_from_many_networks() == [200] * 3
    response = sign_in(at("10.1.0.1"))
    assert (response.status_code, response["Retry-After"]) == (429, "3600")
    page = response.content.decode()
    assert "try again in 60 minutes" in page
    assert f'href="{RESET}"' in page


def test_a_known_device_can_sign_in_whatever_others_try(owner, three_attempts):
    device = own_device()
    fail_from_many_networks()
    fail("192.0.2.1", 12)  # also from the same network
    assert sign_in(device).status_code == 302


def test_a_known_device_has_its_own_limit(owner):
    device = own_device()
    assert [sign_in(device, "wrong").status_code for _ in range(6)] == [200] * 5 + [429]
    assert sign_in(device).status_code == 429
    assert sign_in(at("192.0.2.1")).status_code == 302


def test_a_device_is_known_only_to_accounts_that_signed_in_on_it(owner, stranger, three_attempts):
    device = at("192.0.2.1")
    sign_in(device, email=stranger.email)
    device.post(reverse("account_logout"))
    fail_from_many_networks()
    assert sign_in(device).status_code == 429
    assert sign_in(device, email=stranger.email).status_code == 302


@pytest.mark.parametrize(
    "forge", [lambda _: "x", lambda value: value[:-1], lambda cookie: "W10" + cookie]
)
def test_a_forged_cookie_makes_no_known_device(owner, three_attempts, forge):
    device = own_device()
    device.cookies["device"] = forge(device.cookies["device"].value)
    fail_from_many_networks()
    assert sign_in(device).status_code == 429


def test_a_new_password_makes_other_devices_unknown(owner, three_attempts):
    thief, here = own_device("10.0.9.1"), at("192.0.2.1")
    sign_in(here)
    new = "another-long-and-quiet-river"
    here.post(CHANGE, {"oldpassword": PASSWORD, "password1": new, "password2": new})
    here.post(reverse("account_logout"))
    fail_from_many_networks()
    assert sign_in(thief, new).status_code == 429
    assert sign_in(here, new).status_code == 302


def test_the_cookie_reveals_nothing_about_the_account(owner):
    cookie = own_device().cookies["device"]
    assert owner.email not in cookie.value
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")


def test_a_password_reset_by_mail_resets_the_counts(owner, three_attempts):
    fail_from_many_networks()
    here = at("192.0.2.1")
    here.post(RESET, {"email": owner.email})
    link = re.search(r"http://testserver(/\S+/reset/\S+)", mail.outbox[-1].body)[1]
    form = here.get(link, follow=True)
    new = "another-long-and-quiet-river"
    here.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    assert sign_in(here, new).status_code == 302


def test_the_owner_is_notified_once_when_attempts_are_stopped(owner, three_attempts):
    fail_from_many_networks(6)
    fail("10.9.0.1", 7)
    (message,) = mail.outbox
    assert message.to == [owner.email]
    assert "wrong passwords or codes" in message.body


def test_the_owner_is_not_notified_of_their_own_requests(owner):
    for _ in range(6):
        at("10.0.0.1").post(RESET, {"email": owner.email})
    assert {message.subject for message in mail.outbox} == {"[SkinScreen] Choose a new password"}


def test_nobody_is_notified_about_an_address_without_an_account(db, three_attempts):
    assert [sign_in(at("10.0.0.1"), "x", "no@example.org").status_code for _ in range(4)] == [
        *[200] * 3,
        429,
    ]
    assert mail.outbox == []


def test_an_attempt_that_was_answered_with_503_does_not_count(owner, monkeypatch):
    def too_many(*_):
        raise TooManyHashesError

    with monkeypatch.context() as patch:
        patch.setattr(get_user_model(), "check_password", too_many)
        assert {sign_in(at("10.0.0.1")).status_code for _ in range(6)} == {503}
    assert sign_in(at("10.0.0.1")).status_code == 302


# Reauthentication.


@pytest.fixture
def signed_in(owner, three_attempts):
    client = at("192.0.2.1")
    sign_in(client)
    fail_from_many_networks()
    fail("192.0.2.1", 12)
    return client


def test_a_strangers_attempts_do_not_block_an_export(signed_in):
    signed_in.post(REAUTHENTICATE, {"password": PASSWORD})
    with closing(signed_in.post(EXPORT)) as response:
        assert response["Content-Type"] == "application/zip"


def test_a_strangers_attempts_do_not_block_a_password_change(signed_in, owner):
    new = "another-long-and-quiet-river"
    signed_in.post(CHANGE, {"oldpassword": PASSWORD, "password1": new, "password2": new})
    owner.refresh_from_db()
    assert owner.check_password(new)


def test_a_strangers_attempts_do_not_block_a_deletion(signed_in, owner):
    assert signed_in.post(DELETE, {"password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    ("url", "field"), [(REAUTHENTICATE, "password"), (CHANGE, "oldpassword"), (DELETE, "password")]
)
def test_a_stolen_session_cannot_guess_the_password(owner_client, url, field):
    for _ in range(5):
        assert owner_client.post(url, {field: "wrong"}).status_code == 200
    assert owner_client.post(url, {field: PASSWORD}).status_code == 429


# Forms that send mail.


def ask(address, clock, url, fields):
    clock.forward(11)
    return at(address).post(url, fields).status_code


@pytest.mark.parametrize(
    ("url", "fields"),
    [
        (RESET, {"email": "olga@example.org"}),
        (SIGN_UP, {"email": "olga@example.org", "password1": PASSWORD, **AGREED}),
    ],
)
@pytest.mark.parametrize("recipient", ["owner", "stranger"])
def test_a_strangers_requests_do_not_block_mails_to_others(clock, request, recipient, url, fields):
    # With "owner" the address in `fields` has an account, with "stranger" it has none.
    request.getfixturevalue(recipient)
    statuses = [ask("10.0.0.1", clock, url, fields) for _ in range(6)]
    assert statuses == [302] * 5 + [429]
    assert ask("10.0.0.2", clock, url, fields) == 302


@pytest.mark.parametrize(
    ("url", "fields", "action"),
    [
        (SIGN_IN, {"login": "olga@example.org", "password": "wrong"}, "guessed passwords"),
        (RESET, {"email": "olga@example.org"}, "mails"),
        (SIGN_UP, {"email": "olga@example.org", "password1": PASSWORD, **AGREED}, "sign-ups"),
    ],
)
def test_the_page_about_a_limit_names_the_action(owner, clock, url, fields, action):
    for _ in range(6):
        clock.forward(11)
        page = at("10.0.0.1").post(url, fields).content.decode()
    words = {word for word in ("guessed passwords", "mails", "sign-ups") if word in page}
    assert (words, "try again in" in page) == ({action}, True)


def test_an_address_cannot_be_flooded_with_mails_from_many_networks(owner, three_attempts):
    statuses = [at(f"10.0.{n}.1").post(RESET, {"email": owner.email}).status_code for n in range(4)]
    assert statuses == [302] * 3 + [429]
    assert len(mail.outbox) == 3


def test_the_owner_of_an_unconfirmed_account_reaches_the_code_page_whatever_others_request(
    owner, clock
):
    EmailAddress.objects.update(verified=False)
    for _ in range(6):
        ask("10.0.0.1", clock, SIGN_UP, {"email": owner.email, "password1": PASSWORD, **AGREED})
    assert sign_in(at("10.0.0.2")).url == reverse("account_email_verification_sent")


# The second step, for an attacker who knows the password.


def guess_codes(address, times=1):
    client = at(address)
    sign_in(client)
    return [client.post(STEP, {"code": "000000"}).status_code for _ in range(times)]


def test_an_attacker_with_the_password_does_not_block_the_owners_second_step(owner):
    make_second_step(owner)
    assert guess_codes("10.0.0.1", 6) == [200] * 5 + [429]
    here = at("10.0.0.2")
    sign_in(here)
    assert here.post(STEP, {"code": code()}).status_code == 302


def test_codes_cannot_be_guessed_from_many_networks_and_a_known_device_signs_in(
    owner, three_attempts
):
    device = own_device()
    make_second_step(owner)
    guesses = [guess_codes(f"10.0.{number}.1")[0] for number in range(4)]
    assert guesses == [200] * 3 + [429]
    assert [message.subject for message in mail.outbox][-1].endswith(
        "tried to sign in to your account"
    )
    sign_in(device)
    assert device.post(STEP, {"code": code()}).status_code == 302


def test_an_attackers_codes_do_not_block_a_reauthentication(owner, three_attempts):
    here = own_device()
    sign_in(here)
    make_second_step(owner)
    for number in range(4):
        guess_codes(f"10.0.{number}.1")
    assert here.post(MFA_REAUTHENTICATE, {"code": code()}).status_code == 302
    assert here.get(reverse("diagnosis:history")).status_code == 200
