"""Shares that stand in a card with their counts, so that nobody takes few photos for many."""

from dataclasses import dataclass

from ml import wilson

# By what a card counts people: what their skin type is, and how old they are.
SKIN, AGE = "skin type (Fitzpatrick)", "age"
# Of fewer lesions or patients a share is too uncertain to be told.
FEWEST = 20


@dataclass(frozen=True)
class Share:
    """Of how many photos something is true, and of how many lesions or patients they are."""

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
        """Wilson's 95 % interval of as many photos as groups: views of one tell little more."""
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
    """How often a diagnosis came true that the network named first, and second or third.

    None: it never was.
    """

    first: Share | None
    later: Share | None

    def at(self, place: int) -> Share | None:
        """Return the share for a place among the likeliest, from 0."""
        return self.later if place else self.first
