"""The age bands by which figures are counted and shown to people."""

# Each with its lowest age, the oldest band first.
BANDS = (("60 and over", 60), ("40 to 59", 40), ("under 40", 0))


def band_of(age: float) -> str:
    """Return the band of an age in years."""
    return next(name for name, from_age in BANDS if age >= from_age)
