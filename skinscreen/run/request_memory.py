"""The memory of requests until they are answered, shared by all web processes."""

from mmap import mmap

MEBIBYTE = 2**20
# A hundred photos of 3 MB, with the web processes below 512 MiB.
MOST = 290 * MEBIBYTE
SLOTS = 256
# For each process: bytes in use, and those of its largest client. An anonymous mapping, made before
# the processes are forked, so that they share it.
_taken = memoryview(mmap(-1, 8 * SLOTS)).cast("Q")
_greediest = memoryview(mmap(-1, 8 * SLOTS)).cast("Q")


class Room:
    """A process's share of the memory."""

    def __init__(self, number: int) -> None:
        self._slot = number % SLOTS
        vacate(number)

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
        """Record the usage of this process's largest client. Return whether no client uses more."""
        _greediest[self._slot] = size
        return size >= max(_greediest)


def vacate(number: int) -> None:
    """Free the share of a process that has ended."""
    _taken[number % SLOTS] = _greediest[number % SLOTS] = 0
