import logging
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from diagnosis.classification import active_model, shadow
from diagnosis.models import AuditEntry, Prediction, Screening, ShadowPrediction
from diagnosis.review.claims import claim
from diagnosis.review.services import form_impression
from diagnosis.screenings import services
from ml.serving.card import ModelError
from tests.diagnosis.classification.test_inference import FakeClassifier
from tests.factories import make_prediction, make_shadow_prediction, make_version


@pytest.fixture
def model(monkeypatch):
    """Return a function that puts a fake model into shadow.

    The fake model answers "urgent". The photo `done` has an active result, "watch".
    """

    def use(**options):
        fake = FakeClassifier(**options)
        monkeypatch.setattr(active_model, "load", lambda *_: fake)
        make_version("fake-1", "shadow")
        return fake

    return use


@pytest.fixture
def done(make):
    return make("done", tier="watch", readings_due=1, urgency=1)


def test_a_shadow_answer_is_stored_separately_and_changes_nothing(done, model):
    model()
    before = Screening.objects.values().get(), Prediction.objects.values().get()
    shadow.run(done.pk)
    kept = ShadowPrediction.objects.get()
    assert (kept.screening, kept.model_version, kept.tier) == (done, "fake-1", "urgent")
    assert (Screening.objects.values().get(), Prediction.objects.values().get()) == before
    assert Screening.objects.get().prediction.tier == "watch"


@pytest.mark.parametrize(
    "page",
    [
        "/screenings/?tier=urgent",
        "/screenings/{pk}/",
        "/spots/{lesion}/",
        "/review/{pk}/",
        "/admin/diagnosis/screening/?tier=urgent",
        "/admin/diagnosis/screening/{pk}/change/",
    ],
)
def test_no_page_shows_a_shadow_answer(client, done, reviewer, page):
    form_impression(done, by=reviewer, finding="unsure")
    claim(done, by=reviewer)
    # The photo's age in words would otherwise change between the two requests.
    Screening.objects.update(created_at=timezone.now() - timedelta(hours=2))
    client.force_login(reviewer if page.startswith(("/review", "/admin")) else done.owner)

    def contents():
        response = client.get(page.format(pk=done.pk, lesion=done.lesion_id))
        assert response.status_code == 200
        return re.sub(rb'csrfmiddlewaretoken" value="\w+"', b"", response.content)

    before = contents()
    make_shadow_prediction(done, model_version="fake-1", cancers_per_100=77)
    assert contents() == before


def test_a_shadow_answer_is_deleted_with_the_photo(done):
    make_shadow_prediction(done)
    services.withdraw(done, by=done.owner)
    assert not ShadowPrediction.objects.exists()


def test_a_shadow_answer_is_in_the_audit_trail(done, model):
    model()
    shadow.run(done.pk)
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.subject) == ("result", f"screening:{done.pk}")
    assert entry.detail == {"model": "fake-1", "is_in_shadow": True}


def test_a_message_delivered_twice_changes_nothing(done, model):
    fake = model()
    shadow.run(done.pk)
    shadow.run(done.pk)
    assert (fake.calls, ShadowPrediction.objects.count()) == (1, 1)


def test_a_photo_that_the_model_read_while_active_is_not_read_in_shadow(done, model):
    fake = model()
    make_prediction(done, model_version="fake-1")
    shadow.run(done.pk)
    assert fake.calls == 0


@pytest.mark.parametrize("status", ["pending", "running", "refused", "failed"])
def test_a_photo_without_a_result_is_not_read_in_shadow(make, model, status):
    fake = model()
    shadow.run(make(status).pk)
    assert fake.calls == 0


def test_a_photo_that_the_shadow_model_refuses_has_no_shadow_answer(done, model):
    model(refusal="blurred")
    shadow.run(done.pk)
    assert not ShadowPrediction.objects.exists()


@pytest.mark.parametrize("error", [ModelError("It is damaged."), OSError("It is damaged.")])
def test_a_damaged_model_or_photo_is_logged_in_one_line(done, model, caplog, error):
    def fail():
        raise error

    model(meanwhile=fail)
    with caplog.at_level(logging.WARNING):
        shadow.run(done.pk)
    (record,) = caplog.records
    assert record.getMessage().endswith("not read in shadow by fake-1: It is damaged.")
    assert not ShadowPrediction.objects.exists()


def test_unexpected_errors_are_raised(done, model):
    def fail():
        raise RuntimeError

    model(meanwhile=fail)
    with pytest.raises(RuntimeError):
        shadow.run(done.pk)
    assert not ShadowPrediction.objects.exists()


def test_a_photo_deleted_meanwhile_leaves_no_shadow_answer(done, model):
    model(meanwhile=lambda: Screening.objects.all().delete())
    shadow.run(done.pk)
    assert not ShadowPrediction.objects.exists()


def test_nothing_is_read_without_a_shadow_model(done):
    shadow.run(done.pk)
    assert not ShadowPrediction.objects.exists()
