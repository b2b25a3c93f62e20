from ml.features.studies.benefit import SHOWN, Benefit
from ml.report.features_chapter import chapter
from ml.serving.card import Interval


def test_a_record_is_read_back_and_the_chapter_lists_the_largest_weight_first(tmp_path):
    figures = dict.fromkeys(SHOWN, Interval(0.8, 0.7, 0.9))
    gain = Interval(-0.01, -0.02, 0.01)
    weights = {"texture_network": -0.5, "colour_count": 1.0}
    benefit = Benefit({"test": 7}, 1.0, weights, (2.0, 0.5), {"both": figures}, gain)
    benefit.write(tmp_path / "benefit.json")
    assert Benefit.read(tmp_path / "benefit.json") == benefit
    assert "add −0.010 (−0.020 to 0.010)" in chapter(benefit)
    assert chapter(benefit).index("colour_count") < chapter(benefit).index("texture_network")
