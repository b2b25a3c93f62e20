"""A WSGI application for tests of gunicorn workers, without Django."""

import socket
import struct
import sys


def app(environ, start_response):
    """Answer with the received body, or with a setting of the server.

    `/patience` answers with the socket's receive timeout, `/switch` with the interval at which
    Python switches threads. The answer of `/fault` ends in the middle.
    """
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/patience":
        patience = environ["gunicorn.socket"].getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16)
        body = b"%d seconds" % struct.unpack("ll", patience)[0]
    if environ["PATH_INFO"] == "/switch":
        body = b"%d microseconds" % (1e6 * sys.getswitchinterval())
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return halfway(body) if environ["PATH_INFO"] == "/fault" else [body]


def halfway(body):
    yield body[:2]
    raise RuntimeError("The answer ends here.")
