"""A timestamp authority signs the last entry's hash, and thereby vouches for all entries so far."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.core.management import CommandError, call_command

from diagnosis.audit import daily_check, heads, timestamps
from diagnosis.audit.heads import Head, KeptHead

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is missing")

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = serial
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
[signer]
extendedKeyUsage = critical,timeStamping
"""
HEAD = Head(7, "a" * 64)


def openssl(folder, *words, text=None):
    command = ["openssl", *map(str, words)]
    return subprocess.run(command, cwd=folder, input=text, check=True, capture_output=True).stdout


def make_authority(folder):
    """Make a root certificate, and a certificate under it that signs timestamps."""
    folder.mkdir()
    (folder / "config").write_text(CONFIG)
    (folder / "serial").write_text("01")
    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(folder, *new, "-x509", "-subj", "/CN=Root", "-keyout", "root.key", "-out", "root.pem")
    openssl(folder, *new, "-subj", "/CN=Stamps", "-keyout", "key.pem", "-out", "request.pem")
    issuer = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial")
    extended = ("-extfile", "config", "-extensions", "signer")
    openssl(folder, "x509", "-req", "-in", "request.pem", *issuer, *extended, "-out", "stamps.pem")
    return folder


def answer(folder, query):
    """Answer a timestamp query with `openssl ts`."""
    (folder / "query").write_bytes(query)
    keys = ("-inkey", "key.pem", "-signer", "stamps.pem")
    openssl(
        folder, "ts", "-reply", "-queryfile", "query", "-config", "config", "-section", "here",
        *keys, "-out", "reply",
    )  # fmt: skip
    return (folder / "reply").read_bytes()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("tsa") / "authority")


@pytest.fixture(scope="module")
def server(authority):
    """Serve the authority over HTTP, and yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            query = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/elsewhere":
                self.send_response(302)
                self.send_header("Location", "/")
                self.end_headers()
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer(authority, query))

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _settings(settings, authority, server):
    settings.TIMESTAMP_URL = server
    settings.TIMESTAMP_ROOT = (authority / "root.pem").read_bytes()


@pytest.fixture
def kept(tmp_path):
    timestamps.stamp(HEAD, tmp_path)
    return KeptHead(HEAD, datetime.now(UTC))


def test_a_head_is_stamped_and_the_stamp_is_valid(kept, tmp_path):
    assert (tmp_path / "7.tsr").exists()
    assert timestamps.fault(kept, tmp_path) == ""


def test_a_head_without_a_stamp_has_no_fault(tmp_path):
    assert timestamps.fault(KeptHead(HEAD), tmp_path) == ""


def test_the_stamp_of_another_head_is_not_valid(kept, tmp_path):
    other = KeptHead(Head(7, "b" * 64), kept.at)
    assert timestamps.fault(other, tmp_path).startswith("the timestamp of entry 7 is not valid")


def test_a_stamp_dated_after_its_head_is_detected(kept, tmp_path):
    earlier = KeptHead(HEAD, kept.at - timedelta(days=1))
    assert "but stamped at" in timestamps.fault(earlier, tmp_path)


def test_the_stamp_of_another_authority_is_not_valid(kept, tmp_path, settings):
    other = make_authority(tmp_path / "other")
    settings.TIMESTAMP_ROOT = (other / "root.pem").read_bytes()
    assert timestamps.fault(kept, tmp_path).startswith("the timestamp of entry 7 is not valid")
    with pytest.raises(timestamps.StampError):
        timestamps.stamp(HEAD, tmp_path)


@pytest.mark.parametrize("token", [b"", b"no timestamp"])
def test_a_file_that_is_not_a_stamp_is_invalid(tmp_path, token):
    (tmp_path / "7.tsr").write_bytes(token)
    assert "is not valid" in timestamps.fault(KeptHead(HEAD), tmp_path)


def test_redirects_of_the_authority_are_not_followed(settings, server, tmp_path):
    settings.TIMESTAMP_URL = f"{server}elsewhere"
    with pytest.raises(timestamps.StampError, match="gives no timestamp: HTTP Error 302"):
        timestamps.stamp(HEAD, tmp_path)


def test_an_authority_that_does_not_answer_is_reported(settings, tmp_path):
    settings.TIMESTAMP_URL = "http://127.0.0.1:9/"
    with pytest.raises(timestamps.StampError, match="gives no timestamp"):
        timestamps.stamp(HEAD, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("trail")
def test_the_daily_check_stamps_the_head_and_verification_checks_it(settings, tmp_path, capsys):
    settings.HOME = tmp_path
    daily_check.run()
    file = heads.folder() / heads.FILE
    assert (heads.folder() / "5.tsr").exists()
    call_command("verify_audit", f"--head={file}")
    (heads.folder() / "5.tsr").write_bytes(b"another")
    with pytest.raises(CommandError, match="has faults"):
        call_command("verify_audit", f"--head={file}")
    assert "the timestamp of entry 5 is not valid" in capsys.readouterr().err
