from diagnosis.lesions.forms import LesionForm


def test_a_side_without_a_place_is_reported_at_the_place():
    assert set(LesionForm({"side": "left"}).errors) == {"body_site"}
