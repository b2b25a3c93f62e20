"""How people sign up and in (see ADR 5)."""

from datetime import timedelta

from skinscreen.environment import env
from skinscreen.settings.core import IS_PRODUCTION

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
]
# NIST SP 800-63B-4, 3.1.1.2, where a password is the only factor; nothing is said about its signs.
MIN_PASSWORD_LENGTH = 15
# Far beyond any password; normalising its letters takes time with the square of its length.
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
# Only a mandatory check of the address keeps the sign-up form from telling who has an account.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600
# Its neighbour, SUPPORTS_CHANGE, is offered to new addresses only, and so tells which are known.
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
# allauth's own, by network ("ip") or by the account of whoever is signed in ("user"). Those that it
# counts by the e-mail address that is tried are ours: anybody could lock its holder out.
ACCOUNT_RATE_LIMITS = {
    "signup": "30/5m/ip",
    "login": None,
    "login_failed": None,
    "reset_password": None,
    "confirm_email": None,
}
# What the page says to whoever met one of them; none is longer.
RATE_LIMIT_MINUTES = 5
# How often something may be tried for an account (accounts/rate_limits/attempt_limits.py): from a
# device that it knows; else from a network for any account, by the pair of account and network, and
# by the account alone.
TRIES = {
    "sign_in": {
        "device": ["5/5m", "20/h"],
        "network": ["10/m"],
        "pair": ["5/5m", "10/h"],
        "account": ["50/h"],
    },
    # The password or the code again, of whoever is signed in: no stranger's tries count here.
    "password_again": {"device": ["5/5m", "20/h"], "pair": ["5/5m", "20/h"], "account": ["50/h"]},
    # Six digits: of 20 guesses a day one is right in 45 years.
    "second_step": {"device": ["5/5m", "20/d"], "pair": ["5/5m", "10/d"], "account": ["20/d"]},
    "second_step_again": {"device": ["5/5m", "20/d"], "pair": ["5/5m"], "account": ["20/d"]},
    # Each sends a mail.
    "reset_password": {
        "device": ["5/5m"],
        "network": ["20/5m"],
        "pair": ["5/h"],
        "account": ["20/h"],
    },
    "confirm_email": {"pair": ["1/10s", "5/5m", "10/h"], "account": ["30/h"]},
    # Mails that tell of tries that were stopped.
    "notice": {"account": ["1/h", "3/d"]},
}
# A year since the last sign-in; browsers keep no cookie for longer than 400 days.
DEVICE_COOKIE_AGE = 365 * 24 * 3600
# Whoever takes over an account cannot do it in silence.
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
# RFC 6238, 5.2: the code before and after is taken too, for slow clocks and slow fingers.
MFA_TOTP_PERIOD, MFA_TOTP_TOLERANCE = 30, 1
# With it alone only where the person has proved to the passkey that it is them.
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.trusted_proxies()
# Passkeys work without TLS on one's own machine alone.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
# How long who may see what others sent stays signed in without doing anything (ASVS 7.3.1).
STAFF_IDLE = timedelta(minutes=env.integer("SKINSCREEN_STAFF_IDLE_MINUTES", 30, least=1, most=1440))
# How long after a sign-in a session ends, whatever was done since (ASVS 7.3.2): NIST SP 800-63B-4
# has a day where two factors are needed, as of staff, and 30 days where one is enough.
STAFF_SESSION, LONGEST_SESSION = timedelta(days=1), timedelta(days=30)
# Whether superusers need a passkey or a security key: codes can be fished from somebody.
SUPERUSERS_NEED_KEY = env.flag("SKINSCREEN_SUPERUSERS_NEED_KEY", default=False)
# On one's own machine a folder of test photos may be sent in one go.
UPLOADS_PER_HOUR = env.integer(
    "SKINSCREEN_UPLOADS_PER_HOUR", 100 if IS_PRODUCTION else 10_000, least=1, most=1_000_000
)
