"""Sends endless request bodies, as attackers do, and measures response times meanwhile."""

import selectors
import socket
import threading
import time
from contextlib import contextmanager
from itertools import cycle
from statistics import median

from tests.journeys.stack import crowding

MEGABYTE = 1_000_000
ADDRESSES = 20
# The path and the announced MB of each body, whose last byte never comes.
ATTACKS = [
    ("/", 59),
    ("/account/login/", 59),
    ("/screenings/send/", 59),
    ("/screenings/new/", 59),
    ("/screenings/send/", 20),
]
HEALTH_CHECK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def connected(port, address):
    return socket.create_connection(
        ("127.0.0.1", port), 60 * crowding(), source_address=(address, 0)
    )


class Attacker:
    """Sends endless bodies from one IP address, and starts again whenever it is cut off."""

    def __init__(self, port, number):
        self.port, self.address = port, f"127.0.0.{2 + number % ADDRESSES}"
        first = number % len(ATTACKS)
        self.attacks, self.left, self.client = cycle(ATTACKS[first:] + ATTACKS[:first]), 0, None

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


def answers(clients):
    """Receive all responses to the end."""
    received = dict.fromkeys(clients, b"")
    with selectors.DefaultSelector() as waiting:
        for client in clients:
            waiting.register(client, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(timeout=60)
            assert ready, "no response for a minute"
            for key, _ in ready:
                piece = key.fileobj.recv(10_000)
                received[key.fileobj] += piece
                if not piece:
                    waiting.unregister(key.fileobj)
    return list(received.values())


class Watch:
    """Records response times of the site and of an idle server.

    The idle server's times show the delay that other work on this machine causes.
    """

    def __init__(self, port):
        self.port, self.ours, self.idle = port, [], []

    @contextmanager
    def running(self):
        is_over = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as server:
            threads = [
                threading.Thread(target=self._answer, args=(server,), daemon=True),
                threading.Thread(target=self._ask, args=(server.getsockname()[1], is_over)),
            ]
            for thread in threads:
                thread.start()
            try:
                yield self
            finally:
                is_over.set()
                threads[1].join()

    def summary(self):
        ours = sorted(self.ours)
        return {
            "median": median(ours),
            "95%": ours[int(0.95 * len(ours))],
            "slowest": ours[-1],
            "an idle server's slowest": max(self.idle),
        }

    def _answer(self, server):
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                client.recv(1000)
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    def _ask(self, idle_port, is_over):
        while not is_over.wait(0.5):
            self.idle.append(seconds_to_answer(idle_port))
            self.ours.append(seconds_to_answer(self.port))


def seconds_to_answer(port):
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), 60 * crowding()) as client:
        client.sendall(HEALTH_CHECK)
        assert client.recv(1000).startswith(b"HTTP/1.1 200 OK")
    return time.monotonic() - began
