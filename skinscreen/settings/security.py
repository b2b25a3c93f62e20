"""TLS, cookies, and the policies that browsers apply to our pages."""

from datetime import timedelta

from csp.constants import NONE, SELF

from skinscreen.settings.accounts import ALLAUTH_TRUSTED_PROXY_COUNT
from skinscreen.settings.core import IS_PRODUCTION

SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION
# Monitoring programs may request these without TLS. A redirect would only hide that: the first
# request would send its token in the clear, and nobody would notice.
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_PRODUCTION
# With "no-referrer", browsers send forms with "Origin: null", which Django has to refuse.
SECURE_REFERRER_POLICY = "same-origin"
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
# Browsers accept cookies with this prefix only from the host itself and over TLS, so that a
# neighbouring host cannot set them.
COOKIE_PREFIX = "__Host-" if IS_PRODUCTION else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
DEVICE_COOKIE_NAME = f"{COOKIE_PREFIX}device"
SESSION_ENGINE = "accounts.sessions.session_store"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "accounts.views.out_of_date"
# Messages are stored in the session, since their own cookie would lack the prefix.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# How long links in mails are valid: to set a password, to stop reminders, to end all sessions.
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=1).total_seconds())
UNSUBSCRIBE_TIMEOUT = timedelta(days=180)
END_SESSIONS_TIMEOUT = timedelta(days=7)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        # data: is for icons inside the style sheets, blob: for the preview before sending.
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # Scripts may turn text into HTML only through the policy in static/trusted.js.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["default"],
    }
}
# No page needs these features. Photos are taken by the phone's camera program.
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
