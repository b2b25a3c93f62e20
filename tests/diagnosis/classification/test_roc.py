from diagnosis.classification import roc


def test_the_curve_of_a_good_model_rises_steeply():
    truth = flagged = [True, False, True, False]
    curve = roc.curve(truth, scores=[0.9, 0.2, 0.8, 0.1], flagged=flagged)
    assert curve.line == "40.0,280.0 40.0,150.0 40.0,20.0 170.0,20.0 300.0,20.0"
    assert curve.operating_point == (40.0, 20.0)


def test_the_curve_of_equal_scores_is_a_diagonal():
    curve = roc.curve([True, False], scores=[0.5, 0.5], flagged=[True, True])
    assert (curve.line, curve.operating_point) == ("40.0,280.0 300.0,20.0", (300.0, 20.0))
