"""gunicorn's threads, each of which is given to a request only once all of that has arrived.

Otherwise a handful of people on slow lines, or of connections that say nothing, hold every thread.
"""

import re
import socket
import struct
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

MEBIBYTE = 2**20
# Of one request, and of all that are arriving in one process; a photo has 20 MB at most.
MOST_OF_ONE, MOST_OF_ALL = 64 * MEBIBYTE, 256 * MEBIBYTE
# Longer heads are for gunicorn to refuse.
MOST_OF_HEAD = 600_000
# How long head and body may take to arrive; a body longer by a second for each so many bytes.
HEAD_SECONDS, BODY_SECONDS, SLOWEST = 10, 30, 16 * 1024
# How long an answer may wait for somebody who does not read on.
STALLED_SECONDS = 30
TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)


class Arrival:
    """A request that is still on its way."""

    def __init__(self, conn: TConn, early: bytes) -> None:
        self.conn = conn
        self.read = bytearray()
        # All its bytes; None while the head is incomplete, or where only its end tells.
        self.size: int | None = None
        self.is_chunked = False
        self.deadline = time.monotonic() + HEAD_SECONDS
        self.take(early)

    def take(self, piece: bytes) -> None:
        has_head = HEAD_END in self.read
        self.read += piece
        if not has_head and (head := self.read.find(HEAD_END)) >= 0:
            self._see(bytes(self.read[: head + len(HEAD_END)]))

    def _see(self, head: bytes) -> None:
        found = LENGTH.search(head)
        self.is_chunked = bool(CHUNKED.search(head))
        length = int(found[1]) if found else 0
        self.size = None if self.is_chunked else len(head) + length
        self.deadline = time.monotonic() + BODY_SECONDS + length / SLOWEST

    @property
    def is_whole(self) -> bool:
        if self.size is not None:
            return len(self.read) >= self.size
        if self.is_chunked:
            return self.read.endswith(b"0\r\n\r\n")
        return len(self.read) > MOST_OF_HEAD

    @property
    def is_too_large(self) -> bool:
        return max(self.size or 0, len(self.read)) > MOST_OF_ONE


class Arrived:
    """A socket, of which some bytes have been read already."""

    def __init__(self, sock: socket.socket, read: bytes) -> None:
        self._sock, self._read = sock, memoryview(read)

    def recv(self, size: int) -> bytes:
        if not self._read:
            return self._sock.recv(size)
        piece, self._read = self._read[:size], self._read[size:]
        return bytes(piece)

    def rest(self) -> bytes:
        rest, self._read = bytes(self._read), memoryview(b"")
        return rest

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class PatientWorker(ThreadWorker):
    """Reads all requests in its main thread, as their bytes come, and so waits for nobody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The oldest first.
        self.arrivals: dict[TConn, Arrival] = {}

    def enqueue_req(self, conn: TConn) -> None:
        early = conn.parser.unreader.take_buffered() if conn.parser else b""
        arrival = self.arrivals[conn] = Arrival(conn, early)
        conn.sock.settimeout(0)
        self.poller.register(conn.sock, EVENT_READ, partial(self.receive, arrival))
        if early:
            self.judge(arrival)

    def receive(self, arrival: Arrival, sock: socket.socket) -> None:
        try:
            piece = sock.recv(MEBIBYTE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self.drop(arrival)
            return
        arrival.take(piece)
        self.judge(arrival)

    def judge(self, arrival: Arrival) -> None:
        if arrival.is_too_large:
            with suppress(OSError):
                arrival.conn.sock.send(TOO_LARGE)
            self.drop(arrival)
        elif arrival.is_whole:
            self.serve(arrival)
        elif sum(len(one.read) for one in self.arrivals.values()) > MOST_OF_ALL:
            self.drop(next(iter(self.arrivals.values())))

    def serve(self, arrival: Arrival) -> None:
        conn = arrival.conn
        self.forget(arrival)
        conn.init()
        conn.data_ready = True
        conn.parser.unreader.sock = Arrived(conn.sock, bytes(arrival.read))
        # Blocking all the same, as gunicorn wants it, but not without end.
        patience = struct.pack("ll", STALLED_SECONDS, 0)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
        super().enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        if conn.parser and isinstance(arrived := conn.parser.unreader.sock, Arrived):
            # Of the next request on this connection.
            conn.parser.unreader.unread(arrived.rest())
        super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """End what takes too long; when the worker ends, also what has not begun."""
        super().murder_pending()
        now = time.monotonic()
        for arrival in list(self.arrivals.values()):
            if now > arrival.deadline or not (self.alive or arrival.read):
                self.drop(arrival)

    def drop(self, arrival: Arrival) -> None:
        self.forget(arrival)
        self.nr_conns -= 1
        arrival.conn.close()

    def forget(self, arrival: Arrival) -> None:
        del self.arrivals[arrival.conn]
        self.poller.unregister(arrival.conn.sock)
