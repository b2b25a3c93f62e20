"""While the mail server is down, no request fails. Once it is back, it gets every mail."""

import re
import socketserver
import threading
from contextlib import contextmanager

import pytest
import requests

from tests.factories import AGREED
from tests.faults.conftest import FAST_RECOVERY
from tests.journeys.conftest import running
from tests.journeys.stack import crowding, eventually, free_port

pytestmark = pytest.mark.faults
ROUND_SECONDS = 60
PASSWORD = "four little words here"


class AcceptingHandler(socketserver.StreamRequestHandler):
    """A minimal SMTP session, which accepts every mail."""

    def handle(self):
        self.say("220 ready")
        for line in iter(self.rfile.readline, b""):
            word = line.split()[0].upper()
            if word == b"DATA":
                self.say("354 go on")
                self.server.mails.append(self.body())
            self.say("221 bye" if word == b"QUIT" else "250 ok")

    def say(self, words):
        self.wfile.write(f"{words}\r\n".encode())

    def body(self):
        return b"".join(iter(self.rfile.readline, b".\r\n")).decode()


@contextmanager
def mail_server(port):
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", port), AcceptingHandler) as server:
        server.daemon_threads, server.mails = True, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.mails
        server.shutdown()


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def stack(tmp_path, port):
    server = {
        "SKINSCREEN_SMTP_HOST": "127.0.0.1",
        "SKINSCREEN_SMTP_PORT": str(port),
        "SKINSCREEN_SMTP_TLS": "0",
        # Beat sends mails so rarely that they can be distinguished from mails sent at once.
        "SKINSCREEN_SWEEP_SECONDS": str(ROUND_SECONDS),
    }
    with running(tmp_path / "home", **{**FAST_RECOVERY, **server}) as started:
        yield started


def sign_up(stack, email):
    """Sign up, and return the page that asks for the code in the mail."""
    session = requests.Session()
    return stack.post(
        session, "/account/signup/", {"email": email, "password1": PASSWORD, **AGREED}
    )


def test_a_sign_up_succeeds_while_the_mail_server_is_down_and_its_code_arrives_later(stack, port):
    page = sign_up(stack, "new@example.org")
    assert page.status_code == 200
    assert page.elapsed.total_seconds() < 5 * crowding()
    eventually(lambda: "the mail server failed" in stack.log)
    with mail_server(port) as mails:
        eventually(lambda: mails, within=2 * ROUND_SECONDS)
        assert re.search(r"^To: new@example.org", mails[0], re.MULTILINE)
        eventually(lambda: stack.query("SELECT count(*) FROM accounts_waitingmail") == [(0,)])
        sign_up(stack, "other@example.org")
        # This mail is sent at once, before beat runs the task.
        eventually(lambda: len(mails) == 2, within=10)
