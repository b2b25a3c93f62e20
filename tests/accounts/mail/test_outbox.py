"""Mails wait in the database, so no request fails while the mail server is down."""

import socketserver
import threading
from datetime import timedelta
from smtplib import SMTP, SMTPException, SMTPRecipientsRefused

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from accounts import tasks
from accounts.mail import outbox
from accounts.mail.outbox import Terms
from accounts.models import WaitingMail
from diagnosis.reminders import mails
from tests.factories import AGREED, make_user

pytestmark = pytest.mark.django_db
# Errors of a mail server that is down, each with the backend's method that raises it.
DOWN = {ConnectionRefusedError: "open", SMTPException: "send_messages"}


@pytest.fixture(autouse=True)
def _outbox(settings, monkeypatch):
    settings.EMAIL_BACKEND = "accounts.mail.outbox.OutboxBackend"
    settings.OUTBOX_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    monkeypatch.setattr(tasks.send_mails_task, "apply_async", lambda **_: None)


@pytest.fixture(params=DOWN, ids=lambda error: error.__name__)
def down(request, monkeypatch):
    """Make the mail server fail until `monkeypatch.undo()`."""

    def fail(*_):
        raise request.param

    monkeypatch.setattr(EmailBackend, DOWN[request.param], fail)


def put(to="olga@example.org", **terms):
    message = EmailMessage("Hello", "A few words.", "us@example.org", [to], headers={"X-A": "b"})
    outbox.set_terms(message, Terms(**terms)).send()


def later(**ago):
    """Let time pass for all waiting mails."""
    passed = timedelta(**ago)
    WaitingMail.objects.update(due_at=F("due_at") - passed, expires_at=F("expires_at") - passed)


def test_a_mail_is_sent_unchanged_and_deleted():
    put()
    assert mail.outbox == []
    outbox.send()
    (sent,) = mail.outbox
    assert (sent.subject, sent.body, sent.to) == ("Hello", "A few words.", ["olga@example.org"])
    assert sent.from_email == "us@example.org"
    assert sent.extra_headers["X-A"] == "b"
    assert not WaitingMail.objects.exists()


def test_sign_up_and_password_reset_need_no_mail_server(client, owner, down):
    form = {"email": "new@example.org", "password1": "four little words here", **AGREED}
    assert client.post(reverse("account_signup"), form).status_code == 302
    assert client.post(reverse("account_reset_password"), {"email": owner.email}).status_code == 302
    outbox.send()
    assert WaitingMail.objects.count() == 2


def test_a_mail_that_the_server_did_not_accept_is_retried_under_the_same_id(down, monkeypatch):
    put()
    outbox.send()
    (waiting,) = WaitingMail.objects.all()
    monkeypatch.undo()
    later(minutes=1)
    outbox.send()
    (sent,) = mail.outbox
    assert sent.extra_headers["Message-ID"] == waiting.headers["Message-ID"]
    assert not WaitingMail.objects.exists()


@pytest.mark.parametrize("hours_off", [-2, 2])
def test_a_wrong_clock_of_a_worker_neither_delays_nor_drops_a_mail(monkeypatch, hours_off):
    put(lasts=timedelta(minutes=10))
    wrong = timezone.now() + timedelta(hours=hours_off)
    monkeypatch.setattr(timezone, "now", lambda: wrong)
    outbox.send()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("is_once", [False, True])
def test_the_intervals_between_attempts_grow(monkeypatch, is_once):
    monkeypatch.setattr(EmailBackend, "send_messages", refuse(451))
    put(is_once=is_once)
    waits = []
    for _ in range(8):
        outbox.send()
        waits.append(WaitingMail.objects.get().due_at - timezone.now())
        later(minutes=15)
    assert waits[0] < outbox.FIRST_RETRY < waits[2] < waits[7] <= outbox.LAST_RETRY


def test_a_mail_refused_for_days_stops_no_other(monkeypatch):
    monkeypatch.setattr(EmailBackend, "send_messages", refuse(452))
    put("full@example.org")
    put("other@example.org")
    WaitingMail.objects.update(tries=1000)
    outbox.send()
    assert set(WaitingMail.objects.values_list("tries", flat=True)) == {1001}


def refuse(code):
    def fail(_, messages):
        raise SMTPRecipientsRefused({messages[0].to[0]: (code, b"no")})

    return fail


def test_a_mail_to_an_unknown_recipient_is_deleted(monkeypatch):
    put("nobody@example.org")
    monkeypatch.setattr(EmailBackend, "send_messages", refuse(550))
    outbox.send()
    assert not WaitingMail.objects.exists()


@pytest.mark.parametrize("is_once", [False, True])
def test_a_temporarily_refused_mail_is_sent_later_and_delays_no_other(monkeypatch, is_once):
    send = EmailBackend.send_messages
    for address in ("grey@example.org", "b@example.org"):
        put(address, is_once=is_once)

    def greylist(self, messages):
        if messages[0].to == ["grey@example.org"]:
            raise SMTPRecipientsRefused({"grey@example.org": (450, b"later")})
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", greylist)
    outbox.send()
    assert [message.to for message in mail.outbox] == [["b@example.org"]]
    monkeypatch.setattr(EmailBackend, "send_messages", send)
    WaitingMail.objects.update(due_at=Now())
    outbox.send()
    assert [message.to for message in mail.outbox][1:] == [["grey@example.org"]]
    assert not WaitingMail.objects.exists()


def test_two_workers_send_a_mail_once(monkeypatch):
    put()
    send = EmailBackend.send_messages

    def send_meanwhile(self, messages):
        monkeypatch.undo()
        outbox.send()
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_meanwhile)
    outbox.send()
    assert len(mail.outbox) == 1


def test_a_reminder_that_may_have_been_sent_is_not_sent_again(monkeypatch):
    put(is_once=True)

    def fail(*_):
        raise SMTPException

    monkeypatch.setattr(EmailBackend, "send_messages", fail)
    outbox.send()
    assert not WaitingMail.objects.exists()
    assert mails.TERMS.is_once


@pytest.mark.parametrize(
    ("url", "lasts"),
    [("account_signup", timedelta(minutes=10)), ("account_reset_password", timedelta(hours=1))],
)
def test_a_mail_with_an_expired_code_or_link_is_not_sent(client, owner, url, lasts, caplog):
    fields = {"email": "new@example.org", "password1": "four little words here", **AGREED}
    client.post(reverse(url), fields if "signup" in url else {"email": owner.email})
    waiting = WaitingMail.objects.get()
    assert abs(waiting.expires_at - waiting.created_at - lasts) < timedelta(minutes=1)
    later(seconds=lasts.total_seconds() + 1)
    outbox.send()
    assert (mail.outbox, WaitingMail.objects.count()) == ([], 0)
    assert "1 expired" in caplog.text
    assert waiting.to not in caplog.text


def test_waiting_mails_are_deleted_with_their_account():
    user = make_user("new@example.org")
    put("New@example.org")
    put()
    user.delete()
    assert [waiting_mail.to for waiting_mail in WaitingMail.objects.all()] == ["olga@example.org"]


def test_attachments_are_refused_rather_than_lost():
    message = EmailMessage("Hello", "A few words.", to=["olga@example.org"])
    message.attach("spot.txt", "text")
    with pytest.raises(ValueError, match="plain text"):
        message.send()


def test_a_worker_is_notified_at_once(monkeypatch, django_capture_on_commit_callbacks):
    notified = []
    monkeypatch.setattr(tasks.send_mails_task, "apply_async", lambda **_: notified.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        put()
    # Wait for the publisher's only thread.
    outbox.publisher.submit(int).result()
    assert notified == [1]


@pytest.mark.parametrize(("seconds", "sent"), [(3, 4), (60, 1)])
def test_a_run_with_a_slow_server_claims_no_mail_in_the_second_half_of_its_time(
    settings, monkeypatch, seconds, sent
):
    settings.CELERY_TASK_SOFT_TIME_LIMIT = 18
    send, clock = EmailBackend.send_messages, [0]

    def send_slowly(self, messages):
        clock[0] += seconds
        return send(self, messages)

    monkeypatch.setattr(outbox, "monotonic", lambda: clock[0])
    monkeypatch.setattr(EmailBackend, "send_messages", send_slowly)
    for _ in range(6):
        put()
    outbox.send()
    assert len(mail.outbox) == sent
    assert WaitingMail.objects.filter(tries=0).count() == 6 - sent


# What an attempt does to the other mails on its connection.


class Session(socketserver.StreamRequestHandler):
    """An SMTP session. Each of the server's `faults` replaces a reply once, after a first mail."""

    def handle(self):
        self.is_in_mail = False
        self.say("220 ready")
        while line := self.rfile.readline().decode():
            verb = line.split()[0].upper()
            fault = self.server.faults.pop(verb, None) if self.server.accepted else None
            reply = self.reply(verb, line) if fault is None else fault
            self.say(reply)
            if reply[:3] in {"", "221", "421"}:
                return

    def say(self, reply):
        self.wfile.write(f"{reply}\r\n".encode() if reply else b"")

    def reply(self, verb, line):
        match verb:
            case "MAIL" if self.is_in_mail:
                return "503 nested MAIL command"
            case "MAIL" | "RSET":
                self.is_in_mail = verb == "MAIL"
            case "RCPT":
                self.to = line.split("<")[1][0]
            case "DATA":
                return self.accept()
            case "QUIT":
                return "221 bye"
        return "250 ok"

    def accept(self):
        self.say("354 go on")
        list(iter(self.rfile.readline, b".\r\n"))
        self.is_in_mail = False
        self.server.accepted.append(self.to)
        return self.server.faults.pop("BODY", "250 ok") if self.to == "b" else "250 ok"


@pytest.fixture
def server(settings):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads, server.accepted, server.faults = True, [], {}
        settings.OUTBOX_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        settings.EMAIL_USE_TLS = False
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server
        server.shutdown()


def send_three(**terms):
    """Send mails to a, b and c. Return whose mails still wait."""
    for name in "abc":
        put(f"{name}@example.org", **terms)
    outbox.send()
    return [waiting.to[0] for waiting in WaitingMail.objects.order_by("to")]


@pytest.mark.parametrize("is_once", [False, True])
@pytest.mark.parametrize(
    "fault",
    ["DATA 451 policy", "MAIL 530 sign in", "MAIL 421 bye", "RCPT 421 bye", "DATA 421 bye"],
)
def test_after_a_refusal_the_next_mails_are_sent_and_the_refused_mail_waits(server, fault, is_once):
    verb, reply = fault.split(maxsplit=1)
    server.faults[verb] = reply
    assert send_three(is_once=is_once) == ["b"]
    assert server.accepted == ["a", "c"]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_a_reminder_waits_if_the_connection_ended_before_it_was_sent(server, verb):
    server.faults[verb] = ""
    assert send_three(is_once=True) == ["b", "c"]
    assert server.accepted == ["a"]


@pytest.mark.usefixtures("server")
def test_a_reminder_waits_if_the_time_limit_was_reached_before_it_was_sent(monkeypatch):
    def stop(*_):
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(SMTP, "rcpt", stop)
    with pytest.raises(SoftTimeLimitExceeded):
        send_three(is_once=True)
    assert WaitingMail.objects.count() == 3


def test_a_reminder_whose_acceptance_got_lost_is_not_sent_again(server):
    server.faults["BODY"] = ""
    assert send_three(is_once=True) == ["c"]
    assert server.accepted == ["a", "b"]
