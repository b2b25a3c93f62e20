"""Sign-up and sign-in (see ADR 5)."""

from datetime import timedelta

from skinscreen.environment import env
from skinscreen.settings.core import IS_PRODUCTION

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
]
# NIST SP 800-63B-4, 3.1.1.2, for a password that is the only factor. The standard requires no
# particular kinds of characters.
MIN_PASSWORD_LENGTH = 15
# Far longer than any real password. A limit is needed, since the time for NFC normalisation grows
# with the square of the length.
MAX_PASSWORD_LENGTH = 1024
PASSWORD_HASHERS = ["accounts.sign_in.password_hasher.CappedPBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.sign_in.password_strength.MaximumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": MIN_PASSWORD_LENGTH},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.sign_in.password_strength.GuessableValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "diagnosis:upload"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# Without mandatory verification, the sign-up form would reveal who has an account.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600
# ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE stays off: with it, the page for the code would let
# people change the entered address only if it had no account yet. So anybody could find out which
# addresses have accounts.
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[SkinScreen] "
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_REDIRECT_URL = "diagnosis:home"
ACCOUNT_FORMS = {
    "login": "accounts.sign_in.allauth_forms.SignInForm",
    "signup": "accounts.forms.SignUpForm",
    "change_password": "accounts.forms.NewPasswordForm",
    "set_password": "accounts.sign_in.allauth_forms.FirstPasswordForm",
    "reset_password": "accounts.forms.AskForPasswordForm",
    "reset_password_from_key": "accounts.forms.ForgottenPasswordForm",
    "user_token": "accounts.sign_in.allauth_forms.ResetLinkForm",
    "confirm_email_verification_code": "accounts.sign_in.allauth_forms.CodeFromMailForm",
    "reauthenticate": "accounts.sign_in.allauth_forms.AgainForm",
}
ACCOUNT_ADAPTER = "accounts.sign_in.adapters.AccountAdapter"
# allauth's own limits. Sign-ups are counted by network ("ip"). TRIES below replaces the limits set
# to None. Most of these limits count by the entered address: anybody could lock the owner out.
ACCOUNT_RATE_LIMITS = {
    "signup": "30/5m/ip",
    "login": None,
    "login_failed": None,
    "reset_password": None,
    "confirm_email": None,
}
# The longest period of allauth's limits, including its defaults. The page about a reached limit
# shows this period as the wait, unless the limit is one of TRIES.
RATE_LIMIT_MINUTES = 5
# How often something may be tried (accounts/rate_limits/attempt_limits.py). `device`: for one
# account, from a known device. Other attempts are counted in up to three ways: `network`, for any
# account from one network; `pair`, for one account from one network; `account`, for one account
# from anywhere.
TRIES = {
    "sign_in": {
        "device": ["5/5m", "20/h"],
        "network": ["10/m"],
        "pair": ["5/5m", "10/h"],
        "account": ["50/h"],
    },
    # The password again, by a person who is signed in. Attempts of strangers do not count here.
    "password_again": {"device": ["5/5m", "20/h"], "pair": ["5/5m", "20/h"], "account": ["50/h"]},
    # Codes have six digits: at 20 guesses a day, a right guess takes 45 years on average.
    "second_step": {"device": ["5/5m", "20/d"], "pair": ["5/5m", "10/d"], "account": ["20/d"]},
    "second_step_again": {
        "device": ["5/5m", "20/d"],
        "pair": ["5/5m", "10/d"],
        "account": ["20/d"],
    },
    # Each attempt sends a mail.
    "reset_password": {
        "device": ["5/5m"],
        "network": ["20/5m"],
        "pair": ["5/h"],
        "account": ["20/h"],
    },
    "confirm_email": {"pair": ["1/10s", "5/5m", "10/h"], "account": ["30/h"]},
    # Mails to the owner about refused attempts, and about wrong codes after the right password.
    "notice": {"account": ["1/h", "3/d"]},
}
# A year since the last sign-in. Browsers keep cookies for at most 400 days.
DEVICE_COOKIE_AGE = 365 * 24 * 3600
# Mails about changes, so that nobody can take over an account without its owner noticing.
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_ADAPTER = "accounts.sign_in.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "accounts.sign_in.allauth_forms.SecondStepForm",
    "authenticate_webauthn": "accounts.sign_in.allauth_forms.PasskeyForm",
    "reauthenticate": "accounts.sign_in.allauth_forms.SecondStepAgainForm",
    "reauthenticate_webauthn": "accounts.sign_in.allauth_forms.PasskeyAgainForm",
    "login_webauthn": "accounts.sign_in.allauth_forms.PasskeySignInForm",
    "activate_totp": "accounts.sign_in.allauth_forms.AppForm",
    "add_webauthn": "accounts.sign_in.allauth_forms.NewPasskeyForm",
    "edit_webauthn": "accounts.sign_in.allauth_forms.PasskeyNameForm",
}
MFA_TOTP_ISSUER = "SkinScreen"
# RFC 6238, 5.2: the previous and the next code are valid, too, for inexact clocks and slow typing.
MFA_TOTP_PERIOD, MFA_TOTP_TOLERANCE = 30, 1
# A passkey alone is enough only if it has verified the person.
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.trusted_proxies()
# Browsers allow passkeys without TLS only on the local machine.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
# After how much inactivity a staff session ends (ASVS 7.3.1).
STAFF_IDLE = timedelta(minutes=env.integer("SKINSCREEN_STAFF_IDLE_MINUTES", 30, least=1, most=1440))
# How long after the sign-in a session ends in any case (ASVS 7.3.2). NIST SP 800-63B-4 sets a day
# where two factors are required, as for staff, and 30 days where one is enough.
STAFF_SESSION, LONGEST_SESSION = timedelta(days=1), timedelta(days=30)
# Whether superusers need a passkey or a security key. An app's codes can be phished.
SUPERUSERS_NEED_KEY = env.flag("SKINSCREEN_SUPERUSERS_NEED_KEY", default=False)
# The high limit outside production is for uploading a whole folder of test photos.
UPLOADS_PER_HOUR = env.integer(
    "SKINSCREEN_UPLOADS_PER_HOUR", 100 if IS_PRODUCTION else 10_000, least=1, most=1_000_000
)
