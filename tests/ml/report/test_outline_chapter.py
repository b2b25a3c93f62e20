from dataclasses import replace

from ml.report import outline_chapter
from ml.segmentation.outline_card import Report, Times
from ml.serving.card import Interval
from tests.ml.outlining import CARD

FIGURE = Interval(0.93, 0.92, 0.94)
REPORT = Report(10, {"no_lesion": 1}, dict.fromkeys(outline_chapter.METRICS, FIGURE))
MEASURED = replace(
    CARD,
    reports={"test": REPORT},
    refused_others={"images": 20, "no_lesion": 19},
    refused_pairs={"images": 30, "several_lesions": 21},
    times=Times(50.0, 0.625),
)


def test_the_chapter_has_a_row_for_each_set_and_each_refusal():
    text = outline_chapter.chapter(MEASURED)
    figure = "0.930 (0.920–0.940)"
    assert text.startswith("## The outline, drawn-1")
    assert f"| test | 10 | 1 | 0 | {figure} | {figure} | {figure} |" in text
    assert "| pictures of other things | 20 | 19 | 0 | – | – | – |" in text
    assert "| two lesions of `test` side by side | 30 | 0 | 21 | – | – | – |" in text
    assert "An outline takes 0.62 of the time" in text
    assert "square copies" not in text
