"""A hundred people on slow lines, and twenty IP addresses that send endless bodies."""

import re
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from tests.faults.crowd import MEGABYTE, Attacker, Watch, answers, connected, seconds_to_answer
from tests.faults.test_web import WEB, upload_halves
from tests.journeys.conftest import caddy, running
from tests.journeys.stack import ROOT, eventually, free_port

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]
PEOPLE = 100
SECONDS, STEPS = 20, 40
MOST_MEMORY = 512 * 2**20
# The proxy streams uploads instead of buffering them, so it needs little memory.
MOST_OF_PROXY = 128 * 2**20
MOST_SECONDS = 1
# A body that blocked the site would do so for SECONDS. A burst of work delays a response far less.
MOST_SECONDS_ONCE = SECONDS / 2


@pytest.fixture
def jpeg(jpeg):
    """A photo of 3 MB, mostly comments: it is slow to send and fast to decode."""
    comment = b"\xff\xfe\xff\xff" + bytes(65_533)
    return jpeg[:2] + comment * (3 * MEGABYTE // len(comment)) + jpeg[2:]


@pytest.fixture
def stack(tmp_path, request):
    """A site with default leases: a hundred photos keep its database too busy for short ones."""
    variables = {"SKINSCREEN_UPLOADS_PER_HOUR": "10000"}
    if request.node.callspec.params["proxy"] != "none":
        variables["SKINSCREEN_TRUSTED_PROXIES"] = "1"
    with running(tmp_path / "home", **variables) as started:
        yield started


@contextmanager
def serving(stack):
    """Run the reverse proxy with deploy/Caddyfile, without TLS. Yield its process id and port."""
    port = free_port()
    site = {
        "SKINSCREEN_ALLOWED_HOSTS": f"http://localhost:{port}",
        "SKINSCREEN_WEB": f"127.0.0.1:{stack.port}",
        "XDG_DATA_HOME": str(stack.home.parent),
        "XDG_CONFIG_HOME": str(stack.home.parent),
    }
    command = [caddy(), "run", "--config", ROOT / "deploy" / "Caddyfile", "--adapter", "caddyfile"]
    with stack.also(*command, **site) as process:
        eventually(lambda: is_open(port))
        yield process.pid, port


def is_open(port):
    try:
        return seconds_to_answer(port)
    except (ConnectionError, AssertionError):
        return False


@pytest.fixture(params=["none", "caddy"])
def proxy(request, stack):
    """The process ids of the proxy, if any, and the port for requests."""
    if request.param == "none":
        yield [], stack.port
        return
    with serving(stack) as (pid, port):
        yield [pid], port


def memory(pids):
    """Return the proportional set size of processes in bytes."""
    total = 0
    for pid in pids:
        words = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += 1024 * int(re.search(r"^Pss:\s+(\d+)", words, re.MULTILINE).group(1))
    return total


def send_slowly(clients, uploads, attackers, look):
    """Send all uploads in small pieces, interleaved with the attackers' bytes."""
    for step in range(STEPS):
        due = time.monotonic() + SECONDS / STEPS
        for client, upload in zip(clients, uploads, strict=True):
            size = -(-len(upload) // STEPS)
            client.sendall(upload[step * size : (step + 1) * size])
        while time.monotonic() < due:
            for attacker in attackers:
                attacker.send()
        look()


def accept(oracle, key, answer):
    """Record a photo, sending it again if a busy database refused it, as the page's script does.

    Return whether it was accepted at once.
    """
    assert answer[:12] in {b"HTTP/1.1 200", b"HTTP/1.1 503"}, answer[:1000]
    url = answer.decode().partition('"url": "')[2].partition('"')[0]
    oracle.accept(url or eventually(lambda: oracle.stack.send(oracle.person, oracle.jpeg, key)))
    return bool(url)


def test_a_hundred_slow_uploads_are_all_read_despite_endless_requests(stack, proxy, oracle_of):
    (pids, port), oracle, peak, watch = proxy, oracle_of(stack), {}, Watch(stack.port)
    keys = [str(uuid4()) for _ in range(PEOPLE)]
    uploads = [b"".join(upload_halves(oracle, key)) for key in keys]
    attackers = [Attacker(port, number) for number in range(PEOPLE)]

    def look():
        now = {"web": memory(stack.processes(WEB)), "proxy": memory(pids)}
        peak.update({name: max(size, peak.get(name, 0)) for name, size in now.items()})

    with ExitStack() as crowd:
        crowd.enter_context(watch.running())
        addresses = [f"127.0.1.{number}" for number in range(1, PEOPLE + 1)]
        clients = [crowd.enter_context(connected(port, address)) for address in addresses]
        for attacker in attackers:
            crowd.callback(attacker.end)
        send_slowly(clients, uploads, attackers, look)
        responses = answers(clients)
        look()
    at_once = sum(accept(oracle, *upload) for upload in zip(keys, responses, strict=True))
    healthz = watch.summary()
    print(f"{at_once} at once, most bytes {peak}, /healthz in s {healthz}")
    oracle.mark_repaired()
    oracle.expect(within=600, done=PEOPLE)
    assert peak["web"] < MOST_MEMORY
    assert peak["proxy"] < MOST_OF_PROXY
    assert healthz["95%"] < MOST_SECONDS + healthz["an idle server's slowest"]
    assert healthz["slowest"] < MOST_SECONDS_ONCE
