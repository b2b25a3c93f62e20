"""Metrics, error reports, timestamps of the audit trail, and logs."""

import logging

from django.core.exceptions import ImproperlyConfigured

from skinscreen import logs, reporting
from skinscreen.environment import env
from skinscreen.settings.core import IS_PRODUCTION

# The token for /metrics. Without a token, nobody can read the metrics.
METRICS_TOKEN = env.text("SKINSCREEN_METRICS_TOKEN")
if METRICS_TOKEN and len(METRICS_TOKEN) < env.MIN_TOKEN_LENGTH:
    raise ImproperlyConfigured(
        f"SKINSCREEN_METRICS_TOKEN is shorter than {env.MIN_TOKEN_LENGTH} characters: "
        "make one with python -c 'import secrets; print(secrets.token_urlsafe())' and set it."
    )

# The receiver of error reports. Without it, no report leaves the machine.
SENTRY_DSN = env.text("SKINSCREEN_SENTRY_DSN")
if SENTRY_DSN:
    reporting.start(SENTRY_DSN, "production" if IS_PRODUCTION else "local")

# The timestamp authority that signs the audit trail's head once a day. Empty for none.
TIMESTAMP_URL = env.web_address(
    "SKINSCREEN_TIMESTAMP_URL",
    "the address that an authority (RFC 3161) gives, such as https://stamps.example.org/tsr",
)
TIMESTAMP_ROOT = (
    env.certificates("SKINSCREEN_TIMESTAMP_ROOT", beside="SKINSCREEN_TIMESTAMP_URL")
    if TIMESTAMP_URL
    else b""
)

LOG_LEVELS = ("INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL")
LOG_FORMATS = ("json", "lines") if IS_PRODUCTION else ("lines", "json")
LOGGING = logs.config(
    env.choice("SKINSCREEN_LOG_LEVEL", LOG_LEVELS),
    is_json=env.choice("SKINSCREEN_LOG_FORMAT", LOG_FORMATS) == "json",
)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
# A single line at the end of a request or task is enough.
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
