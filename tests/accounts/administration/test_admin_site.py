"""URLs and forms of the admin have limits, even for superusers."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.administration import admin_site
from accounts.administration.admin_site import (
    LONGEST_SEARCH,
    MOST_FORMS,
    MOST_WORDS,
    SHORTENED,
    TOO_MANY,
)
from diagnosis.models import Screening

LIST = reverse("admin:diagnosis_screening_changelist")


@pytest.fixture
def asking(client, reviewer, screening):
    client.force_login(reviewer)
    return client


def statements(client, **query):
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(LIST, query).status_code == 200
    return [one["sql"] for one in found if "diagnosis_screening" in one["sql"]]


@pytest.mark.parametrize("lookup", ["note__iregex", "note__regex", "note__contains", "sha256"])
def test_a_list_accepts_only_the_filters_beside_it(asking, lookup):
    assert asking.get(LIST, {lookup: "(a|a)*$"}).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"status__exact": "pending"},
        {"capture__exact": "dermatoscope"},
        {"lesion__body_site__exact": "back"},
        {"created_at__gte": "2026-01-01 00:00:00+00:00"},
        {"read": "no", "tier": "elevated", "is_uncertain": "True"},
    ],
)
def test_the_filters_beside_a_list_work(asking, query):
    assert asking.get(LIST, query).status_code == 200


def test_a_list_is_ordered_by_no_more_columns_than_it_has(asking):
    (longest,) = {len(one) for one in statements(asking, o=".".join(["3"] * 9))[:1]}
    assert len(statements(asking, o=".".join(["3"] * 900))[0]) == longest


def test_the_number_of_search_words_is_limited(asking):
    few = statements(asking, q=" ".join(["word"] * MOST_WORDS))
    assert statements(asking, q=" ".join(["word"] * 900)) == few
    shortened = SHORTENED.format(words=MOST_WORDS, characters=LONGEST_SEARCH)
    assert shortened in asking.get(LIST, {"q": "x" * (LONGEST_SEARCH + 1)}).content.decode()
    assert shortened not in asking.get(LIST, {"q": "olga example"}).content.decode()


def test_the_number_of_rows_in_a_form_is_limited(asking, screening):
    url = reverse("admin:diagnosis_screening_change", args=[screening.pk])
    rows = {"reviews-TOTAL_FORMS": 10**6, "predictions-TOTAL_FORMS": 10**6}
    initial = {"reviews-INITIAL_FORMS": 0, "predictions-INITIAL_FORMS": 0}
    page = asking.post(url, rows | initial).content.decode()
    assert page.count("reviews-") < MOST_FORMS * 30
    assert Screening.objects.get().reviews.count() == 0


@pytest.mark.parametrize("action", ["queue_again", "delete_selected"])
def test_an_action_is_limited_to_as_many_rows_as_it_can_handle(
    client, superuser, make, monkeypatch, action
):
    monkeypatch.setattr(admin_site, "MOST_CHOSEN", 1)
    client.force_login(superuser)
    both = [str(make("failed").pk) for _ in range(2)]
    one = {"action": action, "post": "yes", "_selected_action": both[:1]}
    for too_many in ({"select_across": "yes"}, {"_selected_action": both}):
        assert (
            TOO_MANY.format(most=1)
            in client.post(LIST, one | too_many, follow=True).content.decode()
        )
    assert Screening.objects.filter(status="failed").count() == 2
    assert TOO_MANY.format(most=1) not in client.post(LIST, one, follow=True).content.decode()
    assert Screening.objects.filter(status="failed").count() == 1


def test_every_list_is_limited_in_every_app():
    shown = filter(admin.site.is_registered, apps.get_models())
    names = {type(admin.site.get_model_admin(model)).__mro__[1].__name__ for model in shown}
    assert names == {"Careful"}
