"""The size of a load."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Numbers of people, photos, rows and seconds."""

    people: int = 50
    senders: int = 8
    seconds: int = 30
    backlog: int = 300
    screenings: int = 10_000
    photos: int = 3_000
    rows: tuple[int, ...] = (1_000, 100_000)
    clients: tuple[int, ...] = (1, 8, 32, 128)
