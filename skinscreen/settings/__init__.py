"""All settings, read from the environment (`.env.example` names every variable)."""

import logging
from datetime import timedelta
from email.utils import parseaddr
from typing import Any

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue
from kombu.common import Broadcast

from diagnosis.decoder import confinement
from skinscreen import logs, reporting
from skinscreen.backends import keepalive, photo_store
from skinscreen.environment import env
from skinscreen.pages import operator
from skinscreen.run import body_sizes, embedded_broker
from skinscreen.settings.accounts import *  # noqa: F403

BASE_DIR = env.BASE_DIR
HOME = env.home()

IS_PRODUCTION = env.choice("SKINSCREEN_ENV", ("local", "production")) == "production"

DEBUG = env.flag("SKINSCREEN_DEBUG", default=False)
SECRET_KEY = env.secret_key(is_production=IS_PRODUCTION)
SECRET_KEY_FALLBACKS = env.old_secret_keys()
# Through skinscreen/keys.py alone.
ROOT_KEYS = env.root_keys(is_production=IS_PRODUCTION)
BIND = env.text("SKINSCREEN_BIND", "127.0.0.1")
PORT = env.integer("SKINSCREEN_PORT", 8000, least=1, most=65535)
ALLOWED_HOSTS = env.names("SKINSCREEN_ALLOWED_HOSTS")
if IS_PRODUCTION and (not ALLOWED_HOSTS or any({*"*/"} & {*host} for host in ALLOWED_HOSTS)):
    raise ImproperlyConfigured(
        "SKINSCREEN_ALLOWED_HOSTS must name this site's host names, without * and https://: "
        "set it to, say, skin.example.org."
    )
if IS_PRODUCTION and DEBUG:
    raise ImproperlyConfigured("SKINSCREEN_DEBUG shows private data in production: remove it.")
if not IS_PRODUCTION:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]", BIND]

OPERATOR = operator.read(is_production=IS_PRODUCTION)

# Where the links lead in mails that no request asked for.
_HOST = ALLOWED_HOSTS[0].lstrip(".")
SITE_URL = f"https://{_HOST}" if IS_PRODUCTION else f"http://{_HOST}:{PORT}"

INSTALLED_APPS = [
    "skinscreen.admin_app.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_structlog",
    # After django.contrib.auth: its permissions must exist when ours are given to the reviewers.
    "accounts",
    "diagnosis",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "skinscreen.middleware.keep_to_this_origin",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Before all that asks the database.
    "skinscreen.backends.lock_waiting.bound_waiting",
    "skinscreen.middleware.LogMiddleware",
    "skinscreen.middleware.time_requests",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignInMiddleware",
    "accounts.middleware.keep_local_time",
    "accounts.middleware.know_devices",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.end_idle",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SecondStepMiddleware",
    "accounts.middleware.ConsentMiddleware",
    "accounts.middleware.CrowdMiddleware",
    "diagnosis.middleware.keep_private",
    "skinscreen.middleware.explain_refused_methods",
    "diagnosis.middleware.clear_on_sign_out",
    # After who somebody is, for its page; before whatever reads a body.
    "diagnosis.middleware.refuse_large",
    "diagnosis.middleware.OutageMiddleware",
]

ROOT_URLCONF = "skinscreen.urls"
WSGI_APPLICATION = "skinscreen.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "skinscreen.pages.operator.show",
            ],
        },
    },
]

# --- Database, cache, files -------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# How long a request waits for locks of the database, all its waits together.
WAIT_SECONDS = keepalive.LOCK_SECONDS
DATABASES = {"default": env.database("DATABASE_URL", HOME / "skinscreen.sqlite3")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Without these, 8 writers at once lose half of their transactions to "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": WAIT_SECONDS,
        # Mapped into memory, pages are read from the system's cache: counting among 100,000
        # photos takes half the time, and no process needs a large cache of its own.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=268435456;"
            # What is deleted is written over with zeros.
            "PRAGMA secure_delete=ON;"
        ),
    }
# Where `manage.py restore_drill` restores into, on PostgreSQL.
DRILL_DATABASE_URL = env.text("SKINSCREEN_DRILL_DATABASE_URL")
DRILL_DATABASE = env.database("SKINSCREEN_DRILL_DATABASE_URL", HOME / "none")
# As the drill's own processes read them.
PHOTO_KEYS = env.text("SKINSCREEN_PHOTO_KEYS")
# In the database, not in the broker: signing in must work while the broker is down.
CACHES = {
    "default": {
        "BACKEND": "skinscreen.backends.strict_cache.FaithfulCache",
        "LOCATION": "cache",
        "KEY_FUNCTION": "skinscreen.backends.cache_keys.hidden",
        # Beyond it Django drops entries at random, and with them somebody's rate limit.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
MEDIA_ROOT = HOME / "photos"
# How long a photo is kept that could not be read and that nobody made anything of.
KEEP_REFUSED = timedelta(days=env.integer("SKINSCREEN_KEEP_REFUSED_DAYS", 30, least=1, most=3650))
# With less than this left, /readyz says that the disk is full.
LEAST_FREE_BYTES = 1_000_000 * env.integer("SKINSCREEN_LEAST_FREE_MB", 500, least=1, most=10**6)
# In memory only: the original bytes, with their place and time, never reach a disk.
FILE_UPLOAD_HANDLERS = ["diagnosis.photos.uploads.CappedUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 1
DATA_UPLOAD_MAX_MEMORY_SIZE = body_sizes.MEGABYTE
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
ACCEPTS_OPEN_DECODER = env.flag("SKINSCREEN_ACCEPT_OPEN_DECODER", default=not IS_PRODUCTION)
if not ACCEPTS_OPEN_DECODER and (_missing := confinement.lacking()):
    raise ImproperlyConfigured(
        f"SKINSCREEN_ACCEPT_OPEN_DECODER is 0, and this kernel has no {' and no '.join(_missing)} "
        "to confine the process that decodes photos: use Linux 5.13 or newer with both, "
        "or accept it and set SKINSCREEN_ACCEPT_OPEN_DECODER to 1."
    )
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
_PHOTO_KEYS = env.photo_keys("SKINSCREEN_PHOTO_KEYS")
STORAGES = {
    "default": {
        "BACKEND": "diagnosis.photos.encryption.SealedStorage",
        "OPTIONS": {"inner": photo_store.inner(has_keys=bool(_PHOTO_KEYS)), "keys": _PHOTO_KEYS},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Accounts ---------------------------------------------------------------------------------

ALLAUTH_TRUSTED_PROXY_COUNT = env.trusted_proxies()
# Passkeys work without TLS on one's own machine alone.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
# How long who may see what others sent stays signed in without doing anything (ASVS 7.3.1).
STAFF_IDLE = timedelta(minutes=env.integer("SKINSCREEN_STAFF_IDLE_MINUTES", 30, least=1, most=1440))
# Whether superusers need a passkey or a security key: codes can be fished from somebody.
SUPERUSERS_NEED_KEY = env.flag("SKINSCREEN_SUPERUSERS_NEED_KEY", default=False)
# On one's own machine a folder of test photos may be sent in one go.
UPLOADS_PER_HOUR = env.integer(
    "SKINSCREEN_UPLOADS_PER_HOUR", 100 if IS_PRODUCTION else 10_000, least=1, most=1_000_000
)

# --- Mail -------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text(
    "SKINSCREEN_MAIL_FROM", "SkinScreen <skinscreen@localhost>"
)
if "@" not in parseaddr(DEFAULT_FROM_EMAIL)[1]:
    raise ImproperlyConfigured("SKINSCREEN_MAIL_FROM has no address in it: set Name <a@b.org>.")
EMAIL_HOST = env.text("SKINSCREEN_SMTP_HOST")
EMAIL_PORT = env.integer("SKINSCREEN_SMTP_PORT", 587, least=1, most=65535)
EMAIL_HOST_USER = env.text("SKINSCREEN_SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("SKINSCREEN_SMTP_PASSWORD")
EMAIL_USE_TLS = env.flag("SKINSCREEN_SMTP_TLS", default=True)
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = HOME / "mail"
if IS_PRODUCTION and not EMAIL_HOST:
    raise ImproperlyConfigured(
        "SKINSCREEN_SMTP_HOST is missing: nobody could confirm an address; name a mail server."
    )
# To a mail server they go through the outbox, which no request waits for.
OUTBOX_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_BACKEND = (
    "accounts.mail.outbox.OutboxBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.filebased.EmailBackend"
)

# --- Security ---------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION
# Whoever watches the processes asks them themselves, without TLS; a program that is redirected
# never learns that it sent its token in the clear.
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_PRODUCTION
# With "no-referrer" browsers send forms with "Origin: null", which Django must refuse.
SECURE_REFERRER_POLICY = "same-origin"
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
# A browser takes such a cookie from this very host alone, and over TLS: no neighbour can set it.
COOKIE_PREFIX = "__Host-" if IS_PRODUCTION else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
DEVICE_COOKIE_NAME = f"{COOKIE_PREFIX}device"
SESSION_ENGINE = "accounts.sessions.session_store"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# In a cookie of its own a message would go without the prefix.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# How long the link in a mail sets a new password, the one that ends reminders works, and the one
# that ends all sessions.
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=1).total_seconds())
UNSUBSCRIBE_TIMEOUT = timedelta(days=180)
END_SESSIONS_TIMEOUT = timedelta(days=7)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # data: are the icons inside the style sheets, blob: the preview before sending.
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # Text becomes HTML through the one policy in static/trusted.js, and never a script.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["default"],
    }
}
# A phone takes the photo in its own camera program: no page needs these.
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    )
}

# --- Words and time ---------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
USE_TZ = True
TIME_ZONE = env.time_zone("SKINSCREEN_TIME_ZONE", "UTC")

# --- Classification (see ADR 2 and 3) ---------------------------------------------------------

MODEL_DIR = env.text("SKINSCREEN_MODEL_DIR")
OUTLINER_DIR = env.text("SKINSCREEN_OUTLINER_DIR")
MODELS_ROOT = HOME / "models"
# Longer than the hard time limit of a task, so that a lease never ends under a live worker; that
# limit is shorter than the broker's visibility timeout, or a task would be delivered twice.
LEASE = timedelta(seconds=env.integer("SKINSCREEN_LEASE_SECONDS", 30, least=3, most=150))
SWEEP_SECONDS = env.integer("SKINSCREEN_SWEEP_SECONDS", 10, least=1, most=3600)
MAX_ATTEMPTS = 3
HEARTBEAT = timedelta(seconds=15)
WORKER_CHILDREN = env.integer("SKINSCREEN_WORKER_CHILDREN", 2, least=1, most=256)

# --- Reading by clinicians (see ADR 8) --------------------------------------------------------

# Whether a clinician says what they see before they are told what the model found.
IS_BLIND_FIRST = env.flag("SKINSCREEN_BLIND_FIRST", default=True)
# What `python -m ml index` wrote, to show clinicians similar cases; empty: none are shown.
SIMILAR_DIR = env.text("SKINSCREEN_SIMILAR_DIR")
# By when a photo that has no answer is read, and by how many: empty, as many as have the role.
READING_WITHIN = timedelta(days=env.integer("SKINSCREEN_READING_DAYS", 7, least=1, most=90))
CLINICIANS = (
    env.integer("SKINSCREEN_CLINICIANS_READING", 0, least=0, most=1000)
    if env.text("SKINSCREEN_CLINICIANS_READING")
    else None
)
# How long a case stays taken; far longer than a reading, and not so long that one is forgotten.
CLAIM = timedelta(minutes=env.integer("SKINSCREEN_CLAIM_MINUTES", 10, least=1, most=480))
# Cases that are looked at for one that is still free: more than clinicians who ask at once.
REVIEWERS_AT_ONCE = 50

CELERY_BROKER_URL = env.redis_url("REDIS_URL", is_production=IS_PRODUCTION) or embedded_broker.url()
CELERY_TASK_IGNORE_RESULT = True
# The sweep has a queue of its own: behind a long row of photos it would come too late.
# What goes to "every worker" each of them gets, and those that do not run never.
CELERY_TASK_QUEUES = [
    Queue("celery"),
    Queue("sweep"),
    Queue("measure"),
    Queue("shadow"),
    Queue("reread"),
    Broadcast("every worker"),
]
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_ROUTES = {
    "diagnosis.tasks.sweep_screenings_task": {"queue": "sweep"},
    "diagnosis.tasks.sweep_measurements_task": {"queue": "sweep"},
    "accounts.tasks.send_mails_task": {"queue": "sweep"},
    "diagnosis.tasks.measure_screening_task": {"queue": "measure"},
    "diagnosis.tasks.shadow_screening_task": {"queue": "shadow"},
    "diagnosis.tasks.reread_screenings_task": {"queue": "reread"},
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SOFT_TIME_LIMIT = max(1, LEASE.seconds * 2 // 3 - 2)
# A soft limit is not raised inside C++ code; only the hard one ends it.
CELERY_TASK_TIME_LIMIT = max(2, LEASE.seconds * 2 // 3)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 60
CELERY_WORKER_CONCURRENCY = WORKER_CHILDREN
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A frozen broker holds a publisher for over a minute by default, for under 5 s with these.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    **keepalive.REDIS,
    "visibility_timeout": 120,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
# What piles up while no worker runs would all do the same. But a message's end is beat's time, and
# is judged by the worker's: a worker whose clock is fast would throw away every sweep.
CLOCKS_APART = 6 * 3600
CELERY_BEAT_SCHEDULE_FILENAME = str(HOME / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep stale screenings": {
        "task": "diagnosis.tasks.sweep_screenings_task",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS + CLOCKS_APART},
    },
    "sweep photos that are not measured": {
        "task": "diagnosis.tasks.sweep_measurements_task",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS + CLOCKS_APART},
    },
    "read photos again by a new model": {
        "task": "diagnosis.tasks.reread_screenings_task",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30 + CLOCKS_APART},
    },
    "ask every worker for a heartbeat": {
        "task": "diagnosis.tasks.note_heartbeat_task",
        "schedule": HEARTBEAT,
        "options": {"exchange": "every worker", "expires": HEARTBEAT.seconds},
    },
    "send mails": {
        "task": "accounts.tasks.send_mails_task",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS + CLOCKS_APART},
    },
    "send reminders": {
        "task": "diagnosis.tasks.send_reminders_task",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300 + CLOCKS_APART},
    },
    "forget sessions that are over": {
        "task": "accounts.tasks.forget_sessions_task",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600 + CLOCKS_APART},
    },
    "empty the database's log": {
        "task": "accounts.tasks.truncate_log_task",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300 + CLOCKS_APART},
    },
    "delete photos after their time": {
        "task": "diagnosis.tasks.purge_photos_task",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600 + CLOCKS_APART},
    },
    # At an hour, not after one: beat may have to forget when it last ran.
    "check the audit trail": {
        "task": "diagnosis.tasks.check_audit_trail_task",
        "schedule": crontab(hour="3", minute="17"),
    },
    "remove photos without a screening": {
        "task": "diagnosis.tasks.remove_orphans_task",
        "schedule": timedelta(days=1),
    },
}

# --- Watching ---------------------------------------------------------------------------------

# Who sends it reads /metrics; without one nobody does.
METRICS_TOKEN = env.text("SKINSCREEN_METRICS_TOKEN")
if METRICS_TOKEN and len(METRICS_TOKEN) < env.MIN_TOKEN_LENGTH:
    raise ImproperlyConfigured(
        f"SKINSCREEN_METRICS_TOKEN is shorter than {env.MIN_TOKEN_LENGTH} characters: "
        "make one with python -c 'import secrets; print(secrets.token_urlsafe())' and set it."
    )

# Where faults are told of; without one nothing leaves the machine.
SENTRY_DSN = env.text("SKINSCREEN_SENTRY_DSN")
if SENTRY_DSN:
    reporting.start(SENTRY_DSN, "production" if IS_PRODUCTION else "local")

# Who signs the audit trail's head once a day; empty: nobody.
TIMESTAMP_URL = env.authority("SKINSCREEN_TIMESTAMP_URL")
TIMESTAMP_ROOT = (
    env.certificates("SKINSCREEN_TIMESTAMP_ROOT", beside="SKINSCREEN_TIMESTAMP_URL")
    if TIMESTAMP_URL
    else b""
)

# --- Logs -------------------------------------------------------------------------------------

LOG_LEVELS = ("INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL")
LOG_FORMATS = ("json", "lines") if IS_PRODUCTION else ("lines", "json")
LOGGING = logs.config(
    env.choice("SKINSCREEN_LOG_LEVEL", LOG_LEVELS),
    is_json=env.choice("SKINSCREEN_LOG_FORMAT", LOG_FORMATS) == "json",
)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
# One line when a request or a task is over is enough.
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
