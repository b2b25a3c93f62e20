"""Home folder, environment, host names, apps and middleware."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from skinscreen.environment import env, key_settings
from skinscreen.pages import operator

BASE_DIR = env.BASE_DIR
HOME = env.home()

IS_PRODUCTION = env.choice("SKINSCREEN_ENV", ("local", "production")) == "production"

DEBUG = env.flag("SKINSCREEN_DEBUG", default=False)
SECRET_KEY = key_settings.secret_key(is_production=IS_PRODUCTION)
SECRET_KEY_FALLBACKS = key_settings.old_secret_keys()
# Used only through skinscreen/keys.py.
ROOT_KEYS = key_settings.root_keys(is_production=IS_PRODUCTION)
BIND = env.text("SKINSCREEN_BIND", "127.0.0.1")
PORT = env.integer("SKINSCREEN_PORT", 8000, least=1, most=65535)
# How long a web process that is stopped may take to finish its requests.
GRACE_SECONDS = 30
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

# The base address of links in mails that are sent outside requests.
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
    # After django.contrib.auth, which creates the permissions that `roles.create_groups` assigns.
    "accounts",
    "diagnosis",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "skinscreen.middleware.keep_to_this_origin",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Before every middleware that queries the database.
    "skinscreen.backends.lock_waiting.bound_waiting",
    "skinscreen.middleware.time_requests",
    "diagnosis.middleware.answer_waiting_pages",
    "skinscreen.middleware.LogMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Before the CSRF check, so that somebody whose browser has lost all its cookies is asked to
    # sign in, instead of getting a CSRF error.
    "accounts.middleware.SignInMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.keep_local_time",
    "accounts.middleware.remember_devices",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.end_expired",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SecondStepMiddleware",
    "accounts.middleware.ConsentMiddleware",
    "accounts.middleware.CrowdMiddleware",
    "diagnosis.middleware.keep_private",
    "skinscreen.middleware.explain_refused_methods",
    "diagnosis.middleware.clear_on_sign_out",
    # After authentication, which the error page of `refuse_large` needs, and before a body is read.
    "diagnosis.middleware.refuse_large",
    "diagnosis.middleware.OutageMiddleware",
    "diagnosis.middleware.GoneMiddleware",
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

LANGUAGE_CODE = "en-gb"
# English is the only language, and its texts are in the code. With True, Django would look up every
# text of a page, some 200, in seven message catalogues. Set this to True when another language is
# added.
USE_I18N = False
FORMAT_MODULE_PATH = "skinscreen.formats"
USE_TZ = True
TIME_ZONE = env.time_zone("SKINSCREEN_TIME_ZONE", "UTC")
