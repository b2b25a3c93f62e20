"""How people sign up and in (see ADR 5); nothing here depends on the environment."""

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
]
# NIST SP 800-63B-4, 3.1.1.2, where a password is the only factor; nothing is said about its signs.
MIN_PASSWORD_LENGTH = 15
# Far beyond any password; normalising its letters takes time with the square of its length.
MAX_PASSWORD_LENGTH = 1024
PASSWORD_HASHERS = ["accounts.hashing.CappedPBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.MaximumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": MIN_PASSWORD_LENGTH},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.GuessableValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "diagnosis:upload"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# Only a mandatory check of the address keeps the sign-up form from telling who has an account.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
# Its neighbour, SUPPORTS_CHANGE, is offered to new addresses only, and so tells which are known.
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[SkinScreen] "
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_REDIRECT_URL = "diagnosis:home"
ACCOUNT_FORMS = {
    "login": "accounts.allauth_forms.SignInForm",
    "signup": "accounts.forms.SignUpForm",
    "change_password": "accounts.forms.NewPasswordForm",
    "set_password": "accounts.allauth_forms.FirstPasswordForm",
    "reset_password_from_key": "accounts.forms.ForgottenPasswordForm",
    "user_token": "accounts.allauth_forms.ResetLinkForm",
    "confirm_email_verification_code": "accounts.allauth_forms.CodeFromMailForm",
    "reauthenticate": "accounts.allauth_forms.AgainForm",
}
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
# By address of the network, by account ("user"), or by the e-mail address that is tried ("key").
ACCOUNT_RATE_LIMITS = {
    "signup": "30/5m/ip",
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/5m/ip,5/5m/key",
    "confirm_email": "1/10s/key,5/5m/key",
}
# What the page says to whoever met a limit; none of them, allauth's own included, is longer.
RATE_LIMIT_MINUTES = 5
# Whoever takes over an account cannot do it in silence.
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "accounts.allauth_forms.SecondStepForm",
    "authenticate_webauthn": "accounts.allauth_forms.PasskeyForm",
    "reauthenticate": "accounts.allauth_forms.SecondStepAgainForm",
    "reauthenticate_webauthn": "accounts.allauth_forms.PasskeyAgainForm",
    "login_webauthn": "accounts.allauth_forms.PasskeySignInForm",
    "activate_totp": "accounts.allauth_forms.AppForm",
    "add_webauthn": "accounts.allauth_forms.NewPasskeyForm",
    "edit_webauthn": "accounts.allauth_forms.PasskeyNameForm",
}
MFA_TOTP_ISSUER = "SkinScreen"
# With it alone only where the person has proved to the passkey that it is them.
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
