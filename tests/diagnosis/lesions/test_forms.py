from diagnosis.lesions.forms import LesionForm


def test_a_side_of_nothing_is_asked_about_where_it_is_missing():
    assert set(LesionForm({"side": "left"}).errors) == {"body_site"}
