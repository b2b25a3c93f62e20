import pytest

from diagnosis.rules import spreadsheet


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_text_becomes_a_formula(start):
    assert spreadsheet.write([[f"{start}1+1"]]).lstrip('"').startswith(f"'{start}")


def test_numbers_stay_numbers():
    assert spreadsheet.write([["what", -0.5, 3, ""]]) == "what,-0.5,3,\r\n"
