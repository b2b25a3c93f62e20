from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from diagnosis.outcomes import outcomes, promise, texts
from tests.factories import serve_without_cameras

UPLOAD = reverse("diagnosis:upload")


@pytest.mark.usefixtures("reviewer")
@pytest.mark.parametrize(("days", "is_shown"), [(0, True), (6, True), (7, True), (8, False)])
def test_a_promised_day_that_is_past_is_not_shown(make, settings, days, is_shown):
    settings.READING_WITHIN = timedelta(days=7)
    screening = make("done", tier="", created_at=timezone.now() - timedelta(days=days))
    page = outcomes.describe(screening)
    assert (page.heading == texts.NOBODY_HEADING) is not is_shown
    assert (page.paragraphs[0] == texts.NOBODY_IN_TIME) is not is_shown
    assert (outcomes.in_a_list(screening) == texts.NOBODY_IN_A_LIST) is not is_shown
    assert (promise.day(screening) is not None) is is_shown


@pytest.mark.usefixtures("reviewer")
def test_no_reading_is_promised_if_the_settings_say_that_there_are_no_clinicians(make, settings):
    settings.CLINICIANS = 0
    screening = make("done", tier="")
    page = outcomes.describe(screening)
    assert (page.heading, page.paragraphs[0]) == (texts.NOBODY_HEADING, texts.NOBODY)
    assert outcomes.in_a_list(screening) == texts.NOBODY_IN_A_LIST


def test_the_upload_page_says_which_photos_get_no_answer(owner_client, settings):
    serve_without_cameras(settings)
    page = owner_client.get(UPLOAD).content.decode()
    assert "no answer for a photo taken with a phone or camera" in page
    assert "No clinician reads photos here" in page


@pytest.mark.parametrize("has_clinicians", [True, False])
def test_skin_types_without_an_answer_are_named_only_if_nobody_reads_photos(
    owner, request, has_clinicians
):
    if has_clinicians:
        request.getfixturevalue("reviewer")
    sentence = promise.for_skin(owner)
    assert (
        "for the three darkest colours, and if you do not choose, there is no answer" in sentence
    ) is (not has_clinicians)
    assert "you would get no answer" not in sentence


@pytest.mark.usefixtures("reviewer")
def test_with_a_clinician_the_upload_page_says_by_when_photos_are_read(owner_client, settings):
    serve_without_cameras(settings)
    settings.READING_WITHIN = timedelta(days=5)
    assert "A clinician reads the photo within 5 days." in owner_client.get(UPLOAD).content.decode()
