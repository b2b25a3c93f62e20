"""A request whose bytes are still arriving, and its socket once they have arrived."""

import re
import socket
import time
from contextlib import suppress
from ipaddress import IPv6Address
from typing import Any

from gunicorn.workers.gthread import TConn

from skinscreen.run import body_sizes

# gunicorn refuses longer heads.
MOST_OF_HEAD = 600_000
# The times for the head and the body to arrive. A body gets one more second per SLOWEST bytes.
HEAD_SECONDS, BODY_SECONDS, SLOWEST = 10, 30, 16 * 1024
REFUSAL = b"HTTP/1.1 %b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
BAD_REQUEST = REFUSAL % b"400 Bad Request"
LENGTH_REQUIRED = REFUSAL % b"411 Length Required"
TOO_LARGE = REFUSAL % b"413 Content Too Large"
HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:([^\r\n]*)", re.IGNORECASE)
DIGITS = re.compile(rb"[ \t]*(\d{1,15})[ \t]*")
CONNECTION = re.compile(rb"\r\nconnection:[^\r\n]*", re.IGNORECASE)
CLOSE = b"\r\nConnection: close\r\n\r\n"
EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)
SESSION = re.compile(rb"\r\ncookie:[^\r\n]*\bsessionid=\w", re.IGNORECASE)
FORWARDED = re.compile(rb"\r\nx-forwarded-for:([^\r\n]*)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)


class Arrival:
    """A request that is still arriving."""

    def __init__(self, conn: TConn, early: bytes, proxies: int = 0) -> None:
        self.conn, self.proxies = conn, proxies
        self.received = bytearray()
        self.path = ""
        # The client's address, as our outermost trusted proxy reports it.
        self.client = ""
        # Whether the request has a session cookie. The cookie is not checked here.
        self.has_session = False
        # Length of the request. None while the head is incomplete, or if the request is refused.
        self.size: int | None = None
        # The number of bytes that arrived and were discarded.
        self.ignored = 0
        # The head of a request whose body is too large. The request is answered without the body.
        self.head_only = b""
        self.refusal: bytes | None = None
        # Whether the client waits for "100 Continue" before it sends the body.
        self.expects_continue = False
        self.begun = time.monotonic()
        self.deadline = self.begun + HEAD_SECONDS
        self.take(early)

    def take(self, piece: bytes) -> None:
        if self.head_only:
            self.ignored += len(piece)
            return
        has_head = HEAD_END in self.received
        self.received += piece
        if not has_head and (head := self.received.find(HEAD_END)) >= 0:
            self._read_head(self._without_expectation(head + len(HEAD_END)))

    def _without_expectation(self, size: int) -> bytes:
        """Return the head without "Expect", so that gunicorn sends no second "100 Continue"."""
        head, expectations = EXPECTS.subn(b"", bytes(self.received[:size]))
        self.received[:size] = head
        self.expects_continue = bool(expectations) and head.partition(b"\r\n")[0].endswith(
            b" HTTP/1.1"
        )
        return head

    def _read_head(self, head: bytes) -> None:
        lengths = LENGTH.findall(head)
        length = DIGITS.fullmatch(lengths[0] if lengths else b"0")
        if CHUNKED.search(head):
            # A chunked body's length is unknown until its end, and Django reads no such body.
            self.refusal = LENGTH_REQUIRED
        elif not length or len(lengths) > 1:
            self.refusal = BAD_REQUEST
        else:
            self.size = len(head) + int(length[1])
            self.deadline = time.monotonic() + BODY_SECONDS + int(length[1]) / SLOWEST
            self._check_size(head, int(length[1]))

    def _check_size(self, head: bytes, length: int) -> None:
        self.path, self.has_session = path_of(head), bool(SESSION.search(head))
        self.client = client_of(head, self.proxies)
        if not body_sizes.is_too_large(self.path, length, has_session=self.has_session):
            return
        if body_sizes.is_worth_an_answer(self.path, length):
            self.ignored = len(self.received)
            self.head_only = CONNECTION.sub(b"", head)[: -len(HEAD_END)] + CLOSE
            self.received.clear()
        else:
            self.refusal = TOO_LARGE

    @property
    def is_whole(self) -> bool:
        arrived = len(self.received) + self.ignored
        return arrived > MOST_OF_HEAD if self.size is None else arrived >= self.size

    @property
    def content(self) -> bytes | bytearray:
        return self.head_only or self.received

    @property
    def address(self) -> str:
        """The client's address. For IPv6, its 64-bit network: one client may own a network."""
        host = self.client or (str(self.conn.client[0]) if self.conn.client else "")
        with suppress(ValueError):
            address = IPv6Address(host)
            return str(address.ipv4_mapped or address.exploded[:19])
        return host


def path_of(head: bytes) -> str:
    """Return the path of a request, or an empty string if its first line is malformed."""
    words = head.partition(b"\r\n")[0].split(b" ")
    return words[1].partition(b"?")[0].decode("latin-1") if len(words) > 1 else ""


def client_of(head: bytes, proxies: int) -> str:
    """Return the client's address that the outermost trusted proxy reports, or an empty string."""
    hops = b",".join(FORWARDED.findall(head)).split(b",")
    return hops[-proxies].decode("latin-1").strip() if 0 < proxies <= len(hops) else ""


class BufferedSocket:
    """A socket that first returns bytes received earlier. If `is_all`, it returns no others."""

    def __init__(
        self, sock: socket.socket, received: bytes | bytearray, *, is_all: bool = False
    ) -> None:
        self._sock, self._is_all = sock, is_all
        self._received = received if isinstance(received, bytearray) else bytearray(received)

    def recv(self, size: int) -> bytes:
        if not self._received:
            return b"" if self._is_all else self._sock.recv(size)
        piece = bytes(self._received[:size])
        # Bytes are deleted once they are returned, so that a photo is not in memory twice.
        del self._received[:size]
        return piece

    def remaining(self) -> bytes:
        rest = bytes(self._received)
        self._received.clear()
        return rest

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)
