import re

import pytest
from django.urls import reverse

MARKED = re.compile(r'aria-current="(page|true)">([^<]+)<')


@pytest.mark.parametrize(
    ("name", "marked"),
    [
        ("diagnosis:lesions", [("page", "Spots")]),
        ("diagnosis:lesion", [("true", "Spots")]),
        ("accounts:settings", [("page", "Account")]),
        ("accounts:skin", [("true", "Account")]),
        ("privacy", []),
    ],
)
def test_the_header_marks_the_current_page_or_its_section(owner_client, screening, name, marked):
    args = [screening.lesion_id] if name == "diagnosis:lesion" else []
    page = owner_client.get(reverse(name, args=args)).text
    assert MARKED.findall(page) == marked
