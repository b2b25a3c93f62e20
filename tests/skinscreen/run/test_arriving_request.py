import socket
from types import SimpleNamespace

import pytest

from skinscreen.run import arriving_request, body_sizes
from skinscreen.run.arriving_request import Arrival, BufferedSocket

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n"
HEAD_WITH_SESSION = b"POST /screenings/send/ HTTP/1.1\r\nCookie: a=b; __Host-sessionid=abc\r\n"


def photo_head(length):
    return HEAD.replace(b"/ ", b"/screenings/send/?x=1 ", 1).replace(b" 5", b" %d" % length)


@pytest.mark.parametrize(
    "request_bytes",
    [
        HEAD + b"photo",
        HEAD.replace(b"Content-Length", b"content-length") + b"photo",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_a_request_is_complete_with_its_last_byte_and_not_before(request_bytes):
    arrival = Arrival(None, b"")
    for number in range(len(request_bytes)):
        assert not arrival.is_whole
        arrival.take(request_bytes[number : number + 1])
    assert arrival.is_whole


def test_an_endless_head_is_left_to_gunicorn():
    arrival = Arrival(None, b"GET / HTTP/1.1\r\n" + b"x" * arriving_request.MOST_OF_HEAD)
    assert arrival.is_whole


def test_a_longer_body_may_take_longer():
    arrival = Arrival(None, b"POST / HTTP/1.1\r\n")
    before = arrival.deadline
    arrival.take(b"Content-Length: 20000000\r\n\r\n")
    assert arrival.deadline > before + 1000


def test_bytes_already_read_come_before_those_in_the_socket():
    ours, peer = socket.socketpair()
    with ours, peer:
        arrived = BufferedSocket(ours, b"abc")
        peer.send(b"def")
        assert [arrived.recv(2) for _ in range(3)] == [b"ab", b"c", b"de"]
        assert arrived.remaining() == b""
        assert BufferedSocket(ours, b"abc").remaining() == b"abc"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(host, address):
    assert Arrival(SimpleNamespace(client=(host, 1)), b"").address == address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, b"X-Forwarded-For: 10.0.0.1", "127.0.0.1"),
        (1, b"X-Forwarded-For: 10.0.0.9, 10.0.0.1", "10.0.0.1"),
        (1, b"x-forwarded-for: 2001:db8:1:2:3::4", "2001:0db8:0001:0002"),
        (1, b"X-Forwarded-For: not:an:address", "not:an:address"),
        (2, b"X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-For: 10.0.0.9", "10.0.0.1"),
        (2, b"X-Forwarded-For: 10.0.0.1", "127.0.0.1"),
        (1, b"X-Other: 10.0.0.1", "127.0.0.1"),
    ],
)
def test_a_forwarded_address_is_used_only_behind_trusted_proxies(proxies, forwarded, address):
    arrival = Arrival(SimpleNamespace(client=("127.0.0.1", 1)), b"", proxies)
    arrival.take(HEAD.replace(b"Host", forwarded + b"\r\nHost"))
    assert arrival.address == address


def test_no_body_is_kept_for_a_photo_without_a_session():
    head = photo_head(body_sizes.MEGABYTE + 1)
    assert Arrival(None, head).head_only
    assert not Arrival(None, HEAD_WITH_SESSION + head.partition(b"\r\n")[2]).head_only


def test_the_body_of_a_too_large_photo_is_discarded():
    head = photo_head(body_sizes.PHOTO + 1)
    arrival = Arrival(None, head + b"x")
    arrival.take(bytes(body_sizes.PHOTO - 1))
    assert not arrival.is_whole
    arrival.take(b"x")
    assert (arrival.is_whole, bytes(arrival.received)) == (True, b"")
    assert arrival.content == head[:-2] + b"Connection: close\r\n\r\n"
