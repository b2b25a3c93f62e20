"""The services of compose.yaml: their commands, settings and checks, without containers."""

import base64
import os
import re
import secrets
import shlex
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
import yaml

from tests.journeys.servers import PASSWORD, started
from tests.journeys.stack import ROOT, eventually, free_port

pytestmark = [pytest.mark.journeys, pytest.mark.timeout(1200)]

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
HOST = "skin.example.org"
ENV_FILE = {
    "SKINSCREEN_SECRET_KEY": secrets.token_urlsafe(64),
    "SKINSCREEN_ROOT_KEYS": secrets.token_urlsafe(32),
    "SKINSCREEN_PHOTO_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "SKINSCREEN_ALLOWED_HOSTS": HOST,
    "SKINSCREEN_SMTP_HOST": "smtp.example.org",
    "SKINSCREEN_OPERATOR_NAME": "Example Clinic",
    "SKINSCREEN_OPERATOR_CONTACT": "clinic@example.org",
}
SEND = """
from accounts.models import User
from diagnosis.models import Lesion, Screening
from diagnosis.photos import photo_decoder
from diagnosis.screenings.services import submit
olga = User.objects.create_user("olga@example.org")
photo = photo_decoder.clean(open("{}", "rb"))
submit(Screening(capture="dermatoscope"), photo, Lesion(owner=olga), by=olga)
"""


def filled_in(variable):
    """Return the value of a variable of .env. Optional variables are empty."""
    return "" if variable[2] == "-" else ENV_FILE.get(variable[1], PASSWORD)


@dataclass
class Places:
    """Addresses and paths on this machine that replace those of compose.yaml."""

    names: dict[str, str]
    home: Path
    port: int

    def on_this_machine(self, text):
        # Replace all names at once, since a replacement may contain another name.
        return re.sub(
            "|".join(map(re.escape, self.names)), lambda match: self.names[match[0]], text
        )

    def variables(self, service):
        values = {
            name: re.sub(r"\$\{(\w+):([?-])\}", filled_in, str(value))
            for name, value in COMPOSE[service]["environment"].items()
        }
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        own = {"SKINSCREEN_HOME": str(self.home), "SKINSCREEN_PORT": str(self.port), "PATH": path}
        more = {"SKINSCREEN_DOTENV": "", "HOSTNAME": socket.gethostname()}
        return {name: self.on_this_machine(value) for name, value in values.items()} | own | more

    def run(self, service, words, **options):
        return subprocess.Popen(words, cwd=ROOT, env=self.variables(service), **options)

    def is_healthy(self, service):
        kind, *words = COMPOSE[service]["healthcheck"]["test"]
        words = [self.on_this_machine(word.replace("$$", "$")) for word in words]
        command = words if kind == "CMD" else ["sh", "-c", *words]
        # Every check gets web's settings. The checks of the other servers ignore them.
        return self.run("web", command, stdout=subprocess.DEVNULL).wait() == 0


@pytest.fixture
def places(database, tls, ports, photos, tmp_path):
    """The servers of compose.yaml, started by its scripts, and their addresses."""
    address, broker, web = urlsplit(database["skinscreen"]), free_port(), free_port()
    names = {
        "@database/": f"@localhost:{address.port}/",
        "sslrootcert=/tls/ca.crt": f"sslrootcert={address.query.rpartition('=')[2]}",
        "https://store:8333": os.environ["SKINSCREEN_S3_ENDPOINT"],
        "broker:6379": f"localhost:{broker}",
        "valkey-cli": "redis-cli",
        "-h broker": f"-h localhost -p {broker}",
        "/tls/": f"{tls}/",
        "127.0.0.1:9333": f"127.0.0.1:{ports['MASTER_PORT']}",
        "127.0.0.1:8000": f"127.0.0.1:{web}",
    }
    settings = {"REDIS_PASSWORD": PASSWORD, "BROKER_PORT": broker, "DATA": tmp_path}
    with started("broker.sh", tls, SERVER="redis-server", **settings):
        yield Places(names, tmp_path / "home", web)


def end(process):
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_the_services_of_compose_become_healthy_and_read_a_photo(places, photos, tmp_path, jpeg):
    def command(service):
        return shlex.split(COMPOSE[service]["command"])

    assert places.run("prepare", command("prepare")).wait() == 0
    running = [
        places.run(name, command(name), start_new_session=True)
        for name in ("web", "worker", "beat")
    ]
    try:
        for service in ("broker", "store", "web", "worker"):
            eventually(lambda service=service: places.is_healthy(service), within=120)
        (tmp_path / "spot.jpg").write_bytes(jpeg)
        send = [sys.executable, "manage.py", "shell", "-c", SEND.format(tmp_path / "spot.jpg")]
        assert places.run("web", send).wait() == 0
        eventually(lambda: is_ready(places.port), within=120)
        with psycopg.connect(places.variables("web")["DATABASE_URL"], autocommit=True) as rows:
            finished = "SELECT status FROM diagnosis_screening WHERE finished_at IS NOT NULL"
            eventually(lambda: rows.execute(finished).fetchall(), within=120)
            assert rows.execute(finished).fetchall()[-1][0] in {"done", "refused"}
        assert photos.listdir("")[0]
    finally:
        for process in running:
            end(process)


def is_ready(port):
    """Return whether database, broker, worker, model, disk, store and mail are all ready."""
    with suppress(requests.ConnectionError):
        return requests.get(
            f"http://127.0.0.1:{port}/readyz", headers={"Host": HOST}, timeout=10
        ).ok
