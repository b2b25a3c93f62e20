import html
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from diagnosis.measurement import description, texts
from diagnosis.models import Measurement, Registration, Screening
from diagnosis.review import claims
from diagnosis.review import services as reviewing
from tests.factories import make_measurement, make_registration, make_review, make_screening


@pytest.fixture
def done(make):
    return make("done", tier="watch", readings_due=1)


def page(client, screening, name="detail"):
    return client.get(reverse(f"diagnosis:{name}", args=[screening.pk]))


def ago(**delta):
    return timezone.now() - timedelta(**delta)


def test_the_page_says_that_the_photo_is_being_measured_and_polls(owner_client, make):
    screening = make("done", tier="watch", measure_at=timezone.now(), finished_at=timezone.now())
    text = page(owner_client, screening).text
    assert str(texts.BUSY) in text
    assert reverse("diagnosis:measured", args=[screening.pk]) in text


def test_the_page_stops_polling_after_a_while(owner_client, make):
    screening = make("done", tier="watch", measure_at=timezone.now(), finished_at=ago(minutes=5))
    text = page(owner_client, screening).text
    assert str(texts.LATE) in text
    assert reverse("diagnosis:measured", args=[screening.pk]) not in text


def test_a_failed_measurement_is_mentioned_beside_the_result(owner_client, make):
    screening = make("done", tier="watch", measure_attempts=3)
    text = page(owner_client, screening).text
    assert str(texts.FAILED) in text
    assert "Not an all-clear" in text


@pytest.mark.parametrize("status", ["pending", "running", "refused", "failed"])
def test_measurements_are_not_mentioned_without_a_result(make, status):
    assert not description.describe(make(status)).is_shown


def test_the_page_of_a_photo_that_was_never_measured_has_no_measurements(done):
    assert not description.describe(done).is_shown


def test_the_saliency_map_is_drawn_and_called_no_proof(owner_client, done):
    make_measurement(done, overlay=b"png")
    text = page(owner_client, done).text
    assert str(texts.LOOKED) in text
    assert str(texts.LOOKED_LABEL) in text
    assert str(texts.NOTE) in text
    assert page(owner_client, done, "looked").getvalue() == b"png"


def test_a_page_without_a_saliency_map_says_that_the_model_can_miss_melanoma(owner_client, done):
    make_measurement(done)
    text = page(owner_client, done).text
    assert str(texts.LOOKED_NOWHERE) in text
    assert page(owner_client, done, "looked").status_code == 404


def test_the_last_poll_brings_the_measurements(owner_client, make, done):
    make_measurement(done, overlay=b"png")
    assert 'hx-swap-oob="true"' in page(owner_client, done, "status").text
    assert "measured" not in page(owner_client, make("running"), "status").text


def test_a_clinician_sees_measurements_only_after_entering_an_impression(client, done, reviewer):
    make_measurement(done, overlay=b"png")
    client.force_login(reviewer)
    assert page(client, done, "looked").status_code == 404
    reviewing.form_impression(done, by=reviewer, finding="unsure")
    assert page(client, done, "looked").getvalue() == b"png"


def test_a_clinician_sees_measurements_at_once_without_blind_reading(
    client, done, reviewer, settings
):
    settings.IS_BLIND_FIRST = False
    make_measurement(done, overlay=b"png")
    client.force_login(reviewer)
    assert page(client, done, "looked").getvalue() == b"png"


def test_measurements_are_withheld_with_the_result(client, owner, reviewer, jpeg):
    owner.skin_type = "VI"
    owner.save()
    screening = make_screening(owner, jpeg, "done", tier="watch")
    make_measurement(screening, overlay=b"png")
    client.force_login(owner)
    assert page(client, screening, "looked").status_code == 404
    assert str(texts.LOOKED) not in page(client, screening).text
    make_review(screening, reviewer)
    assert page(client, screening, "looked").getvalue() == b"png"
    assert str(texts.LOOKED) in page(client, screening).text


FIGURES = {
    "asymmetry_score": 1,
    "asymmetry_shape": 0.2,
    "border_compactness": 1.8,
    "border_abrupt_segments": 3,
    "colour_variegation": 14,
    "colour_red": 0.1,
    "colour_dark_brown": 0.9,
    "area_share": 0.2,
    "diameter_share": 0.5,
}
PERCENTILES = {"asymmetry_shape": 87, "border_compactness": 12, "colour_variegation": 55}
OUTLINE = [[0.25, 0.25], [0.75, 0.25], [0.5, 0.75]]
AXES = [[[0.25, 0.5], [0.75, 0.5]], [[0.5, 0.2], [0.5, 0.8]]]


def measure(screening, **figures):
    return make_measurement(
        screening,
        confidence=0.9,
        outline=OUTLINE,
        axes=AXES,
        figures=FIGURES | figures,
        percentiles=PERCENTILES,
    )


def text_of(response):
    return " ".join(html.unescape(response.text).split())


def test_each_abcd_letter_has_a_plain_sentence(owner_client, done):
    measure(done)
    text = text_of(page(owner_client, done))
    assert "asymmetric about one of its two axes" in text
    assert "harmless" not in text.replace("does not mean that a spot is harmless", "")
    assert "ends abruptly in 3 of 8 segments" in text
    assert "2 of the six colours that dermatologists count: red and dark brown" in text
    assert str(texts.NO_DIAMETER) in text


@pytest.mark.parametrize(
    ("score", "axes"), [(0, "neither of its two axes"), (2, "both of its axes")]
)
def test_the_number_of_asymmetric_axes_is_put_into_words(owner_client, done, score, axes):
    measure(done, asymmetry_score=score)
    assert f"It is asymmetric about {axes}." in text_of(page(owner_client, done))


def test_outline_and_axes_are_drawn_in_pixels_of_the_photo(owner_client, done):
    measure(done)
    text = page(owner_client, done).text
    wide, high = done.width, done.height
    assert f'points="{wide / 4},{high / 4} {wide * 0.75},{high / 4} ' in text
    assert f'x1="{wide / 4}" y1="{high / 2}"' in text


def test_only_a_scale_gives_millimetres(owner_client, done):
    measure(done)
    Screening.objects.update(mm_per_px=0.1)
    assert f"about {done.width * 0.05:.1f} mm across" in text_of(page(owner_client, done))


def test_photos_from_a_phone_are_called_a_poor_comparison(owner_client, done):
    measure(done)
    assert str(texts.OTHER_CAMERA) not in text_of(page(owner_client, done))
    Screening.objects.update(capture="camera")
    assert str(texts.OTHER_CAMERA) in text_of(page(owner_client, done))


@pytest.mark.parametrize("fault", Measurement.Fault.values)
def test_the_page_says_why_a_photo_has_no_measurements(owner_client, done, fault):
    make_measurement(done, fault=fault)
    assert str(texts.FAULTS[fault]) in text_of(page(owner_client, done))


@pytest.fixture
def earlier(make, done):
    """An earlier photo of the spot, taken three days before the photo `done`."""
    earlier = make("done", tier="watch", lesion=done.lesion, created_at=ago(days=3))
    Screening.objects.filter(pk=done.pk).update(created_at=timezone.now())
    return earlier


def test_a_change_is_described_with_its_uncertainty(owner_client, earlier, done):
    measure(earlier)
    measure(done, area_share=0.236, colour_black=0.2, colour_red=0)
    make_registration(done, earlier, 1.38, 1.25, 1.52)
    text = text_of(page(owner_client, done))
    assert "it looks larger (area +38 %, between +25 and +52 %); one new colour (black)" in text
    assert "one colour fewer (red)" in text
    assert str(texts.CHANGE_NOTE) in text


@pytest.mark.parametrize(
    ("growth", "words"),
    [((1.03, 0.88, 1.2), texts.NO_LARGER), ((0.7, 0.6, 0.82), texts.SMALLER)],
)
def test_the_absence_of_growth_is_described_without_reassurance(
    owner_client, earlier, done, growth, words
):
    measure(earlier)
    measure(done)
    make_registration(done, earlier, *growth)
    text = text_of(page(owner_client, done))
    assert words.partition(" (")[0] in text
    assert str(texts.CHANGE_NOTE) in text


@pytest.mark.parametrize("is_tried", [True, False])
def test_without_scale_or_matching_skin_no_size_is_compared(owner_client, earlier, done, is_tried):
    measure(earlier)
    measure(done, area_share=0.5)
    if is_tried:
        Registration.objects.create(
            screening=done, before=earlier, version="test-1", fault="unsure"
        )
    text = text_of(page(owner_client, done))
    assert "area" not in text
    assert str(texts.SAME_COLOURS) in text
    assert (str(texts.NOT_REGISTERED) in text) == is_tried


def test_photos_of_different_kinds_are_not_compared(owner_client, earlier, done):
    measure(earlier)
    measure(done)
    Screening.objects.filter(pk=earlier.pk).update(capture="camera")
    text = text_of(page(owner_client, done))
    assert "was taken in another way" in text
    assert "area" not in text


def test_figures_of_another_version_are_not_compared(owner_client, earlier, done):
    measure(earlier)
    Measurement.objects.update(version="older")
    measure(done)
    assert "Since the photo of" not in text_of(page(owner_client, done))


def test_a_case_shows_figures_only_after_the_clinicians_impression(client, done, reviewer):
    measure(done)
    claims.claim(done, by=reviewer)
    client.force_login(reviewer)
    assert "non-melanoma spots" not in page(client, done, "case").text
    reviewing.form_impression(done, by=reviewer, finding="unsure")
    text = page(client, done, "case").text
    assert "more uneven than that of 87 of 100 non-melanoma spots in our training pictures" in text
    assert reverse("diagnosis:scale", args=[done.pk]) not in text
