"""Skin of type IV, V or VI: a result is shown together with a clinician's reading only."""

import pytest
from django.urls import reverse

from accounts.models import SkinType
from diagnosis.models import Answers, Screening
from diagnosis.outcomes import outcomes, texts
from tests.factories import make_review


@pytest.fixture
def screening(owner, make, reviewer):
    owner.skin_type = SkinType.VI
    owner.save()
    return make("done", tier="watch")


@pytest.mark.parametrize("skin_type", ["", *SkinType])
def test_it_is_so_from_light_brown_skin_on(owner, screening, skin_type):
    owner.skin_type = skin_type
    owner.save()
    outcome = outcomes.describe(Screening.objects.get())
    assert (outcome.kind == "withheld") == (skin_type in {"IV", "V", "VI"})


def test_the_page_gives_the_reason_and_not_the_result(owner_client, screening):
    page = owner_client.get(screening.get_absolute_url()).content.decode()
    assert texts.CLINICIAN_FIRST_HEADING in page
    assert "Of 100 photos" not in page
    assert "all-clear: photograph" not in page


def test_worrying_answers_call_for_a_doctor_without_waiting_for_a_reading(screening):
    Answers.objects.create(screening=screening, bleeds=True)
    outcome = outcomes.describe(screening)
    assert outcome.kind == "urgent"
    assert outcome.heading.startswith("You told us that it bleeds")
    assert outcomes.in_a_list(screening) == texts.IN_A_LIST["urgent"]


@pytest.mark.parametrize("name", ["history", "lesions", "lesion"])
def test_no_list_tells_the_tier(owner_client, screening, name):
    address = reverse(f"diagnosis:{name}", args=[screening.lesion_id] if name == "lesion" else [])
    page = owner_client.get(address).content.decode()
    assert "Waits for a clinician" in page
    # In the history's filter it is one of the choices.
    assert f"{texts.IN_A_LIST['watch']}<" not in page.replace("</option>", "")


def test_a_filter_does_not_tell_the_tier_either(owner_client, screening):
    page = owner_client.get(reverse("diagnosis:history"), {"tier": "watch"}).content.decode()
    assert "No photo fits" in page


def test_the_result_is_shown_with_the_reading(screening, reviewer):
    make_review(screening, reviewer)
    outcome = outcomes.describe(Screening.objects.get())
    assert outcome.kind == "soon"
    assert outcome.reading == texts.VERDICT_TEXTS["soon"]
