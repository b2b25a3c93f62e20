"""A seccomp filter that allows what decoding needs, and refuses every other system call."""

import ctypes
import errno
import os
import platform
import struct

_SET_NO_NEW_PRIVS = 38
_SET_FILTER, _ACTION_AVAILABLE, _ALL_THREADS = 1, 2, 1
_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
REFUSED = _ERRNO | errno.EPERM

# The architectures of linux/audit.h. The call numbers below are in the same order.
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Calls for open files, memory, threads, signal handlers, time, random numbers, and the end of the
# process.
ALLOWED = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "lseek": (8, 62),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "brk": (12, 214),
    "madvise": (28, 233),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "restart_syscall": (219, 128),
    "setitimer": (38, 103),
    "futex": (202, 98),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "getrandom": (318, 278),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
# Allowed only with certain arguments.
JUDGED = {"mmap": (9, 222), "mprotect": (10, 226), "clone": (56, 220), "tgkill": (234, 131)}
# The call that sets the filter, and a call that fails as if the kernel did not have it.
OTHERS = {"seccomp": (317, 277), "clone3": (435, 435)}
_CLONE_THREAD, _PROT_EXEC = 0x10000, 4

# Classic BPF opcodes: load a word, test it for equality or for a bit, and return. A test
# says how many instructions to skip if it holds, and how many if not.
_LOAD, _IS, _HAS, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16

Instruction = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def is_available() -> bool:
    machine = platform.machine()
    if machine not in MACHINES:
        return False
    action = ctypes.c_uint32(_KILL)
    return _seccomp(_ACTION_AVAILABLE, 0, ctypes.byref(action)) == 0


def confine() -> None:
    """Install the filter for all threads of this process, for good."""
    ctypes.CDLL(None).prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    instructions = program(platform.machine(), os.getpid())
    packed = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
    if _seccomp(_SET_FILTER, _ALL_THREADS, ctypes.byref(_Program(len(instructions), packed))):
        raise OSError("The kernel refuses the seccomp filter.")


def _seccomp(*arguments: object) -> int:
    call = OTHERS["seccomp"][list(MACHINES).index(platform.machine())]
    return int(ctypes.CDLL(None).syscall(call, *arguments))


def program(machine: str, process: int) -> list[Instruction]:
    """Return the filter.

    A call that is not allowed fails. A call of another architecture ends the process.
    """
    column = list(MACHINES).index(machine)
    mmap, mprotect, clone, tgkill = (numbers[column] for numbers in JUDGED.values())
    return [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_IS, 1, 0, MACHINES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        *(line for numbers in ALLOWED.values() for line in _if_is(numbers[column], _ALLOW)),
        # No executable memory, no new processes except threads, no signals to other processes.
        *_if_argument(mmap, 2, (_HAS, _PROT_EXEC), REFUSED, _ALLOW),
        *_if_argument(mprotect, 2, (_HAS, _PROT_EXEC), REFUSED, _ALLOW),
        *_if_argument(clone, 0, (_HAS, _CLONE_THREAD), _ALLOW, REFUSED),
        *_if_argument(tgkill, 0, (_IS, process), _ALLOW, REFUSED),
        # The flags of clone3 are in memory, which a filter cannot read. If clone3 does not exist,
        # the C library uses clone.
        *_if_is(OTHERS["clone3"][column], _ERRNO | errno.ENOSYS),
        (_RETURN, 0, 0, REFUSED),
    ]


def _if_is(number: int, action: int) -> list[Instruction]:
    return [(_IS, 0, 1, number), (_RETURN, 0, 0, action)]


def _if_argument(
    number: int, index: int, test: tuple[int, int], action: int, otherwise: int
) -> list[Instruction]:
    """Check the lower 32 bits of a call's argument, which both architectures store first."""
    comparison, operand = test
    return [
        (_IS, 0, 4, number),
        (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * index),
        (comparison, 0, 1, operand),
        (_RETURN, 0, 0, action),
        (_RETURN, 0, 0, otherwise),
    ]
