import logging
import shutil
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from PIL import Image
from structlog.contextvars import bound_contextvars, get_contextvars

from diagnosis import inference, installed, services
from diagnosis.models import Prediction, Screening
from diagnosis.sealing import StoreError
from diagnosis.texts import RefusalReason
from ml import card
from ml.classifier import DEFAULT_MODEL, Classification, Classifier, Refusal
from ml.images import ImageError
from ml.labels import Tier
from ml.paths import ARTEFACTS
from tests.factories import change_card, install_model, make_screening, make_version


class FakeClassifier:
    """Answers what it is told; `meanwhile` is what happens elsewhere while it works."""

    card = SimpleNamespace(version="fake-1")

    def __init__(self, *, refusal=None, meanwhile=lambda: None, **answer):
        self.refusal, self.meanwhile, self.calls = refusal, meanwhile, 0
        self.answer = {"tier": Tier.ELEVATED, "is_uncertain": True} | answer

    def classify(self, image):
        self.calls += 1
        self.meanwhile()
        if self.refusal:
            return Classification(refusal=self.refusal)
        return Classification(probability=0.25, melanomas_per_100=22, **self.answer)


@pytest.fixture(scope="module")
def served():
    return Classifier.load(DEFAULT_MODEL)


@pytest.fixture(params=["fake", "served"])
def answering(request, served):
    return served if request.param == "served" else FakeClassifier()


@pytest.fixture(params=["fake", "served"])
def refusing(request, served):
    return served if request.param == "served" else FakeClassifier(refusal=Refusal.TOO_DARK)


# What the fake is trusted for holds for the model that is served.


def test_a_classifier_names_its_version_as_the_database_keeps_it(answering):
    limit = Prediction._meta.get_field("model_version").max_length
    assert 0 < len(answering.card.version) <= limit


def test_a_classifier_answers_about_a_photo(answering, picture):
    outcome = answering.classify(picture)
    assert outcome.refusal is None
    assert 0 <= outcome.probability <= 1
    assert outcome.tier in set(Tier)
    assert outcome.melanomas_per_100 in range(101)


def test_a_classifier_refuses_a_photo_with_a_reason_that_people_are_told(refusing):
    outcome = refusing.classify(Image.new("RGB", (400, 300)))
    assert outcome == Classification(refusal=Refusal.TOO_DARK)
    assert outcome.refusal in RefusalReason.values


@pytest.fixture
def model(monkeypatch):
    def use(**options):
        model = FakeClassifier(**options)
        monkeypatch.setattr(inference, "classifier", lambda: model)
        return model

    return use


def after(screening):
    screening.refresh_from_db()
    return screening


def crash():
    raise RuntimeError("out of order")


def test_a_photo_that_can_be_read_gets_its_prediction(screening, model):
    model()
    inference.run(screening.pk)
    assert after(screening).status == "done"
    prediction = Prediction.objects.get()
    assert (prediction.screening, prediction.model_version) == (screening, "fake-1")
    assert (prediction.probability, prediction.tier) == (0.25, "elevated")
    assert (prediction.melanomas_per_100, prediction.is_uncertain) == (22, True)


def test_a_photo_that_cannot_be_read_is_refused_with_the_reason(screening, model):
    model(refusal="blurred")
    inference.run(screening.pk)
    assert (after(screening).status, screening.refusal) == ("refused", "blurred")
    assert not Prediction.objects.exists()


def test_a_failed_attempt_gives_the_screening_back_and_is_raised(screening, model):
    model(meanwhile=crash)
    with pytest.raises(RuntimeError):
        inference.run(screening.pk)
    assert (after(screening).status, screening.attempts) == ("pending", 1)


def test_the_last_attempt_that_fails_is_the_end(owner, jpeg, model):
    screening = make_screening(owner, jpeg, attempts=2)
    model(meanwhile=crash)
    with pytest.raises(RuntimeError):
        inference.run(screening.pk)
    assert (after(screening).status, screening.failure) == ("failed", "attempts_exhausted")


def test_a_second_delivery_changes_nothing(screening, model):
    fake = model()
    inference.run(screening.pk)
    inference.run(screening.pk)
    assert (fake.calls, Prediction.objects.count()) == (1, 1)


def test_a_message_reads_the_photo_whose_turn_it_is_and_the_log_names_that_one(make, model):
    first, second = make(), make()
    model(meanwhile=lambda: logged.update(get_contextvars()))
    logged = {}
    with bound_contextvars(screening_id=str(second.pk), request_id="of the second"):
        assert inference.run(second.pk) == first.pk
        assert logged == {"screening_id": str(first.pk)}
    with bound_contextvars(screening_id=str(second.pk), request_id="of the second"):
        assert inference.run(second.pk) == second.pk
        assert logged["request_id"] == "of the second"
    assert inference.run(first.pk) is None
    assert Prediction.objects.count() == 2


def test_a_zombie_writes_no_result(screening, model, caplog):
    model(meanwhile=lambda: Screening.objects.update(attempts=2))
    with caplog.at_level(logging.WARNING):
        inference.run(screening.pk)
    assert (after(screening).status, Prediction.objects.count()) == ("running", 0)
    assert "the lease was lost" in caplog.text


def test_a_zombie_that_fails_takes_nothing_from_the_attempt_after_it(screening, model):
    def overtaken():
        Screening.objects.update(attempts=2)
        crash()

    model(meanwhile=overtaken)
    with pytest.raises(RuntimeError):
        inference.run(screening.pk)
    assert (after(screening).status, screening.attempts) == ("running", 2)


def test_a_screening_deleted_meanwhile_leaves_no_trace(screening, model):
    model(meanwhile=screening.delete)
    inference.run(screening.pk)
    assert not Prediction.objects.exists()


def test_a_model_that_does_not_load_costs_no_attempt(screening, monkeypatch):
    monkeypatch.setattr(inference, "classifier", crash)
    with pytest.raises(RuntimeError):
        inference.run(screening.pk)
    assert (after(screening).status, screening.attempts) == ("pending", 0)


def test_photos_wait_for_a_store_that_is_away(screening, model, monkeypatch, caplog):
    def away(*_):
        raise StoreError("EndpointConnectionError")

    model()
    monkeypatch.setattr(default_storage.inner, "_open", away)
    inference.run(screening.pk)
    assert (after(screening).status, screening.attempts) == ("pending", 0)
    (record,) = caplog.records
    assert record.levelname == "CRITICAL"
    assert record.getMessage().startswith("photos wait: the store of photos ")


def test_a_photo_that_is_gone_is_our_failure(screening, model):
    model()
    screening.photo.storage.delete(screening.photo.name)
    with pytest.raises(FileNotFoundError):
        inference.run(screening.pk)
    assert (after(screening).status, screening.failure) == ("failed", "photo_lost")


def test_a_photo_damaged_on_disk_is_our_failure(screening, model, home):
    model()
    (home / "photos" / screening.photo.name).write_bytes(b"\xff\xd8\xff half")
    with pytest.raises(ImageError):
        inference.run(screening.pk)
    assert (after(screening).status, screening.failure) == ("failed", "photo_lost")


@pytest.mark.usefixtures("no_decoder")
def test_a_photo_that_ends_its_decoder_is_tried_again_and_given_up_in_the_end(screening, model):
    model()
    for status in ("pending", "pending", "failed"):
        with pytest.raises(ImageError):
            inference.run(screening.pk)
        assert after(screening).status == status
    assert (screening.attempts, screening.failure) == (3, "attempts_exhausted")


@pytest.mark.django_db
def test_the_served_model_is_loaded_once_a_process():
    inference.load.cache_clear()
    assert inference.classifier() is inference.classifier()
    assert inference.classifier().card == card.read(DEFAULT_MODEL)


def test_another_model_folder_can_be_served(settings, tmp_path):
    settings.MODEL_DIR = str(tmp_path)
    assert inference.answering() == (tmp_path, "")


@pytest.mark.django_db
def test_the_active_version_answers_unless_the_environment_names_a_folder(settings, tmp_path):
    make_version("lite0-1", "active", card_sha256=installed.digest_of(ARTEFACTS / "lite0-1"))
    assert inference.classifier().card.version == "lite0-1"
    settings.MODEL_DIR = str(tmp_path)
    assert inference.answering() == (tmp_path, "")


@pytest.mark.parametrize(
    "hurt", [shutil.rmtree, lambda folder: change_card(folder, threshold=0.11)]
)
def test_photos_wait_for_a_folder_that_is_gone_or_changed(screening, settings, caplog, hurt):
    folder = install_model(settings, "mine-1")
    make_version("mine-1", "active", card_sha256=installed.digest_of(folder))
    hurt(folder)
    with caplog.at_level(logging.CRITICAL):
        inference.run(screening.pk)
    assert (after(screening).status, screening.attempts) == ("pending", 0)
    (record,) = caplog.records
    assert record.getMessage().startswith("photos wait, the model cannot be served: ")
    assert str(folder) in record.getMessage()


@pytest.mark.parametrize(
    ("answer", "ticked", "expected"),
    [
        ({"tier": Tier.ELEVATED}, {}, (2, 3)),
        ({"tier": Tier.LOWER, "is_uncertain": False}, {}, (1, 1)),
        ({"tier": Tier.LOWER, "is_uncertain": True}, {}, (1, 2)),
        ({"tier": Tier.LOWER, "is_uncertain": False}, {"bleeds": True}, (1, 2)),
    ],
)
def test_a_result_waits_for_its_readings(screening, model, answer, ticked, expected):
    if ticked:
        services.answer(screening, by=screening.owner, ticked=ticked)
    model(**answer)
    inference.run(screening.pk)
    assert (after(screening).readings_due, screening.urgency) == expected
