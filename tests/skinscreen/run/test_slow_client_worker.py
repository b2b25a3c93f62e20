import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from selectors import DefaultSelector

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import TConn

from skinscreen.run import arriving_request, body_sizes, request_memory, slow_client_worker
from skinscreen.run.slow_client_worker import PatientWorker
from tests.journeys.stack import crowding, eventually, free_port
from tests.skinscreen.run.test_arriving_request import HEAD, HEAD_WITH_SESSION, photo_head

THREADS = 2


@contextmanager
def serving():
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-k",
        "skinscreen.run.slow_client_worker.PatientWorker",
    ]
    options = ["-b", f"127.0.0.1:{port}", "--threads", str(THREADS), "--log-level", "critical"]
    options += ["--keep-alive", "30"]
    server = subprocess.Popen([*command, *options, "tests.skinscreen.echo:app"])
    try:
        eventually(lambda: is_open(port))
        yield port, server
    finally:
        server.terminate()
        assert server.wait(timeout=60) == 0


@pytest.fixture(scope="module")
def port():
    with serving() as (port, _):
        yield port


def is_open(port):
    try:
        return socket.create_connection(("127.0.0.1", port)).close() is None
    except ConnectionRefusedError:
        return False


@contextmanager
def connected(port, *pieces):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        for piece in pieces:
            client.sendall(piece)
        yield client


def answer(client, body):
    """Receive until an answer with this body has arrived."""
    received = b""
    while not received.endswith(body):
        piece = client.recv(100)
        assert piece, received
        received += piece
    return received


def test_a_hundred_slow_clients_hold_up_nobody(port):
    with ExitStack() as crowd:
        for pieces in ([], [HEAD[:9]], [HEAD], [HEAD, b"ph"]):
            slow = [crowd.enter_context(connected(port, *pieces)) for _ in range(25)]
        began = time.monotonic()
        for _ in range(10):
            with connected(port, HEAD + b"photo") as client:
                assert answer(client, b"photo").startswith(b"HTTP/1.1 200 OK")
        assert time.monotonic() - began < arriving_request.HEAD_SECONDS / 2 * crowding()
        slow[0].sendall(b"oto")
        assert answer(slow[0], b"photo")


def test_clients_that_stay_after_their_last_answer_hold_up_nobody(port):
    last = HEAD.replace(b"Host", b"Connection: close\r\nHost") + b"photo"
    with ExitStack() as crowd:
        began = time.monotonic()
        for _ in range(10):
            assert answer(crowd.enter_context(connected(port, last)), b"photo")
        assert time.monotonic() - began < 5 * slow_client_worker.LEAVING_SECONDS * crowding()


def test_a_server_outlives_an_answer_that_fails_in_the_middle(port):
    with connected(port, HEAD.replace(b"/ ", b"/fault ", 1) + b"photo") as client:
        answer(client, b"\r\n\r\nph")
        assert client.recv(100) == b""
    with connected(port, HEAD + b"photo") as client:
        assert answer(client, b"photo")


def test_a_connection_serves_several_requests_in_turn(port):
    with connected(port, HEAD + b"first") as client:
        assert answer(client, b"first")
        client.sendall(HEAD + b"seco")
        client.sendall(b"n")
        assert answer(client, b"secon")


def test_pipelined_requests_are_answered_one_by_one(port):
    together = HEAD + b"first" + HEAD + b"other" + HEAD[:20]
    with connected(port, together, HEAD[20:] + b"third") as client:
        answers = answer(client, b"third")
    assert 0 < answers.index(b"first") < answers.index(b"other")


def test_open_connections_are_answered_while_their_process_ends():
    with serving() as (port, server), ExitStack() as crowd:
        clients = [crowd.enter_context(connected(port, HEAD + b"first")) for _ in range(5)]
        for client in clients:
            answer(client, b"first")
        (worker,) = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        os.kill(int(worker), signal.SIGTERM)
        is_ending = False
        while not is_ending:
            clients[0].sendall(HEAD + b"other")
            is_ending = b"Connection: close" in answer(clients[0], b"other")
        for client in clients[1:]:
            client.sendall(HEAD + b"other")
            assert b"Connection: close" in answer(client, b"other")


def expecting(version=b"1.1", length=b"5"):
    head = HEAD.replace(b"1.1", version).replace(b" 5", b" " + length)
    return head.replace(b"Host", b"expect:  100-Continue \r\nHost")


def test_an_expect_header_is_answered_once(port):
    with connected(port, expecting()) as client:
        assert client.recv(100) == slow_client_worker.CONTINUE
        client.sendall(b"photo")
        assert answer(client, b"photo").startswith(b"HTTP/1.1 200 OK")
        client.sendall(expecting() + b"other")
        assert answer(client, b"other").startswith(b"HTTP/1.1 200 OK")


def test_an_expect_header_for_a_too_large_body_is_refused(port):
    with connected(port, expecting(length=b"99999999")) as client:
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


def test_an_http_1_0_client_gets_no_interim_response(port):
    with connected(port, expecting(version=b"1.0"), b"photo") as client:
        assert b" 200 OK" in answer(client, b"photo").partition(b"\r\n")[0]


def test_a_pipelined_body_is_read_in_order(port):
    body = b"".join(b"%05d" % number for number in range(4000))
    with connected(port, HEAD + b"first" + HEAD.replace(b" 5", b" 20000") + body) as client:
        assert answer(client, body)


@pytest.fixture
def worker():
    """A worker without its loop. Its `arrive` connects a client from an address."""
    worker = PatientWorker(0, 0, [], None, 30, Config(), None)
    worker.cfg.set("threads", THREADS)
    with DefaultSelector() as worker.poller, ExitStack() as stack:

        def arrive(address, sent=b""):
            ours, peer = map(stack.enter_context, socket.socketpair())
            conn = TConn(worker.cfg, ours, (address, 1), None)
            worker.nr_conns += 1
            worker.enqueue_req(conn)
            peer.send(sent)
            worker.wait_for_and_dispatch_events(0)
            return conn, peer

        worker.arrive = arrive
        yield worker
    worker.tmp.close()
    request_memory.reset(0)
    request_memory.reset(1)


BODY = b"Content-Length: 2000\r\n\r\n" + bytes(1000)


def test_the_newest_request_of_the_largest_client_is_dropped_first(worker, monkeypatch):
    monkeypatch.setattr(request_memory, "MOST", 3000)
    greedy, _ = worker.arrive("10.0.0.1", HEAD_WITH_SESSION + BODY)
    modest, _ = worker.arrive("10.0.0.2", HEAD_WITH_SESSION + BODY)
    newest, _ = worker.arrive("10.0.0.1", HEAD_WITH_SESSION + BODY)
    assert list(worker.arrivals) == [greedy, modest]
    assert worker.nr_conns == 2
    assert newest.sock.fileno() == -1


def test_clients_without_a_session_are_dropped_first(worker, monkeypatch):
    monkeypatch.setattr(request_memory, "MOST", 3000)
    with_session = [worker.arrive("10.0.0.1", HEAD_WITH_SESSION + BODY)[0] for _ in range(2)]
    worker.arrive("10.0.0.2", HEAD.partition(b"Content")[0] + BODY)
    assert list(worker.arrivals) == with_session


def test_requests_are_dropped_in_the_process_with_the_largest_client(worker, monkeypatch):
    monkeypatch.setattr(request_memory, "MOST", 1500)
    other = request_memory.ProcessMemory(1)
    other.take(2000)
    assert other.is_greediest(2000)
    modest, _ = worker.arrive("10.0.0.2", HEAD_WITH_SESSION + BODY)
    assert list(worker.arrivals) == [modest]
    request_memory.reset(1)
    worker.arrive("10.0.0.3", HEAD_WITH_SESSION + BODY)
    assert list(worker.arrivals) == [modest]


def test_a_process_without_requests_does_not_keep_others_from_dropping_theirs(worker, monkeypatch):
    monkeypatch.setattr(request_memory, "MOST", 1500)
    other = request_memory.ProcessMemory(1)
    worker.memory.take(3000)
    assert worker.memory.is_greediest(3000)
    worker.memory.release(3000)
    worker.murder_pending()
    other.take(2000)
    assert other.is_short
    assert other.is_greediest(2000)


def test_an_arrived_request_counts_until_it_is_answered(worker, monkeypatch):
    monkeypatch.setattr(worker, "tpool", Pool())
    conn, _ = worker.arrive("10.0.0.1", HEAD + b"photo")
    assert worker.memory.taken == len(HEAD) + 5
    finished = Future()
    finished.set_result(False)
    worker.finish_request(conn, finished)
    assert worker.memory.taken == 0


class Pool:
    """A thread pool whose tasks never finish."""

    def submit(self, *_):
        return Future()


def test_healthz_answers_200_while_threads_are_busy_and_503_once_all_are_stuck(worker, monkeypatch):
    monkeypatch.setattr(worker, "tpool", Pool())
    for _ in range(THREADS + 1):
        worker.arrive("10.0.0.1", HEAD + b"photo")
    health_check = b"GET /healthz HTTP/1.1\r\nHost: unknown\r\n\r\n"
    _, client = worker.arrive("10.0.0.1", health_check)
    assert client.recv(1000).startswith(b"HTTP/1.1 200 OK")
    monkeypatch.setattr(slow_client_worker, "STUCK_SECONDS", -1)
    _, client = worker.arrive("10.0.0.1", health_check)
    response = client.recv(1000)
    assert response.startswith(b"HTTP/1.1 503 ")
    assert response.endswith(b'{"web": "stuck"}')


def test_a_process_with_a_free_thread_is_not_stuck(worker, monkeypatch):
    monkeypatch.setattr(worker, "tpool", Pool())
    monkeypatch.setattr(slow_client_worker, "STUCK_SECONDS", -1)
    worker.arrive("10.0.0.1", HEAD + b"photo")
    _, client = worker.arrive("10.0.0.1", b"HEAD /healthz HTTP/1.1\r\n\r\n")
    assert client.recv(1000).startswith(b"HTTP/1.1 200 OK")


def test_a_far_too_large_body_is_refused_at_once(port):
    with connected(port, HEAD.replace(b" 5", b" 99999999")) as client:
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "path", [b"/", b"/account/login/", b"/screenings/new", b"/?/screenings/new/"]
)
def test_photos_are_accepted_only_at_upload_addresses(port, path):
    with connected(port, HEAD.replace(b"/ ", path + b" ", 1).replace(b" 5", b" 1000001")) as client:
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_request_with_a_too_large_photo_is_answered_without_its_body(port):
    length = body_sizes.PHOTO + 1
    with connected(port, photo_head(length), bytes(length)) as client:
        response = answer(client, b"\r\n\r\n")
        assert response.startswith(b"HTTP/1.1 200 OK")
        assert b"\r\nContent-Length: 0\r\n" in response
        assert client.recv(100) == b""


@pytest.mark.parametrize(
    ("status", "length"),
    [
        (b"411", b"Transfer-Encoding: chunked\r\n\r\n5\r\n0\r\n\r\n"),
        (b"400", b"Content-Length: 1000000000000000\r\n\r\n"),
        (b"400", b"Content-Length: 0000000000000005\r\n\r\n"),
        (b"400", b"Content-Length: +5\r\n\r\n"),
        (b"400", b"Content-Length:\r\n\r\n"),
        (b"400", b"Content-Length: 5\r\nContent-Length: 5\r\n\r\n"),
    ],
)
def test_a_body_without_a_valid_length_is_refused_at_once(port, status, length):
    with connected(port, HEAD.partition(b"Content-Length")[0] + length) as client:
        assert client.recv(100).startswith(b"HTTP/1.1 " + status)
        assert client.recv(100) == b""


def test_a_thread_does_not_wait_endlessly_for_more_bytes(port):
    with connected(port, HEAD.replace(b"/ ", b"/patience ", 1) + b"photo") as client:
        assert answer(client, b"seconds").endswith(
            b"%d seconds" % slow_client_worker.STALLED_SECONDS
        )


def test_computing_threads_yield_soon_to_the_reading_thread(port):
    with connected(port, HEAD.replace(b"/ ", b"/switch ", 1) + b"photo") as client:
        assert answer(client, b"microseconds").endswith(b"\r\n500 microseconds")


def test_a_request_whose_client_leaves_is_dropped(port):
    with connected(port, HEAD, b"ph"):
        pass
    with connected(port, HEAD + b"photo") as client:
        assert answer(client, b"photo")
