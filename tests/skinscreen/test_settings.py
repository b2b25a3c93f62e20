import base64
import re
from datetime import datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils.formats import date_format

from diagnosis.decoder import confinement
from skinscreen import keepalive
from skinscreen.environment import env

KEY = "".join(f"{number:02}-key" for number in range(20))
PRODUCTION = {
    "SKINSCREEN_ENV": "production",
    "SKINSCREEN_SECRET_KEY": KEY,
    "SKINSCREEN_ROOT_KEYS": KEY[:50],
    "SKINSCREEN_ALLOWED_HOSTS": "skin.example.org",
    "SKINSCREEN_SMTP_HOST": "smtp.example.org",
    "SKINSCREEN_OPERATOR_NAME": "Example Clinic",
    "SKINSCREEN_OPERATOR_CONTACT": "clinic@example.org",
}


@pytest.fixture
def settings_with(read_settings, monkeypatch, tmp_path):
    """Read the settings again in an environment with only these variables."""
    for name in re.findall(r"^([A-Z_]+)=", (env.BASE_DIR / ".env.example").read_text(), re.M):
        monkeypatch.delenv(name, raising=False)

    def read(**variables):
        for name, value in {"SKINSCREEN_HOME": str(tmp_path / "home"), **variables}.items():
            monkeypatch.setenv(name, value)
        return read_settings()

    return read


def test_no_setting_is_required_on_your_own_machine(settings_with, tmp_path):
    settings = settings_with()
    assert settings["DEBUG"] is False
    assert settings["DATABASES"]["default"]["NAME"] == tmp_path / "home" / "skinscreen.sqlite3"
    assert settings["EMAIL_BACKEND"].endswith("filebased.EmailBackend")
    assert "*" not in settings["ALLOWED_HOSTS"]


def test_production_uses_tls_only(settings_with):
    settings = settings_with(**PRODUCTION)
    for name in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        assert settings[name] is True
    assert settings["SECURE_HSTS_SECONDS"] > 0
    for cookie in ("SESSION_COOKIE", "CSRF_COOKIE"):
        assert settings[f"{cookie}_NAME"].startswith("__Host-")
        assert settings[f"{cookie}_HTTPONLY"] is True
        assert settings[f"{cookie}_SAMESITE"] == "Lax"
    assert settings["ALLOWED_HOSTS"] == ["skin.example.org"]
    assert settings["EMAIL_BACKEND"].endswith("OutboxBackend")
    assert settings["OUTBOX_BACKEND"].endswith("smtp.EmailBackend")


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({"SKINSCREEN_PORT": "8123"}, "http://localhost:8123"),
        ({"SKINSCREEN_ALLOWED_HOSTS": "192.168.0.2"}, "http://192.168.0.2:8000"),
        (PRODUCTION, "https://skin.example.org"),
        (PRODUCTION | {"SKINSCREEN_ALLOWED_HOSTS": ".example.org,b.org"}, "https://example.org"),
    ],
)
def test_links_in_mails_lead_to_the_first_host(settings_with, variables, url):
    assert settings_with(**variables)["SITE_URL"] == url


def test_external_servers_replace_the_embedded_ones(settings_with):
    postgres, redis = "postgres://ann:secret@db/skin", "redis://:secret@queue:6379/0"
    settings = settings_with(DATABASE_URL=postgres, REDIS_URL=redis)
    assert settings["DATABASES"]["default"]["ENGINE"].endswith("postgresql")
    assert settings["CELERY_BROKER_URL"] == redis


def test_keepalive_ends_connections_to_vanished_machines_on_both_ends(settings_with):
    settings = settings_with(DATABASE_URL="postgres://db/skin?connect_timeout=9&sslmode=require")
    options = settings["DATABASES"]["default"]["OPTIONS"]
    assert (options["connect_timeout"], options["sslmode"]) == (9, "require")
    assert options["keepalives_idle"] == keepalive.IDLE_SECONDS
    assert f"-c tcp_keepalives_idle={keepalive.IDLE_SECONDS} " in options["options"]
    assert settings["CELERY_BROKER_TRANSPORT_OPTIONS"]["socket_keepalive_options"]


def test_no_request_waits_for_a_server_longer_than_for_a_lock(settings_with):
    bucket = {"SKINSCREEN_S3_BUCKET": "photos", "SKINSCREEN_S3_ACCESS_KEY": "ann"}
    bucket |= {
        "SKINSCREEN_S3_SECRET_KEY": "a-secret",
        "SKINSCREEN_PHOTO_KEYS": base64.b64encode(KEY[:32].encode()).decode(),
    }
    settings = settings_with(DATABASE_URL="postgres://db/skin", **bucket)
    client = settings["STORAGES"]["default"]["OPTIONS"]["inner"]["OPTIONS"]["client_config"]
    tries = client.retries["total_max_attempts"]
    assert tries * (client.connect_timeout + client.read_timeout) <= settings["WAIT_SECONDS"]
    options = settings["DATABASES"]["default"]["OPTIONS"]
    # A request may connect twice: for the session, and for the page's own queries.
    assert 2 * options["connect_timeout"] <= settings["WAIT_SECONDS"]
    assert f"-c lock_timeout={1000 * settings['WAIT_SECONDS']}" in options["options"]


@pytest.mark.parametrize("server", [":secret@queue", "127.0.0.1", "localhost", "[::1]"])
def test_a_broker_needs_a_password_unless_it_is_on_the_same_machine(settings_with, server):
    url = f"redis://{server}:6379/0"
    assert settings_with(**PRODUCTION, REDIS_URL=url)["CELERY_BROKER_URL"] == url


def test_secrets_are_read_from_files(settings_with, tmp_path):
    secrets = {
        "SKINSCREEN_SECRET_KEY": KEY,
        "SKINSCREEN_SMTP_PASSWORD": "smtp-secret",
        "DATABASE_URL": "postgres://ann:secret@db/skin",
        "REDIS_URL": "redis://:secret@queue:6379/0",
    }
    for name, secret in secrets.items():
        (tmp_path / name).write_text(f"{secret}\n")
    files = {f"{name}_FILE": str(tmp_path / name) for name in secrets}
    settings = settings_with(**{**PRODUCTION, "SKINSCREEN_SECRET_KEY": ""} | files)
    assert (settings["SECRET_KEY"], settings["EMAIL_HOST_PASSWORD"]) == (KEY, "smtp-secret")
    assert settings["DATABASES"]["default"]["PASSWORD"] == "secret"
    assert settings["CELERY_BROKER_URL"] == secrets["REDIS_URL"]


def test_earlier_keys_stay_valid(settings_with):
    settings = settings_with(
        **PRODUCTION | {"SKINSCREEN_ROOT_KEYS": f"{KEY},{KEY[::-1]}"},
        SKINSCREEN_SECRET_KEY_FALLBACKS=KEY[::-1],
    )
    assert settings["ROOT_KEYS"] == [KEY, KEY[::-1]]
    assert settings["SECRET_KEY_FALLBACKS"] == [KEY[::-1]]


def test_keys_are_generated_once_on_your_own_machine(settings_with, tmp_path):
    settings = settings_with()
    assert settings["ROOT_KEYS"] == [(tmp_path / "home" / "root_key").read_text()]
    assert settings_with()["ROOT_KEYS"] == settings["ROOT_KEYS"]


@pytest.mark.parametrize(("proxies", "is_believed"), [("0", False), ("1", True)])
def test_only_a_trusted_proxy_can_mark_a_request_as_tls(settings_with, proxies, is_believed):
    settings = settings_with(SKINSCREEN_TRUSTED_PROXIES=proxies)
    assert ("SECURE_PROXY_SSL_HEADER" in settings) is is_believed


@pytest.mark.parametrize("lease", ["3", "4", "30", "150"])
def test_a_task_ends_before_its_lease_and_before_redelivery(settings_with, lease):
    settings = settings_with(SKINSCREEN_LEASE_SECONDS=lease)
    hard = settings["CELERY_TASK_TIME_LIMIT"]
    assert 0 < settings["CELERY_TASK_SOFT_TIME_LIMIT"] < hard < settings["LEASE"].total_seconds()
    assert hard < settings["CELERY_BROKER_TRANSPORT_OPTIONS"]["visibility_timeout"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SKINSCREEN_ENV", "staging"),
        ("SKINSCREEN_DEBUG", "maybe"),
        ("SKINSCREEN_PORT", "http"),
        ("SKINSCREEN_PORT", "70000"),
        ("SKINSCREEN_MAIL_FROM", "SkinScreen"),
        ("SKINSCREEN_SMTP_PORT", "0"),
        ("SKINSCREEN_SMTP_TLS", "starttls"),
        ("SKINSCREEN_TIME_ZONE", "Mars/Olympus"),
        ("SKINSCREEN_TIME_ZONE", "Europe"),
        ("SKINSCREEN_LOG_LEVEL", "LOUD"),
        ("SKINSCREEN_LOG_FORMAT", "xml"),
        ("SKINSCREEN_LEASE_SECONDS", "1"),
        ("SKINSCREEN_LEASE_SECONDS", "86400"),
        ("SKINSCREEN_SWEEP_SECONDS", "0"),
        ("SKINSCREEN_WORKER_CHILDREN", "0"),
        ("SKINSCREEN_TRUSTED_PROXIES", "10.0.0.1"),
        ("SKINSCREEN_UPLOADS_PER_HOUR", "0"),
        ("SKINSCREEN_ACCEPT_OPEN_DECODER", "maybe"),
        ("SKINSCREEN_PHOTO_KEYS", "secret@"),
        ("SKINSCREEN_PHOTO_KEYS", "c2VjcmV0"),
        ("DATABASE_URL", "skin.sqlite3"),
        ("DATABASE_URL", "mysql://ann:secret@db/skin"),
        ("DATABASE_URL", "postgres://ann:secret@db:port/skin"),
        ("REDIS_URL", "ann:secret@queue:6379"),
    ],
)
def test_a_mistake_is_reported_in_one_sentence_that_names_the_variable(settings_with, name, value):
    with pytest.raises(ImproperlyConfigured) as caught:
        settings_with(**{name: value})
    assert re.fullmatch(rf"{name} [^\n]+: set [^\n]+\.", str(caught.value))
    assert "secret@" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SKINSCREEN_SECRET_KEY", ""),
        ("SKINSCREEN_SECRET_KEY", KEY[:49]),
        ("SKINSCREEN_SECRET_KEY", "abcd" * 20),
        ("SKINSCREEN_SECRET_KEY_FALLBACKS", f"{KEY},short"),
        ("SKINSCREEN_ROOT_KEYS", ""),
        ("SKINSCREEN_ROOT_KEYS", f"{KEY},{KEY[:42]}"),
        ("SKINSCREEN_ROOT_KEYS", "ab" * 30),
        ("SKINSCREEN_ALLOWED_HOSTS", ""),
        ("SKINSCREEN_ALLOWED_HOSTS", "skin.example.org,*"),
        ("SKINSCREEN_ALLOWED_HOSTS", "*.example.org"),
        ("SKINSCREEN_ALLOWED_HOSTS", "https://skin.example.org"),
        ("SKINSCREEN_DEBUG", "1"),
        ("SKINSCREEN_SMTP_HOST", ""),
        ("SKINSCREEN_OPERATOR_NAME", ""),
        ("SKINSCREEN_OPERATOR_CONTACT", ""),
        ("SKINSCREEN_METRICS_TOKEN", "x" * 31),
        ("REDIS_URL", "redis://queue:6379/0"),
        ("REDIS_URL", "rediss://ann@queue:6379/0"),
        ("REDIS_URL", "redis://10.0.0.1:6379/0"),
    ],
)
def test_production_refuses_to_start_with_missing_or_insecure_settings(settings_with, name, value):
    with pytest.raises(ImproperlyConfigured, match=name):
        settings_with(**PRODUCTION | {name: value})


@pytest.mark.parametrize(("accepted", "starts"), [("", False), ("0", False), ("1", True)])
def test_production_starts_with_an_unconfined_decoder_only_if_that_is_accepted(
    settings_with, monkeypatch, accepted, starts
):
    monkeypatch.setattr(confinement, "lacking", lambda: ["Landlock"])
    variables = {**PRODUCTION, "SKINSCREEN_ACCEPT_OPEN_DECODER": accepted}
    if starts:
        assert settings_with(**variables)["IS_PRODUCTION"]
        return
    with pytest.raises(ImproperlyConfigured, match=r"no Landlock to confine .*: use Linux 5\.13"):
        settings_with(**variables)


def test_the_decoder_need_not_be_confined_on_your_own_machine(settings_with, monkeypatch):
    monkeypatch.setattr(confinement, "lacking", lambda: ["Landlock", "seccomp"])
    assert settings_with()["IS_PRODUCTION"] is False


def test_the_admin_shows_times_in_the_24_hour_format():
    evening = datetime(2026, 11, 3, 18, 5)  # noqa: DTZ001 - only its format counts
    assert date_format(evening, "DATETIME_FORMAT") == "3 Nov 2026, 18:05"
    assert date_format(evening, "TIME_FORMAT") == "18:05"
