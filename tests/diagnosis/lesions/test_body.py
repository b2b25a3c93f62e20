import uuid

import pytest
from django.urls import reverse

from diagnosis.lesions import body
from diagnosis.models import Lesion

KEYS = [uuid.UUID(int=number) for number in range(3)]


def region(label, places=(), figure=0):
    (match,) = [r for r in body.figures(places)[figure].regions if r.label == label]
    return match


def test_every_site_and_side_is_on_the_map():
    sites = {(drawn.site, drawn.side) for figure in body.figures() for drawn in figure.regions}
    single = {"scalp", "face", "nose", "lip", "neck", "chest", "abdomen", "back", "genital"}
    for site in Lesion.BodySite:
        for side in ("",) if site in single else ("left", "right"):
            assert (site, side) in sites


def test_forms_share_one_drawing_of_the_map():
    drawn = body.blank_map()
    assert 'data-site="chest"' in drawn
    assert drawn is body.blank_map()


@pytest.mark.parametrize(
    ("figure", "label", "is_at_the_viewers_right"),
    [
        (0, "Left arm or shoulder", True),
        (1, "Left arm or shoulder", False),
        (2, "Left ear", True),
        (3, "Left finger", False),
        (4, "Left palm", False),
        (5, "Left toe", False),
        (6, "Left sole", False),
    ],
)
def test_left_means_the_persons_left(figure, label, is_at_the_viewers_right):
    drawing = body.figures()[figure].drawing
    assert drawing.at_left == ("right" if is_at_the_viewers_right else "left")
    pin = region(label, figure=figure).pin
    assert (pin[0] > body.WIDTH / 2) == is_at_the_viewers_right


def test_a_region_links_to_its_lesion_a_list_or_the_upload_form():
    arm, place = "Left arm or shoulder", "?body_site=arm&side=left"
    lesions = [(key, "arm", "left") for key in KEYS]
    assert region(arm).url == reverse("diagnosis:upload") + place
    assert region(arm, lesions[:1]).url == reverse("diagnosis:lesion", args=KEYS[:1])
    assert region(arm, lesions).url == reverse("diagnosis:lesions") + place
    assert region(arm, lesions).lesions == 3


def test_lesions_on_the_head_are_counted_on_the_body_and_shown_enlarged():
    places = [(KEYS[0], "lip", ""), (KEYS[1], "ear", "left"), (KEYS[2], "ear", "")]
    assert [region("Head and neck", places, figure=number).lesions for number in (0, 1)] == [2, 2]
    assert region("Head and neck", places).url == "#closer-head"
    assert region("Lip", places, figure=2).lesions == 1
    assert body.unplaced(places) == 1


@pytest.mark.parametrize(
    ("site", "part", "figure"), [("hand", "hand", 3), ("palm", "hand", 4), ("sole", "foot", 6)]
)
def test_lesions_on_a_hand_or_foot_are_counted_on_their_side_and_shown_enlarged(site, part, figure):
    places = [(KEYS[0], site, "left"), (KEYS[1], site, "")]
    assert [region(f"{side} {part}", places).lesions for side in ("Left", "Right")] == [1, 0]
    assert region(f"Left {part}").url == {"hand": "#closer-hands", "foot": "#closer-feet"}[part]
    label = Lesion(body_site=site, side="left").place
    assert region(label, places, figure=figure).lesions == 1
    assert body.unplaced(places) == 1


def test_a_lesion_counts_only_on_its_own_side():
    assert region("Right arm or shoulder", [(KEYS[0], "arm", "left")]).lesions == 0


def test_a_region_on_the_midline_has_the_lesions_of_both_sides():
    places = [(KEYS[0], "back", "left"), (KEYS[1], "back", "")]
    assert region("Back", places, figure=1).lesions == 2
    assert body.unplaced(places) == 0


@pytest.mark.parametrize("place", [("arm", ""), ("", "")])
def test_a_lesion_without_a_place_or_side_is_counted_as_unplaced(place):
    assert body.unplaced([(KEYS[0], *place), (KEYS[1], "arm", "left")]) == 1
