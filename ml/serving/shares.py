"""Shares with their counts, so that a card shows how few photos a share may be based on."""

from dataclasses import dataclass

from ml import wilson

# The factors by which a card counts people: skin type and age.
SKIN, AGE = "skin type (Fitzpatrick)", "age"
# With fewer lesions or patients, a share is too uncertain to be shown.
FEWEST = 20


@dataclass(frozen=True)
class Share:
    """A share of photos as counts, with the number of their lesions or patients."""

    hits: int
    photos: int
    groups: int

    @property
    def is_enough(self) -> bool:
        return self.groups >= FEWEST

    @property
    def value(self) -> float:
        return self.hits / self.photos

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval, as if each group had one photo: further photos add little."""
        return wilson.interval(self.groups * self.value, self.groups)

    @property
    def ends_per_100(self) -> tuple[int, int]:
        low, high = self.interval
        return round(100 * low), round(100 * high)

    @property
    def per_100(self) -> int:
        return round(100 * self.value)


@dataclass(frozen=True)
class Named:
    """How often a diagnosis was right when the network ranked it first, or second or third.

    None: the network never ranked it there.
    """

    first: Share | None
    later: Share | None

    def at(self, place: int) -> Share | None:
        """Return the share for a rank among the likeliest diagnoses, from 0."""
        return self.later if place else self.first
