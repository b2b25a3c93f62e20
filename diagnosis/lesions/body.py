"""The body map: front and back figure, made of regions that hold lesions."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from diagnosis.models import Lesion

WIDTH = 120  # of a figure, in the units of its paths; the right half is the mirrored left half


class Shape(NamedTuple):
    """One region of a figure. A paired one is drawn at the viewer's left, and mirrored."""

    site: str
    path: str
    pin: tuple[float, float]
    is_paired: bool = False


ARM = Shape("arm", "M40 45Q31 46 29 58L23 110L31 112L37 84L41 66Z", (33, 74), is_paired=True)
HAND = Shape("hand", "M22 112L31 114Q32 128 25 132Q18 130 22 112Z", (26, 122), is_paired=True)
FOOT = Shape("foot", "M46 205L56 205L56 217Q46 222 41 217Z", (49, 213), is_paired=True)
FRONT = (
    Shape("scalp", "M48 18A12 14 0 0 1 72 18Q60 12 48 18Z", (60, 10)),
    Shape("ear", "M47 19Q43 20 45 27L48 28Z", (44, 23), is_paired=True),
    Shape("face", "M48 19Q60 13 72 19Q73 34 60 37Q47 34 48 19Z", (60, 26)),
    Shape("neck", "M55 37Q60 39 65 37L66 43L54 43Z", (60, 41)),
    Shape("chest", "M42 45Q60 41 78 45L77 77L43 77Z", (60, 61)),
    Shape("abdomen", "M43 78L77 78Q75 92 78 106L42 106Q45 92 43 78Z", (60, 92)),
    Shape("genital", "M52 107L68 107L60 121Z", (60, 112)),
    Shape("leg", "M42 107L51 107L59 122L57 160L56 204L47 204L43 160Z", (50, 150), is_paired=True),
    ARM,
    HAND,
    FOOT,
)
BACK = (
    Shape("scalp", "M48 20A12 15 0 0 1 72 20Q72 34 60 36Q48 34 48 20Z", (60, 20)),
    Shape("neck", "M54 36Q60 38 66 36L67 43L53 43Z", (60, 40)),
    Shape("back", "M42 45Q60 41 78 45L76 80Q75 92 78 104L42 104Q45 92 44 80Z", (60, 72)),
    Shape("leg", "M42 105L59 105L59 122L57 160L56 204L47 204L43 160Z", (50, 150), is_paired=True),
    ARM,
    HAND,
    FOOT,
)


class Region(NamedTuple):
    """A region as the page draws it."""

    label: str
    path: str
    is_mirrored: bool
    pin: tuple[float, float]
    lesions: int
    url: str


Places = Iterable[tuple[UUID, str, str]]
PAIRED = frozenset(shape.site for shape in (*FRONT, *BACK) if shape.is_paired)


def figures(places: Places) -> list[tuple[str, list[Region]]]:
    """Return front and back with the lesions (key, site, side) pinned to their regions.

    A region about the middle holds the lesions of either side.
    """
    found = defaultdict(list)
    for key, exact_site, side in places:
        site = Lesion.PART_OF.get(exact_site, exact_site)
        found[site, side if site in PAIRED else ""].append(key)
    return [
        ("Front", [region for shape in FRONT for region in _regions(shape, found, mirror="left")]),
        ("Back", [region for shape in BACK for region in _regions(shape, found, mirror="right")]),
    ]


def unplaced(places: Places) -> int:
    """Return how many lesions are on neither figure, since their place or side is not known."""
    return sum(not site or (site in PAIRED and not side) for _, site, side in places)


def _regions(shape: Shape, found: dict[Any, list[UUID]], *, mirror: str) -> list[Region]:
    """Return a shape's region or pair; seen from the front, the left arm is at the right."""
    other = {"left": "right", "right": "left"}[mirror]
    sides = [(other, False), (mirror, True)] if shape.is_paired else [("", False)]
    return [_region(shape, side, found[shape.site, side], mirrored=m) for side, m in sides]


def _region(shape: Shape, side: str, lesions: list[UUID], *, mirrored: bool) -> Region:
    x, y = shape.pin
    return Region(
        label=Lesion(body_site=shape.site, side=side).place,
        path=shape.path,
        is_mirrored=mirrored,
        pin=(WIDTH - x if mirrored else x, y),
        lesions=len(lesions),
        url=_url(shape.site, side, lesions),
    )


def _url(site: str, side: str, lesions: list[UUID]) -> str:
    """Link to the only lesion, to a list of several, or to the form for a first photo."""
    if len(lesions) == 1:
        return reverse("diagnosis:lesion", args=lesions)
    place = urlencode({"body_site": site, "side": side})
    return f"{reverse('diagnosis:lesions' if lesions else 'diagnosis:upload')}?{place}"
