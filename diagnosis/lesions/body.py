"""The body map: drawings of the body, divided into regions that show lesions or can be chosen."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from diagnosis.lesions.body_shapes import (
    DRAWINGS,
    PAIRED,
    PARTS,
    SITES_OF,
    WIDTH,
    Drawing,
    Shape,
)
from diagnosis.models import Lesion


class Region(NamedTuple):
    """A region as the page draws it. A region with a `part` links to the part's larger drawing."""

    label: str
    path: str
    outline: str
    is_large: bool
    is_mirrored: bool
    pin: tuple[float, float]
    lesions: int
    url: str
    site: str
    side: str
    part: str


class Figure(NamedTuple):
    drawing: Drawing
    regions: list[Region]

    @property
    def links(self) -> SafeString:
        """The regions as links to their lesions."""
        drawn = [
            _link(region) if region.lesions else _blank_link(region, get_language())
            for region in self.regions
        ]
        return format_html_join("", "{}", zip(drawn))


Places = Iterable[tuple[UUID, str, str]]
ByPlace = Mapping[tuple[str, str], list[UUID]]


def figures(places: Places = ()) -> list[Figure]:
    """Return the drawings of the body and of its enlarged parts, with each lesion in its region.

    `places` are (key, site, side). A region on the midline has the lesions of both sides.
    """
    by_place = defaultdict(list)
    for key, site, side in places:
        parts = [part for part, sites in SITES_OF.items() if site in sites]
        is_shown = side or site not in PAIRED
        for shown_site in [site, *parts] if is_shown else [site]:
            by_place[shown_site, side if shown_site in PAIRED else ""].append(key)
    return [
        Figure(
            drawing,
            [region for shape in drawing.shapes for region in _regions(shape, drawing, by_place)],
        )
        for drawing in DRAWINGS
    ]


def blank_map() -> str:
    """Return the map without lesions, for forms in which a person chooses a place."""
    return _blank_map_in(get_language())


@cache
def _blank_map_in(_language: str) -> str:
    # Cached, since rendering it takes much of the upload page's time.
    return render_to_string("lesions/_map.html", {"figures": figures(), "is_input": True})


@cache
def _blank_link(region: Region, _language: str) -> str:
    # Cached, since rendering all regions takes much of the page's time.
    return _link(region)


def _link(region: Region) -> str:
    return render_to_string("lesions/_region_link.html", {"region": region})


def unplaced(places: Places) -> int:
    """Return how many lesions are not on the map, because their site or side is unknown."""
    return sum(not site or (site in PAIRED and not side) for _, site, side in places)


def _regions(shape: Shape, drawing: Drawing, by_place: ByPlace) -> Iterator[Region]:
    """Return the region of a shape, or both regions of a pair."""
    for region in _blank_regions(shape, drawing, get_language()):
        lesions = by_place.get((shape.site, region.side))
        if lesions:
            url = region.url if region.part else _url(shape.site, region.side, lesions)
            yield region._replace(lesions=len(lesions), url=url)
        else:
            yield region


@cache
def _blank_regions(shape: Shape, drawing: Drawing, _language: str) -> tuple[Region, ...]:
    """Return the region of a shape, or both regions of a pair, without lesions.

    The person's left arm is at the viewer's right if the body is seen from the front.
    """
    if not shape.is_paired:
        return (_blank_region(shape, drawing, ""),)
    other = {"left": "right", "right": "left"}[drawing.at_left]
    return (
        _blank_region(shape, drawing, drawing.at_left),
        _blank_region(shape, drawing, other, is_mirrored=True),
    )


def _name(part: str, side: str) -> str:
    name = str(PARTS[part])
    if side:
        words = gettext("{side} {part}")
        name = words.format(side=Lesion.Side(side).label.lower(), part=name)
    return name.capitalize()


def _blank_region(
    shape: Shape, drawing: Drawing, side: str, *, is_mirrored: bool = False
) -> Region:
    x, y = shape.pin
    part = shape.site if shape.site in PARTS else ""
    return Region(
        label=_name(part, side) if part else Lesion(body_site=shape.site, side=side).place,
        path=shape.path,
        outline=drawing.outline,
        is_large=drawing.is_large,
        is_mirrored=is_mirrored,
        pin=(WIDTH - x if is_mirrored else x, y),
        lesions=0,
        url=f"#closer-{part}" if part else _url(shape.site, side, []),
        site="" if part else shape.site,
        side=side,
        part=part,
    )


def _url(site: str, side: str, lesions: list[UUID]) -> str:
    """Return a link to the only lesion, to a list of several, or to the form for a new lesion."""
    if len(lesions) == 1:
        return reverse("diagnosis:lesion", args=lesions)
    place = urlencode({"body_site": site, "side": side})
    return f"{reverse('diagnosis:lesions' if lesions else 'diagnosis:upload')}?{place}"
