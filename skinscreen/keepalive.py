"""TCP keep-alive: detects a silent server or client sooner than after two hours.

A machine that loses its power or its network does not close its connections. Without keep-alive, a
worker waits for messages on a dead connection, and PostgreSQL keeps the locks of a dead
transaction.
"""

import socket

IDLE_SECONDS, INTERVAL_SECONDS, PROBES = 10, 5, 2
# Longer than most network faults, and no longer than a task may take.
GIVEN_UP_SECONDS = IDLE_SECONDS + PROBES * INTERVAL_SECONDS
CONNECT_SECONDS = 5
# The timeout for a database lock, which a live process may hold as well.
LOCK_SECONDS = 10

# For the client's end, libpq, and for PostgreSQL's end, which takes these settings from a client.
_SERVER = {
    "tcp_keepalives_idle": IDLE_SECONDS,
    "tcp_keepalives_interval": INTERVAL_SECONDS,
    "tcp_keepalives_count": PROBES,
    "tcp_user_timeout": GIVEN_UP_SECONDS * 1000,
    "lock_timeout": LOCK_SECONDS * 1000,
}
POSTGRES = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": IDLE_SECONDS,
    "keepalives_interval": INTERVAL_SECONDS,
    "keepalives_count": PROBES,
    "tcp_user_timeout": GIVEN_UP_SECONDS * 1000,
    "options": " ".join(f"-c {name}={value}" for name, value in _SERVER.items()),
}

_SOCKET = {
    "TCP_KEEPIDLE": IDLE_SECONDS,
    "TCP_KEEPINTVL": INTERVAL_SECONDS,
    "TCP_KEEPCNT": PROBES,
    "TCP_USER_TIMEOUT": GIVEN_UP_SECONDS * 1000,
}
# Not every system has all of these options.
REDIS = {
    "socket_keepalive": True,
    "socket_keepalive_options": {
        getattr(socket, name): value for name, value in _SOCKET.items() if hasattr(socket, name)
    },
}
