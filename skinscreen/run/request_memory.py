"""How much memory requests take until they are answered, in all web processes together."""

from mmap import mmap

MEBIBYTE = 2**20
# A hundred photos of 3 MB, while the web processes stay under 512 MiB.
MOST = 290 * MEBIBYTE
SLOTS = 256
# Of each process what it takes, and what its greediest address does. Made before the processes are,
# so that they share it; it has no name.
_taken = memoryview(mmap(-1, 8 * SLOTS)).cast("Q")
_greediest = memoryview(mmap(-1, 8 * SLOTS)).cast("Q")


class Room:
    """What one of the processes takes of it."""

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
        """Say what this process's greediest address takes: whether that is more than any other."""
        _greediest[self._slot] = size
        return size >= max(_greediest)


def vacate(number: int) -> None:
    """Forget what a process took that is not there any more."""
    _taken[number % SLOTS] = _greediest[number % SLOTS] = 0
