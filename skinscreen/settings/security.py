"""TLS, cookies, and what a browser may do on our pages."""

from datetime import timedelta

from csp.constants import NONE, SELF

from skinscreen.settings.accounts import ALLAUTH_TRUSTED_PROXY_COUNT
from skinscreen.settings.core import IS_PRODUCTION

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
        "font-src": [SELF],
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
