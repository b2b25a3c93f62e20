import io
import json
import logging
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone
from PIL import Image

from diagnosis import tasks
from diagnosis.classification import active_model
from diagnosis.measurement import analysis, measuring
from diagnosis.models import Measurement, Prediction, Screening
from diagnosis.photos import orphans
from diagnosis.photos.encryption import PhotoKeyError, StoreError
from diagnosis.screenings import services
from ml.preprocessing.views import Views
from ml.serving.card import ModelError
from ml.serving.classifier import DEFAULT_MODEL, Classifier
from tests.diagnosis.photos.test_orphans import age
from tests.diagnosis.photos.test_photo_files import stored_files
from tests.factories import lose, make_measurement


@pytest.fixture
def due(make):
    return make("done", tier="urgent", measure_at=timezone.now() - timedelta(minutes=1))


@pytest.fixture
def examine(monkeypatch):
    """Give every photo the same measurement, after running the function that the test passes."""

    def use(meanwhile=lambda: None):
        def examined(*_):
            meanwhile()
            return Measurement(version=analysis.version(), map_version="test-1"), b"overlay"

        monkeypatch.setattr(analysis, "examine", examined)

    use()
    return use


@pytest.fixture
def open_overlay():
    return lambda png: Image.open(io.BytesIO(png)).convert("RGBA")


def fail_with(error):
    def fail():
        raise error

    return fail


def state(screening):
    screening.refresh_from_db()
    return screening.measure_attempts, screening.measure_at is not None


def test_a_stored_result_makes_measuring_due(make):
    screening = make("running")
    Screening.objects.held(screening).succeed(readings_due=0, urgency=0)
    assert state(screening) == (0, True)


def test_a_measurement_is_stored_once(due, examine):
    measuring.run(due.pk)
    measuring.run(due.pk)
    stored = Measurement.objects.get()
    assert (stored.screening, stored.version) == (due, analysis.version())
    assert stored.overlay.read() == b"overlay"
    assert state(due) == (1, False)


def test_a_photo_without_a_result_is_not_measured(make, examine):
    for screening in (make("running"), make("refused"), make("done")):
        measuring.run(screening.pk)
    assert not Measurement.objects.exists()


def test_two_concurrent_runs_measure_once(due, examine):
    examine(lambda: measuring.run(due.pk))
    measuring.run(due.pk)
    assert (Measurement.objects.count(), state(due)) == (1, (1, False))


def test_a_failure_keeps_the_result_and_is_retried(due, examine):
    before = Prediction.objects.values().get()
    examine(fail_with(RuntimeError("broken")))
    with pytest.raises(RuntimeError):
        measuring.run(due.pk)
    assert (Prediction.objects.values().get(), due.status) == (before, "done")
    assert state(due) == (1, True)


def test_a_killed_attempt_is_queued_again_after_its_lease(due, to_measure):
    Screening.objects.claim_measuring(due.pk)
    tasks.sweep_measurements_task()
    assert to_measure == []
    Screening.objects.update(measure_at=timezone.now() - timedelta(minutes=1))
    tasks.sweep_measurements_task()
    assert to_measure == [due.pk]


def test_measuring_is_given_up_after_the_last_attempt(due, to_measure, settings):
    Screening.objects.update(measure_attempts=settings.MAX_ATTEMPTS)
    tasks.sweep_measurements_task()
    assert (to_measure, state(due)) == ([], (settings.MAX_ATTEMPTS, False))


def test_a_sweep_queues_a_limited_number_of_photos(make, monkeypatch, to_measure):
    for _ in range(3):
        make("done", measure_at=timezone.now() - timedelta(minutes=1))
    monkeypatch.setattr(tasks, "MEASURED_AT_ONCE", 2)
    tasks.sweep_measurements_task()
    assert len(to_measure) == 2


def test_measuring_waits_for_photos_without_a_result(due, make, examine):
    make("pending")
    tasks.measure_screening_task(str(due.pk))
    assert state(due) == (0, True)
    Screening.objects.filter(status="pending").update(turn=None)
    tasks.measure_screening_task(str(due.pk))
    assert state(due) == (1, False)


@pytest.mark.parametrize("error", [PhotoKeyError(), StoreError("SlowDown")])
def test_a_missing_key_or_store_costs_no_attempt(due, examine, caplog, error):
    examine(fail_with(error))
    measuring.run(due.pk)
    assert (state(due), "photos wait to be measured" in caplog.text) == ((0, True), True)


def test_a_lost_photo_is_not_retried(due, caplog):
    lose(due, "photo", "views")
    measuring.run(due.pk)
    assert state(due) == (1, False)
    assert "cannot be measured" in caplog.text


def test_a_photo_deleted_meanwhile_leaves_nothing(due, examine, home, caplog):
    examine(lambda: services.withdraw(due, by=due.owner))
    with caplog.at_level(logging.WARNING):
        measuring.run(due.pk)
    assert not Measurement.objects.exists()
    assert [name for name in stored_files(home) if str(name).endswith("png")] == []


def test_the_overlay_is_deleted_with_its_photo(
    due, examine, home, django_capture_on_commit_callbacks
):
    measuring.run(due.pk)
    assert len(stored_files(home)) == 4
    with django_capture_on_commit_callbacks(execute=True):
        services.withdraw(due, by=due.owner)
    assert stored_files(home) == []


def test_an_overlay_is_not_an_orphan(due, examine):
    measuring.run(due.pk)
    overlay = Measurement.objects.get().overlay.name
    age(overlay, days=2)
    orphans.remove()
    assert default_storage.exists(overlay)


def test_a_new_version_measures_every_photo_again(due, examine, monkeypatch, capsys):
    measuring.run(due.pk)
    monkeypatch.setattr(analysis, "CODE", "next")
    for _ in range(2):
        call_command("measure_screenings")
    assert Measurement.objects.count() == 2
    due.refresh_from_db()
    assert due.measurement.version.endswith("/next")


def test_a_photo_that_a_worker_is_measuring_is_skipped(due, examine):
    Screening.objects.claim_measuring(due.pk)
    measuring.measure_unmeasured(due.pk)
    assert not Measurement.objects.exists()
    assert Screening.objects.held_for_measuring(Screening.objects.get(pk=due.pk)).exists()


def test_the_command_leaves_a_photo_to_the_worker_that_is_measuring_it(due, examine, capsys):
    Screening.objects.claim_measuring(due.pk)
    call_command("measure_screenings")
    assert "Photos left to the site's workers: 1." in capsys.readouterr().out
    assert not Measurement.objects.exists()


def test_a_failing_photo_does_not_stop_the_others(make, examine, caplog):
    make("done")
    examine(fail_with(RuntimeError("broken")))
    with pytest.raises(CommandError, match="Photos that could not be measured: 1"):
        call_command("measure_screenings")
    assert "broken" in caplog.text


def test_the_command_fails_if_a_photo_is_lost(due, examine):
    lose(due, "photo", "views")
    with pytest.raises(CommandError, match="Photos that could not be measured: 1"):
        call_command("measure_screenings")


def test_a_measurement_is_never_changed(due):
    with pytest.raises(TypeError):
        make_measurement(due).save()


@pytest.mark.parametrize(
    "fields",
    [
        {"fault": "unknown"},
        {"fault": "no_lesion", "confidence": 0.5},
        {"overlay": "ab/c.png", "map_version": ""},
    ],
)
def test_the_database_refuses_impossible_measurements(due, fields):
    with pytest.raises(IntegrityError):
        Measurement.objects.bulk_create([Measurement(screening=due, version="1", **fields)])


def test_a_version_measures_a_photo_once(due):
    make_measurement(due)
    with pytest.raises(IntegrityError):
        make_measurement(due)


def test_the_saliency_map_comes_from_the_model_that_answered(due, monkeypatch):
    calls = []
    monkeypatch.setattr(active_model, "classifier_named", calls.append)
    measurement, overlay = measuring.measure(due)
    assert (calls, measurement.map_version, overlay) == (["test-1"], "", b"")


def test_a_model_that_is_not_installed_has_no_classifier(db):
    assert active_model.classifier_named("lite0-none") is None


def test_a_photo_waits_while_the_active_model_cannot_be_loaded(due, monkeypatch):
    def fail():
        raise ModelError("damaged")

    monkeypatch.setattr(active_model, "classifier", fail)
    assert measuring.run(due.pk)
    due.refresh_from_db()
    assert due.measure_at
    assert not due.measurements.exists()


def test_the_overlay_is_strongest_where_the_model_looked(open_overlay):
    places = np.zeros((30, 40), np.float32)
    places[10:20, 20:30] = 1
    picture = open_overlay(analysis.overlay(places, (600, 450)))
    assert picture.size == (160, 120)
    alpha = np.asarray(picture)[..., 3]
    assert (alpha[60, 100], alpha[5, 5]) == (analysis.MOST_OPAQUE, 0)


def test_the_served_model_has_a_saliency_map(picture, open_overlay):
    served = Classifier.load(DEFAULT_MODEL)
    measurement, overlay = analysis.examine(Views.of(picture), served)
    assert measurement.map_version == served.card.version
    assert open_overlay(overlay).getchannel("A").getextrema()[1] > 0.9 * analysis.MOST_OPAQUE


def test_a_model_without_a_saliency_map_draws_nothing(picture):
    def explain(_):
        raise ModelError

    measurement, overlay = analysis.examine(Views.of(picture), SimpleNamespace(explain=explain))
    assert (measurement.map_version, overlay) == ("", b"")


def test_measuring_times_are_recorded_relative_to_an_answer(db, tmp_path, jpeg):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name in ("a", "b"):
        (pictures / f"{name}.jpg").write_bytes(jpeg)
    call_command("time_measuring", pictures, record=tmp_path / "record.json")
    record = json.loads((tmp_path / "record.json").read_text())
    assert (record["photos"], record["measured_by"]) == (1, analysis.version())
    assert record["ratio"] > 0


def test_nothing_is_timed_without_pictures(tmp_path):
    with pytest.raises(CommandError):
        call_command("time_measuring", tmp_path / "none")
