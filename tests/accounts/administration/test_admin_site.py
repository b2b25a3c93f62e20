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
def staff_client(client, reviewer, screening):
    client.force_login(reviewer)
    return client


def queries(client, **query):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(LIST, query).status_code == 200
    return [statement["sql"] for statement in captured if "diagnosis_screening" in statement["sql"]]


@pytest.mark.parametrize("lookup", ["note__iregex", "note__regex", "note__contains", "sha256"])
def test_a_change_list_accepts_only_its_own_filters(staff_client, lookup):
    assert staff_client.get(LIST, {lookup: "(a|a)*$"}).status_code == 400


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
def test_the_filters_of_a_change_list_work(staff_client, query):
    assert staff_client.get(LIST, query).status_code == 200


def test_a_change_list_cannot_be_sorted_by_more_columns_than_it_has(staff_client):
    (longest,) = {len(query) for query in queries(staff_client, o=".".join(["3"] * 9))[:1]}
    assert len(queries(staff_client, o=".".join(["3"] * 900))[0]) == longest


def test_the_number_of_search_words_is_limited(staff_client):
    few = queries(staff_client, q=" ".join(["word"] * MOST_WORDS))
    assert queries(staff_client, q=" ".join(["word"] * 900)) == few
    shortened = SHORTENED.format(words=MOST_WORDS, characters=LONGEST_SEARCH)
    assert shortened in staff_client.get(LIST, {"q": "x" * (LONGEST_SEARCH + 1)}).content.decode()
    assert shortened not in staff_client.get(LIST, {"q": "olga example"}).content.decode()


def test_the_number_of_rows_in_a_form_is_limited(staff_client, screening):
    url = reverse("admin:diagnosis_screening_change", args=[screening.pk])
    rows = {"reviews-TOTAL_FORMS": 10**6, "predictions-TOTAL_FORMS": 10**6}
    initial = {"reviews-INITIAL_FORMS": 0, "predictions-INITIAL_FORMS": 0}
    page = staff_client.post(url, rows | initial).content.decode()
    assert page.count("reviews-") < MOST_FORMS * 30
    assert Screening.objects.get().reviews.count() == 0


@pytest.mark.parametrize("action", ["queue_again", "delete_selected"])
def test_an_action_refuses_more_rows_than_its_limit(client, superuser, make, monkeypatch, action):
    monkeypatch.setattr(admin_site, "MOST_CHOSEN", 1)
    client.force_login(superuser)
    both = [str(make("failed").pk) for _ in range(2)]
    form_of_one = {"action": action, "post": "yes", "_selected_action": both[:1]}
    for too_many in ({"select_across": "yes"}, {"_selected_action": both}):
        assert (
            TOO_MANY.format(most=1)
            in client.post(LIST, form_of_one | too_many, follow=True).content.decode()
        )
    assert Screening.objects.filter(status="failed").count() == 2
    assert (
        TOO_MANY.format(most=1) not in client.post(LIST, form_of_one, follow=True).content.decode()
    )
    assert Screening.objects.filter(status="failed").count() == 1


def test_the_limits_apply_to_the_change_lists_of_every_app():
    registered = filter(admin.site.is_registered, apps.get_models())
    names = {type(admin.site.get_model_admin(model)).__mro__[1].__name__ for model in registered}
    assert names == {"Careful"}
