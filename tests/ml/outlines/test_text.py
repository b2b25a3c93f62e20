import json
from dataclasses import replace

from ml.card import Interval
from ml.outlines import text
from ml.outlines.card import Report, Times
from tests.ml.outlines.conftest import CARD

FIGURE = Interval(0.93, 0.92, 0.94)
REPORT = Report(10, {"no_lesion": 1}, dict.fromkeys(text.METRICS, FIGURE))
MEASURED = replace(
    CARD,
    reports={"test": REPORT},
    refused_others={"images": 20, "no_lesion": 19},
    refused_pairs={"images": 30, "several_lesions": 21},
    times=Times(50.0, 0.625),
)


def test_the_chapter_has_a_row_for_each_set_and_each_refusal(tmp_path):
    found = text.chapter(MEASURED, tmp_path / "none.json")
    figure = "0.930 (0.920–0.940)"
    assert found.startswith("## The outline, drawn-1")
    assert f"| test | 10 | 1 | 0 | {figure} | {figure} | {figure} |" in found
    assert "| pictures of anything else | 20 | 19 | 0 | – | – | – |" in found
    assert "| two lesions of `test` side by side | 30 | 0 | 21 | – | – | – |" in found
    assert "An outline takes 0.62 of the time" in found
    assert "square copies" not in found


def test_how_the_square_copies_are_cut_is_told_where_it_was_fitted(tmp_path):
    squares = tmp_path / "squares.json"
    squares.write_text(
        json.dumps([{"native_width": 224, "share": 0.75, "quartiles": [0.7, 0.8], "pictures": 9}])
    )
    found = text.chapter(replace(MEASURED, times=None), squares)
    assert "0.75 of pictures 224 px wide (quartiles 0.70 and 0.80, 9 pictures)" in found
    assert "An outline takes" not in found
