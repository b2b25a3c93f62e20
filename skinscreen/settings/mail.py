"""The mail server, and the sender of mails."""

from email.utils import parseaddr

from django.core.exceptions import ImproperlyConfigured

from skinscreen.environment import env
from skinscreen.settings.core import HOME, IS_PRODUCTION

DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text(
    "SKINSCREEN_MAIL_FROM", "SkinScreen <skinscreen@localhost>"
)
if "@" not in parseaddr(DEFAULT_FROM_EMAIL)[1]:
    raise ImproperlyConfigured("SKINSCREEN_MAIL_FROM has no address: set it to Name <a@b.org>.")
EMAIL_HOST = env.text("SKINSCREEN_SMTP_HOST")
EMAIL_PORT = env.integer("SKINSCREEN_SMTP_PORT", 587, least=1, most=65535)
EMAIL_HOST_USER = env.text("SKINSCREEN_SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("SKINSCREEN_SMTP_PASSWORD")
EMAIL_USE_TLS = env.flag("SKINSCREEN_SMTP_TLS", default=True)
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = HOME / "mail"
if IS_PRODUCTION and not EMAIL_HOST:
    raise ImproperlyConfigured(
        "SKINSCREEN_SMTP_HOST is missing, so nobody could confirm an address: "
        "set it to a mail server."
    )
# Mails to a mail server go through the outbox, so that no request waits for the server.
OUTBOX_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_BACKEND = (
    "accounts.mail.outbox.OutboxBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.filebased.EmailBackend"
)
