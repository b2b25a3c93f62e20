from diagnosis.lesions.forms import LesionForm


def test_a_side_without_a_body_site_is_an_error_of_the_body_site_field():
    assert set(LesionForm({"side": "left"}).errors) == {"body_site"}
