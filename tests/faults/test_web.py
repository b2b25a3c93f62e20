"""Requests that are sent while the site is killed, or twice, or very slowly."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from uuid import uuid4

import pytest
import requests

from tests.journeys.stack import crowding, eventually

pytestmark = pytest.mark.faults
WEB = "gunicorn"


def upload_halves(oracle, key=None):
    """Return a complete upload as the bytes of an HTTP request in two halves."""
    url, session = f"{oracle.stack.url}/screenings/send/", oracle.person
    request = requests.Request(
        "POST",
        url,
        data={"capture": "camera", "key": key or str(uuid4())},
        files={"photo": ("spot.jpg", oracle.jpeg)},
        headers={"X-CSRFToken": session.cookies["csrftoken"]},
    )
    ready = session.prepare_request(request)
    head = [f"POST {ready.path_url} HTTP/1.1", f"Host: localhost:{oracle.stack.port}"]
    head += [f"{name}: {value}" for name, value in ready.headers.items()]
    http_request = "\r\n".join([*head, "Connection: close", "", ""]).encode() + ready.body
    return http_request[: len(http_request) // 2], http_request[len(http_request) // 2 :]


def finish(client, remainder):
    """Send the rest, and return the address of the accepted photo."""
    client.sendall(remainder)
    answer = b"".join(iter(lambda: client.recv(1000), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK"), answer
    return answer.decode().partition('"url": "')[2].partition('"')[0]


def test_a_photo_is_sent_twice_by_a_double_click(oracle):
    with ThreadPoolExecutor() as clicks:
        key = str(uuid4())
        sent = clicks.map(lambda _: oracle.stack.send(oracle.person, oracle.jpeg, key), range(2))
        (url,) = set(sent)
    oracle.accept(url)
    oracle.mark_repaired()
    oracle.expect(done=1)


def send_until_accepted(oracle):
    """Send a photo until it is accepted, each time under the same key.

    The page's script does the same when people try again.
    """
    key = str(uuid4())
    oracle.accept(eventually(lambda: oracle.stack.send(oracle.person, oracle.jpeg, key)))


def until_it_is_back(stack):
    """Wait for the restarted site. Child processes of the killed site hold the port for a while."""
    eventually(lambda: stack.processes(WEB)[2:] and stack.is_up())


def test_the_web_processes_are_killed_while_photos_are_sent(embedded_oracle):
    oracle, chance = embedded_oracle, random.Random(6)
    for number in range(8):
        is_child = {"is_child": number % 2}
        kill = threading.Timer(chance.uniform(0, 0.15), oracle.stack.kill, [WEB], is_child)
        kill.start()
        send_until_accepted(oracle)
        kill.join()
        until_it_is_back(oracle.stack)
    oracle.mark_repaired()
    oracle.expect(done=8)


def test_the_site_is_killed_in_the_middle_of_a_photo_which_is_sent_again(embedded_oracle):
    oracle = embedded_oracle
    early, _ = upload_halves(oracle)
    with oracle.stack.connected(early):
        oracle.stack.kill(WEB)
        send_until_accepted(oracle)
        until_it_is_back(oracle.stack)
    oracle.mark_repaired()
    oracle.expect(done=1)


def test_a_hundred_slow_clients_hold_up_nobody(embedded_oracle):
    oracle, early = embedded_oracle, b"GET / HTTP/1.1\r\n"
    first, remainder = upload_halves(oracle)
    with ExitStack() as crowd:
        for pieces in ((), (early,), (first,)):
            slow = [crowd.enter_context(oracle.stack.connected(*pieces)) for _ in range(33)]
        began = time.monotonic()
        oracle.upload(3)
        assert time.monotonic() - began < 10 * crowding()
        oracle.accept(finish(slow[-1], remainder))
    oracle.mark_repaired()
    oracle.expect(done=4)
