"""Landlock denies access to paths. On newer kernels it also denies TCP ports and signals."""

import ctypes
import os

_SET_NO_NEW_PRIVS = 38
# Two system calls, whose numbers are the same on every architecture, and a flag.
_CREATE_RULESET, _RESTRICT_SELF, _ASK_VERSION = 444, 446, 1
# By Landlock version: how many file rights exist from this version on (linux/landlock.h).
_PATH_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
_PORTS_SINCE, _SCOPES_SINCE = 4, 6


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("paths", ctypes.c_uint64),
        ("ports", ctypes.c_uint64),
        ("scopes", ctypes.c_uint64),
    )


def is_available() -> bool:
    return _version() > 0


def confine() -> None:
    """Restrict every right that this kernel knows, and grant none."""
    ctypes.CDLL(None).prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    ruleset, size = _ruleset(_version())
    descriptor = _call(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), 0)
    if descriptor < 0 or _call(_RESTRICT_SELF, descriptor, 0):
        raise OSError("The kernel refuses the Landlock rules.")
    os.close(descriptor)


def _ruleset(version: int) -> tuple[_Ruleset, int]:
    """Return all rights of a version, and the size of its ruleset attribute."""
    rights = max(count for since, count in _PATH_RIGHTS.items() if since <= version)
    ruleset, size = _Ruleset(paths=2**rights - 1), 8
    if version >= _PORTS_SINCE:
        ruleset.ports, size = 0b11, 16
    if version >= _SCOPES_SINCE:
        ruleset.scopes, size = 0b11, 24
    return ruleset, size


def _version() -> int:
    return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)


def _call(number: int, *arguments: object) -> int:
    return int(ctypes.CDLL(None).syscall(number, *arguments))
