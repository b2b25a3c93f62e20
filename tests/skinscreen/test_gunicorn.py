from pathlib import Path

import pytest

from skinscreen import gunicorn, settings


def test_a_worker_takes_no_more_than_a_page_needs_and_is_renewed():
    assert 0 < gunicorn.limit_request_line <= 4094
    assert 0 < gunicorn.limit_request_fields <= 100
    assert 0 < gunicorn.limit_request_field_size <= 8190
    assert gunicorn.timeout <= 60
    assert 0 < gunicorn.max_requests_jitter < gunicorn.max_requests


def test_the_access_log_with_its_addresses_stays_off():
    assert gunicorn.logconfig_dict is settings.LOGGING
    assert settings.LOGGING["loggers"]["gunicorn.access"]["level"] == "CRITICAL"


def test_what_the_last_start_measured_is_forgotten(monkeypatch, tmp_path):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    monkeypatch.setattr(gunicorn, "MEASURED", tmp_path / "metrics")
    for _ in range(2):
        gunicorn.on_starting(None)
        (tmp_path / "metrics" / "histogram_1.db").touch()
    gunicorn.on_starting(None)
    assert list((tmp_path / "metrics").iterdir()) == []
    gunicorn.on_exit(None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no /dev/shm: there is the disk alone")
def test_what_is_mapped_into_memory_is_not_on_the_disk_that_photos_fill():
    assert gunicorn.MEASURED.parent == Path("/dev/shm")
