"""A limit on the memory of requests that are not answered yet, for all web processes together."""

from mmap import mmap

MEBIBYTE = 2**20
# Enough for a hundred photos of 3 MB, while the web processes stay below 512 MiB.
MOST = 290 * MEBIBYTE
SLOTS = 256
# For each process: the bytes in use, and the bytes of its largest client. The processes
# share these anonymous mappings, which are created before the processes are forked.
_taken = memoryview(mmap(-1, 8 * SLOTS)).cast("Q")
_greediest = memoryview(mmap(-1, 8 * SLOTS)).cast("Q")


class ProcessMemory:
    """The memory that a process uses for requests."""

    def __init__(self, number: int) -> None:
        self._slot = number % SLOTS
        reset(number)

    def take(self, size: int) -> None:
        _taken[self._slot] += size

    def release(self, size: int) -> None:
        _taken[self._slot] -= size

    @property
    def taken(self) -> int:
        return _taken[self._slot]

    @property
    def is_short(self) -> bool:
        return sum(_taken) > MOST

    def is_greediest(self, size: int) -> bool:
        """Record the size of this process's largest client. Return whether no client is larger."""
        _greediest[self._slot] = size
        return size >= max(_greediest)


def reset(number: int) -> None:
    """Set to zero the usage of a process that starts or has ended."""
    _taken[number % SLOTS] = _greediest[number % SLOTS] = 0
