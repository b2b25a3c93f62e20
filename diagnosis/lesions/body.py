"""The body map: drawings with regions, which hold lesions or receive a new one.

`templates/lesions/_drawings.html` has the drawings. A region's path is the area for a finger. It
may extend beyond the drawing, so that it is 44 pixels wide and high on a phone, and is clipped to
the drawing when shown.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from diagnosis.models import Lesion

WIDTH = 120  # of a figure, in the units of its paths; the right half mirrors the left half


class Shape(NamedTuple):
    """One region of a figure. A paired one is drawn on the viewer's left, and mirrored."""

    site: str
    path: str
    pin: tuple[float, float]
    is_paired: bool = False


# the figure with a larger head; each of the other two has a region that leads to it
CLOSER = "closer"
HEAD = Shape(CLOSER, "M40 0H80V46H40Z", (60, 13))
ARM = Shape("arm", "M44 46L39.4 70L34 96L31 124L4 118V40H44Z", (32, 82), is_paired=True)
HAND = Shape("hand", "M2 118L34 125V152H2Z", (20, 135), is_paired=True)
FOOT = Shape("foot", "M28 222H60V252H28Z", (50, 240), is_paired=True)
FRONT = (
    HEAD,
    Shape("chest", "M44 46H76L80.6 70L79 80H41L39.4 70Z", (60, 64)),
    Shape("abdomen", "M41 80H79L82 111H38Z", (60, 95)),
    Shape("leg", "M30 111H60V222H30Z", (50, 165), is_paired=True),
    Shape("genital", "M45 109H75V126L60 140L45 126Z", (60, 120)),
    ARM,
    HAND,
    FOOT,
)
BACK = (
    HEAD,
    Shape("back", "M44 46H76L80.6 70L82 111H38L39.4 70Z", (60, 78)),
    Shape("leg", "M30 111H60V222H30Z", (50, 165), is_paired=True),
    ARM,
    HAND,
    FOOT,
)
FACE = (
    Shape("face", "M26 27H94V100H26Z", (43, 72)),
    Shape("scalp", "M24 0H96V46L88 46L80 26Q60 33 41 28L32 46L24 46Z", (60, 16)),
    Shape("neck", "M14 101Q60 96 106 101V128H14Z", (60, 114)),
    Shape("ear", "M8 39H31.5V67H8Z", (28, 54), is_paired=True),
    Shape("eyelid", "M32 46a9.5 9 0 1 0 19 0a9.5 9 0 1 0-19 0Z", (44.5, 46), is_paired=True),
    Shape("nose", "M60 47Q66 54 68.5 64Q69 71 60 71Q51 71 51.5 64Q54 54 60 47Z", (60, 60)),
    Shape("lip", "M45 81a15 9 0 1 0 30 0a15 9 0 1 0-30 0Z", (60, 81)),
)
CLOSE = frozenset(shape.site for shape in FACE)
PAIRED = frozenset(shape.site for shape in (*FRONT, *BACK, *FACE) if shape.is_paired)


class Region(NamedTuple):
    """A region as the page draws it."""

    label: str
    path: str
    is_mirrored: bool
    pin: tuple[float, float]
    lesions: int
    url: str
    site: str
    side: str


class Figure(NamedTuple):
    """A figure: title, drawing, clip path, and the person's side on the viewer's left."""

    name: str
    drawing: str
    outline: str
    view: str
    at_left: str
    regions: list[Region]


Places = Iterable[tuple[UUID, str, str]]


def figures(places: Places = ()) -> list[Figure]:
    """Return front, back and head with the lesions (key, site, side) in their regions.

    A region in the middle holds the lesions of both sides.
    """
    found = defaultdict(list)
    for key, site, side in places:
        found[site, side if site in PAIRED else ""].append(key)
        if site in CLOSE and (side or site not in PAIRED):
            found[CLOSER, ""].append(key)
    body, head = "2 0 116 252", "0 0 120 128"
    return [
        Figure("Front", "front", "body", body, "right", _all(FRONT, found, mirror="left")),
        Figure("Back", "back", "body", body, "left", _all(BACK, found, mirror="right")),
        Figure("Head and neck", CLOSER, "head", head, "right", _all(FACE, found, mirror="left")),
    ]


def unplaced(places: Places) -> int:
    """Return how many lesions are on no figure, since their place or side is unknown."""
    return sum(not site or (site in PAIRED and not side) for _, site, side in places)


def _all(shapes: Iterable[Shape], found: dict[Any, list[UUID]], *, mirror: str) -> list[Region]:
    return [region for shape in shapes for region in _regions(shape, found, mirror=mirror)]


def _regions(shape: Shape, found: dict[Any, list[UUID]], *, mirror: str) -> list[Region]:
    """Return a shape's region or pair of regions.

    In the front view the left arm is on the right.
    """
    other = {"left": "right", "right": "left"}[mirror]
    sides = [(other, False), (mirror, True)] if shape.is_paired else [("", False)]
    return [_region(shape, side, found[shape.site, side], mirrored=m) for side, m in sides]


def _region(shape: Shape, side: str, lesions: list[UUID], *, mirrored: bool) -> Region:
    x, y = shape.pin
    is_head = shape.site == CLOSER
    return Region(
        label="Head and neck" if is_head else Lesion(body_site=shape.site, side=side).place,
        path=shape.path,
        is_mirrored=mirrored,
        pin=(WIDTH - x if mirrored else x, y),
        lesions=len(lesions),
        url=f"#{CLOSER}" if is_head else _url(shape.site, side, lesions),
        site="" if is_head else shape.site,
        side=side,
    )


def _url(site: str, side: str, lesions: list[UUID]) -> str:
    """Return the link to the only lesion, to a list, or to the form for a first photo."""
    if len(lesions) == 1:
        return reverse("diagnosis:lesion", args=lesions)
    place = urlencode({"body_site": site, "side": side})
    return f"{reverse('diagnosis:lesions' if lesions else 'diagnosis:upload')}?{place}"
