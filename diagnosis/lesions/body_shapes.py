"""The drawings of the body map and their regions, in the units of the SVG paths.

`templates/lesions/_drawings.html` has the lines of the drawings. A region is a target for a finger,
so it is at least 44 pixels wide and high on a phone. To be large enough, it may reach beyond the
body; its visible part is clipped to the body.
"""

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

WIDTH = 120  # width of a drawing; its right half is the mirrored left half


class Shape(NamedTuple):
    """A region of a drawing. A paired region is given for the viewer's left, and mirrored."""

    site: str
    path: str
    pin: tuple[float, float]
    is_paired: bool = False


class Drawing(NamedTuple):
    """A drawing without its lesions."""

    name: "StrOrPromise"
    key: str  # key of its lines in the template
    outline: str  # key of the outline in the template to which regions are clipped
    view: str  # the SVG's viewBox
    sides: tuple[int, int, int]  # x of the left and of the right label, and their y
    at_left: str  # the person's side at the viewer's left
    shapes: tuple[Shape, ...]
    part: str = ""  # the part of the body that is enlarged; empty for the whole body

    @property
    def is_large(self) -> bool:
        return bool(self.part)


# Parts of the body with drawings of their own. The whole body has a region for each part.
HEAD, HANDS, FEET = "head", "hands", "feet"
PARTS = {HEAD: _("head and neck"), HANDS: _("hand"), FEET: _("foot")}
EXTREMITIES = (
    Shape("arm", "M44 46L39.4 70L34 96L31 124L4 118V40H44Z", (32, 82), is_paired=True),
    Shape(HANDS, "M2 118L34 125V152H2Z", (20, 135), is_paired=True),
    Shape(FEET, "M28 222H60V252H28Z", (50, 240), is_paired=True),
    Shape(HEAD, "M40 0H80V46H40Z", (60, 13)),
)
LEG = Shape("leg", "M30 111H60V222H30Z", (50, 165), is_paired=True)
BODY = ("body", "2 0 116 252", (24, 96, 22))
FRONT = Drawing(
    _("Front"),
    "front",
    *BODY,
    "right",
    (
        Shape("chest", "M44 46H76L80.6 70L79 80H41L39.4 70Z", (60, 64)),
        Shape("abdomen", "M41 80H79L82 111H38Z", (60, 95)),
        LEG,
        Shape("genital", "M45 109H75V126L60 140L45 126Z", (60, 120)),
        *EXTREMITIES,
    ),
)
BACK = Drawing(
    _("Back"),
    "back",
    *BODY,
    "left",
    (Shape("back", "M44 46H76L80.6 70L82 111H38L39.4 70Z", (60, 78)), LEG, *EXTREMITIES),
)
FACE = Drawing(
    _("Head and neck"),
    "face",
    "head",
    "0 0 120 128",
    (16, 104, 22),
    "right",
    (
        Shape("face", "M26 27H94V100H26Z", (43, 72)),
        Shape("scalp", "M24 0H96V46L88 46L80 26Q60 33 41 28L32 46L24 46Z", (60, 16)),
        Shape("neck", "M14 101Q60 96 106 101V128H14Z", (60, 114)),
        Shape("ear", "M8 39H31.5V67H8Z", (28, 54), is_paired=True),
        Shape("eyelid", "M32 46a9.5 9 0 1 0 19 0a9.5 9 0 1 0-19 0Z", (44.5, 46), is_paired=True),
        Shape("nose", "M60 47Q66 54 68.5 64Q69 71 60 71Q51 71 51.5 64Q54 54 60 47Z", (60, 60)),
        Shape("lip", "M45 81a15 9 0 1 0 30 0a15 9 0 1 0-30 0Z", (60, 81)),
    ),
    HEAD,
)
# Hands and feet, seen so that the left hand or foot is at the left.
LARGE = ("0 -10 120 138", (30, 90, -3), "left")
BACKS_OF_HANDS = Drawing(
    _("Backs of the hands"),
    "backs-of-hands",
    "hands",
    *LARGE,
    (
        Shape("fingernail", "M2 2H58V30H19V44H2ZM49 58H60V74H49Z", (33, 19), is_paired=True),
        Shape("finger", "M2 44H19V30H58V58H49V74H60V92H50V64H2Z", (33, 44), is_paired=True),
        Shape("back of hand", "M2 64H50V92H60V102H2Z", (29, 82), is_paired=True),
        Shape("hand", "M2 102H60V128H2Z", (28, 113), is_paired=True),
    ),
    HANDS,
)
PALMS = Drawing(
    _("Palms"),
    "palms-of-hands",
    "palms",
    *LARGE,
    (
        Shape("finger", "M58 2H2V92H10V64H58Z", (27, 38), is_paired=True),
        Shape("palm", "M58 64H10V92H2V128H58Z", (31, 84), is_paired=True),
    ),
    HANDS,
)
TOPS_OF_FEET = Drawing(
    _("Tops of the feet"),
    "tops-of-feet",
    "feet",
    *LARGE,
    (
        Shape("toenail", "M2 22L30 2H60V25H36L2 44Z", (44, 17), is_paired=True),
        Shape("toe", "M2 44L36 25H60V46H40L2 64Z", (30, 38), is_paired=True),
        Shape("top of foot", "M2 64L40 46H60V100H2Z", (31, 74), is_paired=True),
        Shape("foot", "M2 100H60V128H2Z", (32, 112), is_paired=True),
    ),
    FEET,
)
SOLES = Drawing(
    _("Soles"),
    "soles-of-feet",
    "feet",
    *LARGE,
    (
        Shape("toe", "M2 22L30 2H60V46H40L2 64Z", (44, 27), is_paired=True),
        Shape("sole", "M2 64L40 46H60V128H2Z", (31, 80), is_paired=True),
    ),
    FEET,
)
DRAWINGS = (FRONT, BACK, FACE, BACKS_OF_HANDS, PALMS, TOPS_OF_FEET, SOLES)
PAIRED = {shape.site for drawing in DRAWINGS for shape in drawing.shapes if shape.is_paired}
SITES_OF = {
    part: {shape.site for drawing in DRAWINGS if drawing.part == part for shape in drawing.shapes}
    for part in PARTS
}
