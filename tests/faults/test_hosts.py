"""Workers need only database, broker and bucket. One that is cut off delays others only briefly."""

import base64
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from skinscreen.keepalive import GIVEN_UP_SECONDS
from tests.faults.conftest import FAST_RECOVERY
from tests.faults.hosts import CENTRE, Host, switch
from tests.faults.oracle import Oracle
from tests.journeys.conftest import missing, serving_postgres, serving_redis
from tests.journeys.stack import BEAT, WORKER, Stack, crowding, eventually, free_port

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
KIND = "PostgreSQL, Redis, S3 (moto), three machines"
WEB = "gunicorn -c python:skinscreen.gunicorn skinscreen.wsgi"
BUCKET = "photos"
KEYS = {"aws_access_key_id": "ann", "aws_secret_access_key": "a-secret"}
PREPARE = "from skinscreen import launch; launch.prepare()"
REMOVE_ORPHANS = """
from datetime import timedelta
from diagnosis.photos import orphans
orphans.SAFE_AGE = timedelta(days=-1)
orphans.remove()
"""
# Locks the head of the audit trail, for which every result waits.
HOLD_A_LOCK = """
from time import sleep
from django.db import transaction
from diagnosis.models import AuditHead
with transaction.atomic():
    AuditHead.objects.select_for_update().get_or_create(pk=1)
    print("held", flush=True)
    sleep(600)
"""


def bucket(address):
    return boto3.resource("s3", endpoint_url=address, region_name="us-east-1", **KEYS).Bucket(
        BUCKET
    )


class BucketOracle(Oracle):
    """Checks the files in the bucket."""

    def _files(self):
        there = bucket(self.stack.variables["SKINSCREEN_S3_ENDPOINT"])
        return {file.key for file in there.objects.all()}

    def remove_orphans(self):
        self.stack.manage("shell", "-c", REMOVE_ORPHANS)

    def send_at_once(self, count):
        """Send photos so fast that they queue up."""
        with ThreadPoolExecutor() as people:
            keys = [str(uuid4()) for _ in range(count)]
            sent = people.map(lambda key: self.stack.send(self.person, self.jpeg, key), keys)
            for url in sent:
                self.accept(url)

    def until_reading(self, photos):
        eventually(lambda: [*self.statuses().values()].count("running") == photos)

    def until_done(self):
        eventually(lambda: {*self.statuses().values()} == {"done"}, within=120)


@pytest.fixture(scope="module")
def hosts():
    with ExitStack() as stack:
        try:
            stack.enter_context(switch())
            joined = [stack.enter_context(Host(number).joined()) for number in (1, 2)]
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            reason = getattr(error, "stderr", None) or error
            remedy = "run it as root, with iproute2, on a machine that can make bridges"
            missing("a network of namespaces", f"{remedy} ({reason})")
        yield joined


@pytest.fixture(scope="module")
def variables(hosts, tmp_path_factory):
    """Start broker, database and bucket. Return the variables that every machine needs."""
    store = ThreadedMotoServer(CENTRE, port=free_port(), verbose=False)
    with (
        serving_redis(tmp_path_factory.mktemp("redis"), CENTRE) as redis,
        serving_postgres(CENTRE) as postgres,
    ):
        store.start()
        address = f"http://{CENTRE}:{store.get_host_and_port()[1]}"
        bucket(address).create()
        yield FAST_RECOVERY | {
            "REDIS_URL": redis.url,
            "DATABASE_URL": postgres.url,
            "SKINSCREEN_S3_ENDPOINT": address,
            "SKINSCREEN_S3_BUCKET": BUCKET,
            "SKINSCREEN_S3_ACCESS_KEY": KEYS["aws_access_key_id"],
            "SKINSCREEN_S3_SECRET_KEY": KEYS["aws_secret_access_key"],
            "SKINSCREEN_PHOTO_KEYS": base64.urlsafe_b64encode(b"k" * 32).decode(),
            # Classifying takes longer than sending the next photo, but much less than a lease.
            "SLOW_SECONDS": "1",
            "SKINSCREEN_LEASE_SECONDS": "15",
        }
        store.stop()


@pytest.fixture(scope="module")
def machine(variables, tmp_path_factory):
    """Return a function that makes a `Stack` with a home of its own, and does not start it."""
    return lambda name: Stack(tmp_path_factory.mktemp(name), variables)


@pytest.fixture(scope="module")
def centre(machine):
    stack = machine("centre")
    stack.manage("shell", "-c", PREPARE)
    return stack


@contextmanager
def serving(stack):
    """Run web and beat as compose.yaml does."""
    beat = [sys.executable, "-m", BEAT]
    with (
        stack.also(sys.executable, "-m", *WEB.split()) as stack.process,
        stack.also(*beat),
    ):
        eventually(stack.is_up, within=150)
        yield


def worker_on(host):
    options = ["--loglevel=WARNING", "--without-gossip", "--without-mingle", "-c", "1"]
    return host.command(sys.executable, "-m", *WORKER.split(), *options, "-n", host.name)


def until_both_beat(stack):
    """Wait for a new heartbeat of each worker."""
    ((now,),) = stack.query("SELECT now()")
    since = f"SELECT count(*) FROM diagnosis_heartbeat WHERE beat_at > '{now}'"
    eventually(lambda: stack.query(since) == [(2,)], within=150)


def test_a_worker_host_is_cut_off_and_rejoins(centre, machine, hosts, jpeg):
    first, other = hosts
    with serving(centre), ExitStack() as workers:
        scenario = "a worker host is cut off and rejoins"
        oracle = BucketOracle(centre, centre.person(), jpeg, scenario, KIND)
        for host in hosts:
            workers.enter_context(machine(host.name).also(*worker_on(host)))
        until_both_beat(centre)
        oracle.send_at_once(3)
        oracle.until_reading(2)
        with first.cut_off():
            oracle.send_at_once(1)
            oracle.until_done()
        oracle.send_at_once(3)
        oracle.until_running()
        # Only the rejoined worker can classify this photo.
        with other.cut_off():
            oracle.send_at_once(1)
            oracle.until_done()
        oracle.mark_repaired()
        oracle.expect(done=8)
        until_both_beat(centre)


def test_a_host_is_cut_off_while_it_holds_a_lock(centre, machine, hosts):
    host, far = hosts[0], machine("far")
    holding = host.command(sys.executable, "manage.py", "shell", "-c", HOLD_A_LOCK)
    with far.also(*holding):
        eventually(lambda: "held" in far.log)
        with host.cut_off():
            began = time.monotonic()
            centre.query("SELECT number FROM diagnosis_audithead FOR UPDATE")
            assert time.monotonic() - began < GIVEN_UP_SECONDS + 5 * crowding()
