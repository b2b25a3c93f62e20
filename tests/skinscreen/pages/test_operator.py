import pytest
from django.core import mail
from django.urls import reverse
from django.utils.html import urlize

from diagnosis.reminders import mails
from skinscreen.pages import operator
from skinscreen.pages.operator import Operator

CLINIC = Operator("Example Clinic", "clinic@example.org", "1 High Street, Leeds", "United Kingdom")
LINE = "Example Clinic, 1 High Street, Leeds, United Kingdom, clinic@example.org"


@pytest.fixture
def clinic(settings):
    settings.OPERATOR = CLINIC
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("Dr A. Berg, GMC 1234567", ("Dr A. Berg, GMC 1234567",)),
        ("Dr A. Berg, GMC 1; Dr B. Stone;", ("Dr A. Berg, GMC 1", "Dr B. Stone")),
    ],
)
def test_clinicians_are_separated_by_semicolons(monkeypatch, text, names):
    monkeypatch.setenv("SKINSCREEN_CLINICIANS", text)
    assert operator.read(is_production=False).clinicians == names


@pytest.mark.django_db
@pytest.mark.usefixtures("clinic")
@pytest.mark.parametrize("page", ["diagnosis:home", "account_login", "account_signup"])
def test_pages_say_who_runs_the_site(client, page):
    assert urlize(LINE) in client.get(reverse(page)).content.decode()


@pytest.mark.django_db
def test_no_operator_is_named_on_your_own_machine(client):
    assert "Run by" not in client.get(reverse("diagnosis:home")).content.decode()


@pytest.mark.usefixtures("clinic")
def test_mails_say_who_runs_the_site(client, owner, monkeypatch):
    monkeypatch.setattr(mails, "is_day", lambda *_: True)
    client.post(reverse("account_reset_password"), {"email": owner.email})
    mails.deliver(type(owner).objects.all(), lambda _: True)
    assert [LINE in message.body for message in mail.outbox] == [True, True]
