import logging
from types import SimpleNamespace

import pytest

from diagnosis import inference
from diagnosis.models import Prediction, Screening
from ml.images import ImageError
from ml.labels import Tier
from tests.factories import make_screening


class FakeClassifier:
    """Answers what it is told; `meanwhile` is what happens elsewhere while it works."""

    card = SimpleNamespace(version="fake-1")

    def __init__(self, *, refusal=None, meanwhile=lambda: None):
        self.refusal, self.meanwhile, self.calls = refusal, meanwhile, 0

    def classify(self, image):
        self.calls += 1
        self.meanwhile()
        if self.refusal:
            return SimpleNamespace(refusal=self.refusal)
        return SimpleNamespace(
            refusal=None, probability=0.25, tier=Tier.ELEVATED, melanomas_per_100=22
        )


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
    assert (prediction.probability, prediction.tier, prediction.melanomas_per_100) == (
        0.25,
        "elevated",
        22,
    )


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
