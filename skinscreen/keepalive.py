"""TCP keep-alive, which detects a lost server or client within seconds instead of two hours.

A machine that loses power or network does not close its connections. Without keep-alive, a worker
would wait for messages on a dead connection, and PostgreSQL would keep a dead transaction's locks.
"""

import socket

IDLE_SECONDS, INTERVAL_SECONDS, PROBES = 10, 5, 2
# Longer than most network faults, and no longer than a task may take.
GIVEN_UP_SECONDS = IDLE_SECONDS + PROBES * INTERVAL_SECONDS
CONNECT_SECONDS = 5
# How long a statement waits for a database lock. Keep-alive frees the locks of a dead process, but
# not those of a process that hangs.
LOCK_SECONDS = 10

# Settings for PostgreSQL's end of the connection. The client sends them as options.
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
