"""gunicorn's threaded worker, but a request gets a thread only after it has arrived completely.

Otherwise a few slow or silent clients would occupy every thread. `/healthz` is answered without a
thread (see ADR 17).
"""

import socket
import struct
import sys
import time
from collections import Counter
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from skinscreen.environment import env
from skinscreen.run.arriving_request import Arrival, BufferedSocket
from skinscreen.run.request_memory import MEBIBYTE, ProcessMemory

# How long an answered client may take to close its connection.
LEAVING_SECONDS = 2
# How long a thread waits for a client that has stopped reading or writing.
STALLED_SECONDS = 30
# Threads count as stuck if all are busy and none has finished a request for this time.
STUCK_SECONDS = 60
# The interpreter's switch interval: how long a computing thread keeps other threads waiting.
SWITCH_SECONDS = 0.0005
# If memory is short, each byte of a client without a session counts this many times.
STRANGER_WEIGHT = 10
ALIVE = (
    b"HTTP/1.1 %b\r\nConnection: close\r\nContent-Type: application/json\r\n"
    b"Cache-Control: no-store\r\nContent-Length: %d\r\n\r\n%b"
)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class PatientWorker(ThreadWorker):
    """Reads all requests in its main thread, without blocking."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Requests that are still arriving, the oldest first.
        self.arrivals: dict[TConn, Arrival] = {}
        # The sizes of requests that have arrived and are not answered yet.
        self.arrived: dict[TConn, int] = {}
        # The deadlines of answered connections whose clients have not closed them yet.
        self.leaving: dict[TConn, float] = {}
        self.finished_at = time.monotonic()
        self.memory = ProcessMemory(self.age)
        self.proxies = env.trusted_proxies()

    def init_process(self) -> None:
        # By default, each read would wait 5 ms for a computing thread, and with a hundred
        # connections /healthz would take seconds.
        sys.setswitchinterval(SWITCH_SECONDS)
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        early = conn.parser.unreader.take_buffered() if conn.parser else b""
        arrival = self.arrivals[conn] = Arrival(conn, early, self.proxies)
        conn.sock.settimeout(0)
        self.poller.register(conn.sock, EVENT_READ, partial(self.receive, arrival))
        if early:
            self.memory.take(len(arrival.received))
            self.judge(arrival)

    def receive(self, arrival: Arrival, sock: socket.socket) -> None:
        if self.arrivals.get(arrival.conn) is not arrival:
            # When another socket of the same poll was read, this request was dropped to make room.
            return
        try:
            piece = sock.recv(MEBIBYTE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self.drop(arrival)
            return
        before = len(arrival.received)
        arrival.take(piece)
        self.memory.take(len(arrival.received) - before)
        self.judge(arrival)

    def judge(self, arrival: Arrival) -> None:
        if arrival.refusal:
            with suppress(OSError):
                arrival.conn.sock.send(arrival.refusal)
            self.drop(arrival)
        elif arrival.is_whole:
            self.answer_alive(arrival) if arrival.path == "/healthz" else self.serve(arrival)
        else:
            self.send_continue(arrival)
            self.make_room()

    def make_room(self) -> None:
        """If memory is short, drop the newest request of the client that uses the most memory.

        If another process has that client's requests, that process drops one of them.
        """
        while self.memory.is_short and self.arrivals:
            usage = Counter[str]()
            for arrival in self.arrivals.values():
                usage[arrival.address] += len(arrival.received) * (
                    1 if arrival.has_session else STRANGER_WEIGHT
                )
            newest_first = reversed(self.arrivals.values())
            greediest = max(newest_first, key=lambda arrival: usage[arrival.address])
            if not self.memory.is_greediest(usage[greediest.address]):
                return
            self.drop(greediest)
        if not self.arrivals:
            # Otherwise the other processes would drop nothing, and wait for this one.
            self.memory.is_greediest(0)

    def answer_alive(self, arrival: Arrival) -> None:
        stuck = self.is_stuck
        status, word = (b"503 Service Unavailable", "stuck") if stuck else (b"200 OK", "ok")
        body = b'{"web": "%b"}' % word.encode()
        with suppress(OSError):
            arrival.conn.sock.send(ALIVE % (status, len(body), body))
        self.drop(arrival)

    @property
    def is_stuck(self) -> bool:
        """Return whether every thread has been busy for a minute without finishing a request."""
        is_busy = len(self.arrived) >= self.cfg.threads
        return is_busy and time.monotonic() - self.finished_at > STUCK_SECONDS

    def send_continue(self, arrival: Arrival) -> None:
        if arrival.expects_continue:
            arrival.expects_continue = False
            with suppress(OSError):
                arrival.conn.sock.send(CONTINUE)

    def serve(self, arrival: Arrival) -> None:
        conn = arrival.conn
        self.forget(arrival)
        if len(self.arrived) < self.cfg.threads:
            self.finished_at = time.monotonic()  # a thread is free
        self.arrived[conn] = len(arrival.received)
        conn.init()
        conn.data_ready = True
        conn.parser.unreader.sock = BufferedSocket(
            conn.sock, arrival.content, is_all=bool(arrival.head_only)
        )
        # Blocking, as gunicorn expects, but with a timeout.
        patience = struct.pack("ll", STALLED_SECONDS, 0)
        for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            conn.sock.setsockopt(socket.SOL_SOCKET, option, patience)
        super().enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        self.memory.release(self.arrived.pop(conn, 0))
        self.finished_at = time.monotonic()
        if conn.parser and isinstance(arrived := conn.parser.unreader.sock, BufferedSocket):
            # gunicorn has read ahead into the next request on this connection.
            ahead = conn.parser.unreader.take_buffered()
            conn.parser.unreader.unread(ahead + arrived.remaining())
        if not fs.cancelled() and not fs.exception() and fs.result():
            super().finish_request(conn, fs)
        else:
            self.leave(conn)

    def leave(self, conn: TConn) -> None:
        """Close a connection, but first let its client close it, so that no answer is cut off.

        gunicorn would wait for the client here, and so stop all reads.
        """
        self.leaving[conn] = time.monotonic() + LEAVING_SECONDS
        try:
            conn.sock.settimeout(0)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self.ignore, conn))
        except OSError:  # the client has left, or gunicorn has closed the socket
            self.close(conn)

    def ignore(self, conn: TConn, sock: socket.socket) -> None:
        with suppress(OSError):
            if sock.recv(MEBIBYTE):
                return
        self.close(conn)

    def close(self, conn: TConn) -> None:
        del self.leaving[conn]
        with suppress(KeyError, ValueError):
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Drop requests and close connections that take too long.

        If the worker is ending, empty requests get only 2 s.
        """
        super().murder_pending()
        self.make_room()
        now = time.monotonic()
        for arrival in list(self.arrivals.values()):
            is_empty = not (self.alive or arrival.content)
            # A request whose first bytes are not read yet is empty, too.
            deadline = arrival.begun + STOP_KEEPALIVE_LINGER if is_empty else arrival.deadline
            if now > deadline:
                self.drop(arrival)
        for conn in [conn for conn, deadline in self.leaving.items() if now > deadline]:
            self.close(conn)

    def drop(self, arrival: Arrival) -> None:
        self.forget(arrival)
        self.memory.release(len(arrival.received))
        self.nr_conns -= 1
        arrival.conn.close()

    def forget(self, arrival: Arrival) -> None:
        del self.arrivals[arrival.conn]
        self.poller.unregister(arrival.conn.sock)
