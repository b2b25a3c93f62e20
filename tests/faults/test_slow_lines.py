"""A hundred people on slow lines, and twenty addresses that send what never ends."""

import re
import selectors
import socket
import time
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path

import pytest

from tests.faults.test_web import WEB, parted
from tests.journeys.conftest import running
from tests.journeys.stack import eventually

pytestmark = pytest.mark.faults
PEOPLE, ADDRESSES, MEGABYTE = 100, 20, 1_000_000
SECONDS, STEPS = 20, 40
MOST_MEMORY = 512 * 2**20
# To which path, and of which length; 20 MB are a photo's.
ATTACKS = [
    ("/", 59),
    ("/account/login/", 59),
    ("/screenings/send/", 59),
    ("/screenings/new/", 59),
    ("/screenings/send/", 20),
]


@pytest.fixture
def stack(tmp_path):
    """One with the product's own patience: a hundred photos at once are much for one database."""
    with running(tmp_path / "home", SKINSCREEN_UPLOADS_PER_HOUR="10000") as started:
        yield started


@pytest.fixture
def jpeg(jpeg):
    """A photo of 3 MB, most of them comments: it is sent as long, and decoded as soon, as any."""
    comment = b"\xff\xfe\xff\xff" + bytes(65_533)
    return jpeg[:2] + comment * (3 * MEGABYTE // len(comment)) + jpeg[2:]


def connected(port, address):
    return socket.create_connection(("127.0.0.1", port), 60, source_address=(address, 0))


class Attacker:
    """Sends bodies without end from one address, a new one whenever it is cut off."""

    def __init__(self, port, number):
        self.port, self.address = port, f"127.0.0.{2 + number % ADDRESSES}"
        self.attacks, self.left, self.client = cycle(ATTACKS[number % 5 :] + ATTACKS), 0, None

    def begin(self):
        path, megabytes = next(self.attacks)
        self.left = megabytes * MEGABYTE - 1
        head = [f"POST {path} HTTP/1.1", f"Host: localhost:{self.port}"]
        head += [f"Content-Length: {self.left + 1}", "", ""]
        self.client = connected(self.port, self.address)
        self.client.sendall("\r\n".join(head).encode())
        self.client.setblocking(False)

    def send(self):
        try:
            if not self.client:
                self.begin()
            self.left -= self.client.send(bytes(min(self.left, 200_000)))
        except BlockingIOError:
            pass
        except OSError:
            self.end()

    def end(self):
        if self.client:
            self.client.close()
        self.client = None


def memory(stack):
    """Return the proportional set size of the web processes in bytes."""
    found = 0
    for pid in stack.processes(WEB):
        words = Path(f"/proc/{pid}/smaps_rollup").read_text()
        found += 1024 * int(re.search(r"^Pss:\s+(\d+)", words, re.MULTILINE).group(1))
    return found


def answers(clients):
    """Read all answers to their ends."""
    read = dict.fromkeys(clients, b"")
    with selectors.DefaultSelector() as waiting:
        for client in clients:
            waiting.register(client, selectors.EVENT_READ)
        while waiting.get_map():
            for key, _ in waiting.select(timeout=60):
                piece = key.fileobj.recv(10_000)
                read[key.fileobj] += piece
                if not piece:
                    waiting.unregister(key.fileobj)
    return list(read.values())


@pytest.mark.timeout(900)
def test_a_hundred_slow_uploads_come_through_beside_bodies_that_never_end(stack, oracle_of):
    oracle = oracle_of(stack)
    uploads = [b"".join(parted(oracle)) for _ in range(PEOPLE)]
    attackers = [Attacker(stack.port, number) for number in range(PEOPLE)]
    peak = memory(stack)
    with ExitStack() as crowd:
        addresses = [f"127.0.1.{number}" for number in range(1, PEOPLE + 1)]
        clients = [crowd.enter_context(connected(stack.port, one)) for one in addresses]
        for attacker in attackers:
            crowd.callback(attacker.end)
        for step in range(STEPS):
            due = time.monotonic() + SECONDS / STEPS
            for client, upload in zip(clients, uploads, strict=True):
                size = -(-len(upload) // STEPS)
                client.sendall(upload[step * size : (step + 1) * size])
            while time.monotonic() < due:
                for attacker in attackers:
                    attacker.send()
            peak = max(peak, memory(stack))
        came = answers(clients)
        peak = max(peak, memory(stack))
    # None was cut. What a busy database could not take yet the page's script sends again.
    assert {answer[:12] for answer in came} <= {b"HTTP/1.1 200", b"HTTP/1.1 503"}
    for answer in came:
        url = answer.decode().partition('"url": "')[2].partition('"')[0]
        oracle.accept(url or eventually(lambda: stack.send(oracle.person, oracle.jpeg, "")))
    assert peak < MOST_MEMORY
    oracle.is_whole()
    oracle.expect(within=600, done=PEOPLE)
