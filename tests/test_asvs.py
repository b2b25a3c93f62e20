"""docs/asvs.md has all requirements of OWASP ASVS 5.0, levels 1 and 2, and names real tests.

Some of these tests are below.
"""

import json
import logging
import math
import random
import re
from io import StringIO
from pathlib import Path

import pytest
from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib.auth import get_user_model
from django.core import mail
from django.urls import reverse

from skinscreen import logs
from tests.factories import AGREED, PASSWORD

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "asvs.md").read_text()
ROWS = re.findall(r"^\| (\d[\d., ]*) \| (.+?) \| (.+) \|$", PAGE, re.M)
# How many requirements of the levels 1 and 2 each section has.
SECTIONS = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2
2.1:3 2.2:3 2.3:4 2.4:1
3.2:2 3.3:4 3.4:6 3.5:5 3.7:2
4.1:3 4.2:1 4.3:2 4.4:4
5.1:1 5.2:3 5.3:2 5.4:3
6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4
7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2
8.1:2 8.2:3 8.3:1 8.4:1
9.1:3 9.2:4
10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3
11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1
12.1:3 12.2:2 12.3:4
13.1:1 13.2:5 13.3:2 13.4:5
14.1:2 14.2:4 14.3:3
15.1:3 15.2:3 15.3:7
16.1:1 16.2:5 16.3:4 16.4:3 16.5:3
17.1:1 17.2:4 17.3:2
"""


def test_every_requirement_has_one_row():
    counts = [entry.split(":") for entry in SECTIONS.split()]
    expected = [
        f"{chapter}.{number + 1}" for chapter, count in counts for number in range(int(count))
    ]
    assert len(expected) == 253
    listed = [number for numbers, _, _ in ROWS for number in numbers.split(", ")]
    assert sorted(listed) == sorted(expected)


@pytest.mark.parametrize(("numbers", "_", "evidence"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_names_its_tests_or_says_why_there_are_none(numbers, _, evidence):
    tests = re.findall(r"`(tests/[\w./]+)(?:::(\w+))?`", evidence)
    assert (
        tests
        or evidence.startswith(("unmet, because ", "not applicable"))
        or "make check" in evidence
    )
    for path, test in tests:
        assert (ROOT / path).exists(), path
        assert not test or f"def {test}(" in (ROOT / path).read_text(), test


@pytest.mark.parametrize("page", ["asvs.md", "rules.md"])
def test_a_link_leads_to_an_existing_heading(page):
    for name, anchor in re.findall(r"\]\(([\w./-]+\.md)(?:#([\w-]+))?\)", _read(page)):
        headings = re.findall(r"^#+ (.+)$", _read(name), re.M)
        anchors = {
            re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings
        }
        assert not anchor or anchor in anchors, (name, anchor)


def _read(name):
    return (ROOT / "docs" / name).read_text()


def test_cryptography_comes_from_known_libraries():
    """Every import whose name suggests cryptography comes from one of these libraries."""
    cryptographic = re.compile(
        r"crypt|cipher|nacl|jwt|jose|\brsa\b|\b(py)?r?age\b|hash|hmac|secrets", re.I
    )
    files = (file for app in ("accounts", "diagnosis", "skinscreen") for file in _files(app))
    imported = {name for file in files for name in re.findall(IMPORT, file.read_text(), re.M)}
    others = {
        name for name in imported if name.split(".")[0] not in OURS and cryptographic.search(name)
    }
    allowed = {"allauth", "cryptography", "django", "hashlib", "hmac", "pyrage", "secrets"}
    assert {name.split(".")[0] for name in others} == allowed


IMPORT = r"^ *(?:from|import) ([\w.]+)"
OURS = {"accounts", "diagnosis", "ml", "skinscreen"}


def _files(app):
    return (ROOT / app).rglob("*.py")


def test_no_script_merges_received_objects():
    for script in (ROOT / "static").glob("*.js"):
        text = script.read_text()
        assert not re.search(r"__proto__|\.prototype\b", text), script.name
        assert not re.search(r"Object\.assign\(\w+, [^{]", text), script.name
        # Computed property names are set only on the style of an element.
        assert {*re.findall(r"([\w.]+)\[\w+\] = ", text)} <= {"frame.style"}, script.name


@pytest.mark.django_db
def test_public_pages_name_their_character_set(client):
    for name in ("diagnosis:home", "account_login", "account_signup"):
        assert "charset=utf-8" in client.get(reverse(name))["Content-Type"]


@pytest.mark.django_db
def test_only_pages_redirect_to_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.METRICS_TOKEN = "a-token"
    statuses = {
        path: client.get(path, headers={"authorization": "Bearer a-token"}).status_code
        for path in ("/", "/account/login/", "/healthz", "/readyz", "/metrics")
    }
    assert [path for path, status in statuses.items() if status == 301] == ["/", "/account/login/"]


def test_trace_requests_are_not_answered(client, owner):
    client.force_login(owner)
    for name in ("diagnosis:home", "diagnosis:history", "diagnosis:healthz", "accounts:settings"):
        assert client.trace(reverse(name)).status_code == 405


@pytest.mark.django_db
def test_a_new_site_has_no_account():
    assert not get_user_model().objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "kind"), [("account_login", "current-password"), ("account_signup", "new-password")]
)
def test_a_password_is_masked_and_can_be_filled_in_by_a_password_manager(client, page, kind):
    (field,) = re.findall(
        r'<input type="password"[^>]*>', client.get(reverse(page)).content.decode()
    )
    assert f'autocomplete="{kind}"' in field
    assert "onpaste" not in field


def test_a_mailed_code_is_valid_for_ten_minutes():
    assert app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT == 600


def test_codes_are_unpredictable_with_at_least_20_bits(owner):
    codes = RecoveryCodes.activate(owner).generate_codes()
    assert min(len(code) * math.log2(10) for code in codes) > 20
    by_mail = get_adapter().generate_email_verification_code()
    assert len(by_mail.replace("-", "")) * math.log2(20) > 20
    for draw in (
        get_adapter().generate_email_verification_code,
        RecoveryCodes.generate_seed,
        generate_totp_secret,
    ):
        random.seed(7)
        first = draw()
        random.seed(7)
        assert draw() != first


@pytest.mark.django_db
def test_an_address_adds_no_header_to_a_mail(client):
    address = "a@example.org\r\nBcc: everybody@example.org"
    client.post(reverse("account_signup"), {"email": address, "password1": PASSWORD, **AGREED})
    client.post(reverse("account_reset_password"), {"email": address})
    assert mail.outbox == []


@pytest.fixture
def written():
    """Log a sentence as production does, and return the output."""

    def write(sentence):
        stream = StringIO()
        handler = logging.StreamHandler(stream)
        config = logs.config("INFO", is_json=True)
        handler.setFormatter(config["formatters"]["line"]["()"]())
        handler.emit(logging.makeLogRecord({"msg": sentence, "levelname": "INFO", "name": "x"}))
        return stream.getvalue()

    return write


def test_a_log_entry_stays_on_one_line(written):
    line = written('somebody\n{"event": "forged"}')
    assert line.count("\n") == 1
    assert json.loads(line)["event"].startswith("somebody")


def test_a_log_entry_has_its_time_in_utc(written):
    assert json.loads(written("something"))["timestamp"].endswith("Z")
