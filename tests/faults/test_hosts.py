"""Workers on other machines need database, broker and bucket; cut off, they hold up nobody."""

import base64
import subprocess
import sys
import time
from contextlib import ExitStack

import boto3
import pytest
from moto.server import ThreadedMotoServer

from skinscreen.keepalive import GIVEN_UP_SECONDS
from tests.faults.conftest import HASTE
from tests.faults.hosts import CENTRE, Host, switch
from tests.journeys.conftest import missing, serving_postgres, serving_redis
from tests.journeys.stack import Stack, eventually, free_port

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
BUCKET = "photos"
KEYS = {"aws_access_key_id": "ann", "aws_secret_access_key": "a-secret"}
PREPARE = "from skinscreen import launch; launch.prepare()"
# What every result does for a moment.
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


@pytest.fixture(scope="module")
def hosts():
    with ExitStack() as made:
        try:
            made.enter_context(switch())
            found = [made.enter_context(Host(number).joined()) for number in (1, 2)]
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            reason = getattr(error, "stderr", None) or error
            missing("a network of namespaces", f"as root, with iproute2 and a bridge ({reason})")
        yield found


@pytest.fixture(scope="module")
def variables(hosts, tmp_path_factory):
    """Start broker, database and bucket; return what every machine is told of them."""
    store = ThreadedMotoServer(CENTRE, port=free_port(), verbose=False)
    with (
        serving_redis(tmp_path_factory.mktemp("redis"), CENTRE) as redis,
        serving_postgres(CENTRE) as postgres,
    ):
        store.start()
        address = f"http://{CENTRE}:{store.get_host_and_port()[1]}"
        bucket(address).create()
        yield HASTE | {
            "REDIS_URL": redis.url,
            "DATABASE_URL": postgres.url,
            "SKINSCREEN_S3_ENDPOINT": address,
            "SKINSCREEN_S3_BUCKET": BUCKET,
            "SKINSCREEN_S3_ACCESS_KEY": KEYS["aws_access_key_id"],
            "SKINSCREEN_S3_SECRET_KEY": KEYS["aws_secret_access_key"],
            "SKINSCREEN_PHOTO_KEYS": base64.urlsafe_b64encode(b"k" * 32).decode(),
        }
        store.stop()


@pytest.fixture(scope="module")
def machine(variables, tmp_path_factory):
    """Make a machine's SkinScreen, of which nothing runs yet."""
    return lambda name: Stack(tmp_path_factory.mktemp(name), variables)


@pytest.fixture(scope="module")
def centre(machine):
    stack = machine("centre")
    stack.manage("shell", "-c", PREPARE)
    return stack


def test_a_host_is_cut_off_with_a_lock_in_its_hands(centre, machine, hosts):
    host, far = hosts[0], machine("far")
    holding = host.command(sys.executable, "manage.py", "shell", "-c", HOLD_A_LOCK)
    with far.also(*holding):
        eventually(lambda: "held" in far.log)
        with host.cut_off():
            began = time.monotonic()
            centre.query("SELECT number FROM diagnosis_audithead FOR UPDATE")
            assert time.monotonic() - began < GIVEN_UP_SECONDS + 5
