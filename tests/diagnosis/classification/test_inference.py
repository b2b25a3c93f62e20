import logging
import shutil
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from PIL import Image
from structlog.contextvars import bound_contextvars, get_contextvars

from diagnosis.classification import active_model, inference
from diagnosis.models import Answers, AuditEntry, Prediction, Screening
from diagnosis.models.choices import RefusalReason
from diagnosis.models.classification import model_folders
from diagnosis.models.querysets.screenings import ScreeningQuerySet
from diagnosis.photos.encryption import StoreError
from diagnosis.rules import review_policy
from diagnosis.screenings import services
from ml.labels import Diagnosis, Kind, Tier
from ml.preprocessing.images import ImageError
from ml.preprocessing.network_input import framed_view
from ml.serving import card_files
from ml.serving.classifier import DEFAULT_MODEL, Classification, Classifier, Refusal
from tests.factories import change_card, install_model, lose, make_screening, make_version

ANSWER = {
    "kind": Kind.DERMOSCOPIC,
    "tier": Tier.URGENT,
    "is_uncertain": True,
    "cancer": 0.25,
    "melanoma": 0.125,
    "cancers_per_100": 22,
    "probabilities": {Diagnosis.MEL: 0.125, Diagnosis.NV: 0.875},
}


class FakeClassifier:
    """Gives preset answers, and calls `meanwhile` before each answer."""

    card = SimpleNamespace(version="fake-1")

    def __init__(self, *, refusal=None, meanwhile=lambda: None, **answer):
        self.refusal, self.meanwhile, self.calls = refusal, meanwhile, 0
        self.answer, self.stated = ANSWER | answer, []

    def classify(self, image, stated=None):
        return self.classify_view(framed_view(image), stated)

    def classify_view(self, view, stated=None):
        self.calls += 1
        self.stated.append(stated)
        self.meanwhile()
        if self.refusal:
            return Classification(refusal=self.refusal)
        is_answered = self.answer["tier"] or self.answer.get("is_unlike")
        return Classification(**(self.answer if is_answered else {"kind": stated}))


@pytest.fixture(scope="module")
def served():
    return Classifier.load(DEFAULT_MODEL)


@pytest.fixture(params=["fake", "served"])
def answering(request, served):
    return served if request.param == "served" else FakeClassifier()


@pytest.fixture(params=["fake", "served"])
def refusing(request, served):
    return served if request.param == "served" else FakeClassifier(refusal=Refusal.TOO_DARK)


# The fake classifier and the served model pass the same tests.


def test_the_version_of_a_classifier_fits_the_database_column(answering):
    limit = Prediction._meta.get_field("model_version").max_length
    assert 0 < len(answering.card.version) <= limit


def test_a_classifier_answers_about_a_photo(answering, picture):
    outcome = answering.classify(picture, Kind.DERMOSCOPIC)
    assert outcome.refusal is None
    assert 0 <= outcome.melanoma <= 1
    assert 0 <= outcome.cancer <= 1
    assert outcome.tier in set(Tier)
    assert outcome.cancers_per_100 in range(101)
    assert set(outcome.probabilities) <= set(Diagnosis)


def test_a_classifiers_refusal_is_a_reason_that_can_be_stored(refusing):
    outcome = refusing.classify(Image.new("RGB", (400, 300)))
    assert (outcome.refusal, outcome.tier) == (Refusal.TOO_DARK, None)
    assert outcome.refusal in RefusalReason.values


@pytest.fixture
def model(monkeypatch):
    def use(**options):
        model = FakeClassifier(**options)
        monkeypatch.setattr(active_model, "classifier", lambda: model)
        return model

    return use


def fresh(screening):
    screening.refresh_from_db()
    return screening


def crash():
    raise RuntimeError("out of order")


def test_a_readable_photo_gets_its_prediction(screening, model):
    model()
    inference.run(screening.pk)
    assert fresh(screening).status == "done"
    prediction = Prediction.objects.get()
    assert (prediction.screening, prediction.model_version) == (screening, "fake-1")
    assert (prediction.cancer, prediction.melanoma, prediction.tier) == (0.25, 0.125, "urgent")
    assert (prediction.cancers_per_100, prediction.is_uncertain) == (22, True)
    assert (prediction.kind, prediction.melanomas_per_100) == ("dermoscopic", None)
    assert prediction.probabilities == {"mel": 0.125, "nv": 0.875}


def test_a_photo_of_a_kind_without_training_photos_is_done_without_a_tier(screening, model):
    model(tier=None)
    inference.run(screening.pk)
    assert (fresh(screening).status, screening.readings_due, screening.urgency) == ("done", 1, 2)
    prediction = Prediction.objects.get()
    assert (prediction.tier, prediction.counts_as, prediction.cancer) == ("", None, None)
    assert not prediction.is_unlike


def test_a_photo_unlike_the_training_photos_has_probabilities_and_no_tier(screening, model):
    model(tier=None, is_unlike=True, is_uncertain=False, cancers_per_100=None)
    inference.run(screening.pk)
    assert (fresh(screening).status, screening.readings_due, screening.urgency) == ("done", 1, 2)
    prediction = Prediction.objects.get()
    assert (prediction.tier, prediction.is_unlike, prediction.cancer) == ("", True, 0.25)
    assert "unlike" in prediction.label


@pytest.mark.parametrize(
    ("capture", "stated"),
    [("dermatoscope", Kind.DERMOSCOPIC), ("camera", Kind.CAMERA), ("unknown", None)],
)
def test_the_model_gets_the_stated_kind_of_photo(make, model, capture, stated):
    screening = make(capture=capture)
    fake = model()
    inference.run(screening.pk)
    assert fake.stated == [stated]


def test_an_unreadable_photo_is_refused_with_the_reason(screening, model):
    model(refusal="blurred")
    inference.run(screening.pk)
    assert (fresh(screening).status, screening.refusal) == ("refused", "blurred")
    assert not Prediction.objects.exists()


def test_a_failed_attempt_releases_the_screening_and_raises(screening, model):
    model(meanwhile=crash)
    with pytest.raises(RuntimeError):
        inference.run(screening.pk)
    assert (fresh(screening).status, screening.attempts) == ("pending", 1)


def test_the_last_failed_attempt_fails_the_screening(owner, jpeg, model):
    screening = make_screening(owner, jpeg, attempts=2)
    model(meanwhile=crash)
    with pytest.raises(RuntimeError):
        inference.run(screening.pk)
    assert (fresh(screening).status, screening.failure) == ("failed", "attempts_exhausted")


def test_a_message_delivered_twice_changes_nothing(screening, model):
    fake = model()
    inference.run(screening.pk)
    inference.run(screening.pk)
    assert (fake.calls, Prediction.objects.count()) == (1, 1)


def test_a_worker_reads_the_photo_whose_turn_it_is_and_logs_its_id(make, model):
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


def test_answers_count_that_are_stored_while_the_result_waits_for_the_lock(
    screening, model, monkeypatch
):
    succeed = ScreeningQuerySet.succeed

    def answered_first(held, **fields):
        Answers.objects.create(screening=screening, bleeds=True)
        return succeed(held, **fields)

    model(tier=Tier.WATCH, is_uncertain=False)
    monkeypatch.setattr(ScreeningQuerySet, "succeed", answered_first)
    inference.run(screening.pk)
    answered = fresh(screening).answers_urgency
    assert screening.urgency == review_policy.urgency(
        "watch", answers_urgency=answered, is_uncertain=False
    )
    assert screening.urgency > review_policy.urgency(
        "watch", answers_urgency=None, is_uncertain=False
    )


def test_an_attempt_that_lost_its_lease_writes_no_result(screening, model, caplog):
    model(meanwhile=lambda: Screening.objects.update(attempts=2))
    with caplog.at_level(logging.WARNING):
        inference.run(screening.pk)
    assert (fresh(screening).status, Prediction.objects.count()) == ("running", 0)
    assert "the lease was lost" in caplog.text


def test_a_failing_attempt_without_a_lease_releases_nothing(screening, model):
    def overtaken():
        Screening.objects.update(attempts=2)
        crash()

    model(meanwhile=overtaken)
    with pytest.raises(RuntimeError):
        inference.run(screening.pk)
    assert (fresh(screening).status, screening.attempts) == ("running", 2)


def test_a_screening_deleted_meanwhile_leaves_no_result(screening, model):
    model(meanwhile=screening.delete)
    inference.run(screening.pk)
    assert not Prediction.objects.exists()


def test_a_model_that_does_not_load_costs_no_attempt(screening, monkeypatch):
    monkeypatch.setattr(active_model, "classifier", crash)
    with pytest.raises(RuntimeError):
        inference.run(screening.pk)
    assert (fresh(screening).status, screening.attempts) == ("pending", 0)


def test_photos_wait_for_an_unavailable_store(screening, model, monkeypatch, caplog):
    def away(*_):
        raise StoreError("EndpointConnectionError")

    model()
    monkeypatch.setattr(default_storage.inner, "open", away)
    inference.run(screening.pk)
    assert (fresh(screening).status, screening.attempts) == ("pending", 0)
    (record,) = caplog.records
    assert record.levelname == "CRITICAL"
    assert record.getMessage().startswith("photos wait: the photo store ")


def test_a_missing_photo_is_a_failure_and_not_a_refusal(screening, model):
    model()
    lose(screening, "photo", "views")
    with pytest.raises(FileNotFoundError):
        inference.run(screening.pk)
    assert (fresh(screening).status, screening.failure) == ("failed", "photo_lost")


def test_a_photo_damaged_on_disk_is_a_failure_and_not_a_refusal(screening, model, home):
    model()
    lose(screening, "views")
    (home / "photos" / screening.photo.name).write_bytes(b"\xff\xd8\xff half")
    with pytest.raises(ImageError):
        inference.run(screening.pk)
    assert (fresh(screening).status, screening.failure) == ("failed", "photo_lost")


@pytest.mark.usefixtures("no_decoder")
def test_a_photo_that_crashes_the_decoder_is_retried_and_then_failed(screening, model):
    model()
    lose(screening, "views")
    for status in ("pending", "pending", "failed"):
        with pytest.raises(ImageError):
            inference.run(screening.pk)
        assert fresh(screening).status == status
    assert (screening.attempts, screening.failure) == (3, "attempts_exhausted")


@pytest.mark.django_db
def test_the_served_model_is_loaded_once_per_process():
    active_model.load.cache_clear()
    assert active_model.classifier() is active_model.classifier()
    assert active_model.classifier().card == card_files.read(DEFAULT_MODEL)


def test_another_model_folder_can_be_served(settings, tmp_path):
    settings.MODEL_DIR = str(tmp_path)
    assert active_model.active_folder() == (tmp_path, "")


@pytest.mark.django_db
def test_the_active_version_answers_unless_the_environment_names_a_folder(settings, tmp_path):
    folder = install_model(settings, "mine-1")
    make_version("mine-1", "active", card_sha256=model_folders.digest_of(folder))
    assert active_model.classifier().card.version == "mine-1"
    settings.MODEL_DIR = str(tmp_path)
    assert active_model.active_folder() == (tmp_path, "")


@pytest.mark.parametrize(
    "damage", [shutil.rmtree, lambda folder: change_card(folder, created="2026-12-24")]
)
def test_photos_wait_if_the_active_folder_is_missing_or_changed(
    screening, settings, caplog, damage
):
    folder = install_model(settings, "mine-1")
    make_version("mine-1", "active", card_sha256=model_folders.digest_of(folder))
    damage(folder)
    with caplog.at_level(logging.CRITICAL):
        inference.run(screening.pk)
    assert (fresh(screening).status, screening.attempts) == ("pending", 0)
    (record,) = caplog.records
    assert record.getMessage().startswith("photos wait, since the model cannot be served: ")
    assert str(folder) in record.getMessage()


@pytest.mark.django_db
@pytest.mark.parametrize("version", ["mine-1", "lite0-5"])
def test_an_outdated_model_is_replaced_by_the_shipped_one(settings, caplog, version):
    """One is the operator's own, without kinds of photo. The other is no longer shipped."""
    if version == "mine-1":
        install_model(settings, version, kinds={})
    make_version(version, "active")
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert active_model.classifier().card.version == DEFAULT_MODEL.name
    assert [record.getMessage() for record in caplog.records] == [
        f"{version} is no longer shipped, or has no tiers: {DEFAULT_MODEL.name} replaces it"
    ]
    entry = AuditEntry.objects.get(action="model")
    assert entry.detail == {"model": version, "state": "idle", "why": "outdated"}


@pytest.mark.parametrize(
    ("answer", "ticked", "expected"),
    [
        ({"tier": Tier.URGENT}, {}, (2, 4)),
        ({"tier": Tier.SOON, "is_uncertain": False}, {}, (1, 3)),
        ({"tier": Tier.SOON, "is_uncertain": True}, {}, (1, 4)),
        ({"tier": Tier.WATCH, "is_uncertain": False}, {}, (1, 1)),
        ({"tier": Tier.WATCH, "is_uncertain": True}, {}, (1, 2)),
        ({"tier": Tier.WATCH, "is_uncertain": False}, {"bleeds": True}, (1, 4)),
        ({"tier": None}, {}, (1, 2)),
        ({"tier": None}, {"bleeds": True}, (1, 4)),
    ],
)
def test_a_result_is_stored_with_its_readings_due_and_urgency(
    screening, model, answer, ticked, expected
):
    if ticked:
        services.answer(screening, by=screening.owner, ticked=ticked)
    model(**answer)
    inference.run(screening.pk)
    assert (fresh(screening).readings_due, screening.urgency) == expected
