from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import AuditEntry, Impression, Review
from diagnosis.review import reader_statistics, stored_counts
from tests.factories import make_histology, make_review, make_user

NOW = timezone.now()
TODAY = timezone.localdate()
PAGE, CSV = reverse("diagnosis:figures"), reverse("diagnosis:figures_csv")


@pytest.fixture
def make_case(make, reviewer):
    """Make a screening whose readings begin the given number of hours after it was sent."""
    readers = [reviewer, make_user("rolf@example.org")]

    def build(
        *verdicts, tier="urgent", impressions=(), hours=1, sent=NOW - timedelta(days=9), **fields
    ):
        screening = make("done", tier=tier, created_at=sent, **fields)
        time = sent + timedelta(hours=hours)
        for reader, verdict in zip(readers, verdicts, strict=False):
            review = make_review(screening, reader, verdict)
            Review.objects.filter(pk=review.pk).update(reviewed_at=time)
            time += timedelta(minutes=1)
        for reader, finding in zip(readers, impressions, strict=False):
            kept = Impression.objects.create(screening=screening, formed_by=reader, finding=finding)
            Impression.objects.filter(pk=kept.pk).update(formed_at=time)
            time += timedelta(minutes=1)
        return screening

    return build


def measure(since=None, until=None):
    return reader_statistics.measure(stored_counts.of(since=since, until=until))


def counts(lines):
    return {line.label: (line.hits, line.of) for line in lines}


def test_waiting_is_counted_by_tier_until_the_first_reading(make_case):
    make_case("refer", "refer", hours=0.9)
    make_case("agree", tier="watch", hours=30)
    make_case(tier="watch")
    make_case(tier="elevated")
    make_case("refer", tier="")
    make_case(tier="lower")
    expected = {
        waiting.name: {name: hits for name, (hits, _) in counts(waiting.lines).items() if hits}
        for waiting in measure().waiting
    }
    assert expected == {
        "urgent tier": {"under 1 hour": 1, "not read yet": 1},
        "soon tier": {},
        "watch tier": {"1 to 2 days": 1, "not read yet": 1},
        "no answer": {"1 to 4 hours": 1, "not read yet": 1},
    }


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.5, "an hour"), (1.5, "2 hours"), (47.5, "48 hours"), (49, "3 days")],
)
def test_the_median_time_is_shown_in_words(make_case, hours, words):
    for number in range(10):
        make_case(*(["refer"] if number < 5 else []), hours=hours)
    waiting = measure().waiting[0]
    assert (waiting.half, waiting.most) == (words, "")


def test_too_few_photos_have_no_median_time(make_case):
    for _ in range(9):
        make_case("refer")
    assert measure().waiting[0].half == ""


def test_agreement_compares_the_first_two_readers_and_the_first_with_the_model(make_case):
    make_case("urgent", "soon", impressions=["soon", "watch"])
    make_case("watch", "watch", tier="watch", impressions=["watch", "watch"])
    make_case("unusable", "urgent", impressions=["unusable", "urgent"])
    assert counts(measure().agreement) == {
        "Two readers, before the model's result": (1, 2),
        "Two readers, after the model's result": (1, 2),
        "First reader and model, before the model's result": (1, 2),
        "First reader and model, after the model's result": (2, 2),
    }


def test_verdicts_of_earlier_releases_count_as_their_urgency(make_case):
    make_case("refer", "disagree", impressions=["unsure", "not_suspicious"])
    make_case("agree", "agree", tier="watch", impressions=["not_suspicious", "not_suspicious"])
    assert counts(measure().agreement) == {
        "Two readers, before the model's result": (1, 2),
        "Two readers, after the model's result": (1, 2),
        "First reader and model, before the model's result": (1, 2),
        "First reader and model, after the model's result": (2, 2),
    }


def test_a_correction_is_not_a_second_reader(make_case, reviewer):
    screening = make_case("refer")
    make_review(screening, reviewer, "disagree")
    assert counts(measure().agreement)["Two readers, after the model's result"] == (0, 0)
    make_review(screening, make_user("ruth@example.org"), "refer")
    assert counts(measure().agreement)["Two readers, after the model's result"] == (1, 1)


@pytest.mark.parametrize(("deleted", "pairs"), [(1, 1), (2, 0)])
def test_two_readers_with_deleted_accounts_cannot_be_distinguished(make_case, deleted, pairs):
    reviews = make_case("refer", "refer").reviews.order_by("reviewed_at")
    for review in reviews[:deleted]:
        Review.objects.filter(pk=review.pk).update(reviewed_by=None)
    assert counts(measure().agreement)["Two readers, after the model's result"] == (pairs, pairs)


def test_a_biopsied_spot_counts_once_with_its_last_photo_before_the_biopsy(make_case):
    first = make_case("disagree", impressions=["not_suspicious"])
    lesion = first.lesion
    make_case(
        "refer",
        tier="watch",
        impressions=["suspicious"],
        lesion=lesion,
        sent=NOW - timedelta(days=5),
    )
    make_case("agree", lesion=lesion, sent=NOW - timedelta(days=1))
    make_histology(lesion, "benign", corrected_at=NOW)
    make_histology(lesion, "melanoma", taken_on=TODAY - timedelta(days=3))
    hits = {who: [line[1:3] for line in lines] for who, lines in measure().accuracy.items()}
    assert hits == {
        "Model": [(0, 1), (0, 1), (0, 0), (0, 0)],
        "First reader, before the model's result": [(0, 1), (1, 1), (0, 0), (0, 0)],
        "First reader, after the model's result": [(0, 1), (1, 1), (0, 0), (0, 0)],
    }


def test_a_reading_after_the_biopsy_does_not_count(make_case):
    screening = make_case("refer", impressions=["suspicious"], hours=72)
    make_histology(screening.lesion, taken_on=TODAY - timedelta(days=8))
    model, before_result, after_result = measure().accuracy.values()
    assert (model[3].of, before_result[3].of, after_result[3].of) == (1, 0, 0)


def test_refusals_are_a_share_of_refused_and_answered_photos(make):
    for status in ("refused", "done", "done", "failed", "pending"):
        make(status)
    counted = counts(measure().refusals)
    assert counted["All refusals"] == counted["The photo is blurred"] == (1, 3)
    assert measure().photos == 5


def test_a_period_includes_its_first_and_last_day(make):
    for days in (1, 2, 3, 4):
        make(created_at=NOW - timedelta(days=days))
    day = (NOW - timedelta(days=2)).date()
    assert measure(since=day).photos == 2
    assert measure(until=day).photos == 3
    assert measure(since=day, until=day).photos == 1


def test_the_number_of_queries_does_not_grow_with_photos(make_case, django_assert_num_queries):
    for number in range(3):
        screening = make_case("refer", impressions=["suspicious"])
        make_histology(screening.lesion)
        # The first of these queries looks for stored counts.
        with django_assert_num_queries(5):
            assert measure().photos == number + 1


@pytest.fixture
def staff(client, lead):
    client.force_login(lead)
    return client


def test_the_page_shows_the_last_month_by_default(staff, make):
    make("done", tier="watch", created_at=NOW - timedelta(days=40))
    assert "0 photos sent" in staff.get(PAGE).content.decode()
    assert "1 photo sent" in staff.get(PAGE, {"since": ""}).content.decode()


def test_too_few_cases_are_only_counted(staff, make_case):
    make_histology(make_case("refer").lesion, "melanoma")
    page = staff.get(PAGE).content.decode()
    assert "1 of 1" in page
    assert "100 %" not in page
    assert "too few to say" in page


def test_a_period_that_ends_before_it_begins_is_explained(staff):
    days = {"since": "2026-02-01", "until": "2026-01-01"}
    assert "This day is before the first day." in staff.get(PAGE, days).content.decode()
    assert staff.get(CSV, days).url == PAGE


def test_the_download_has_every_figure_and_is_audited(staff, lead, make_case):
    for _ in range(10):
        make_histology(
            make_case("refer", "refer", impressions=["suspicious"] * 2).lesion, "melanoma"
        )
    rows = staff.get(CSV, {"since": ""}).content.decode().splitlines()
    assert rows[0] == "figure,what,count,of,value,low,high"
    sensitivity = (
        '"Biopsied spots, Model",Melanomas called urgent or soon (sensitivity),10,10,1.0,0.72'
    )
    assert [row for row in rows if row.startswith(sensitivity)]
    entry = AuditEntry.objects.get(action="export")
    assert (entry.actor, entry.detail) == (lead.pk, {"what": "figures"})
