"""A sign-up that waits for the code from the mail. Signing in instead abandons it."""

from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
)
from allauth.account.internal.stagekit import clear_login, get_pending_stage
from allauth.account.stages import EmailVerificationStage
from django.http import HttpRequest


def leave(request: HttpRequest) -> None:
    """Forget the sign-up in this browser.

    For an address that has an account, allauth stores only a key in the session, and no stage.
    """
    stage = get_pending_stage(request)
    if stage and stage.key == EmailVerificationStage.key:
        clear_login(request)
    if not request.user.is_authenticated:
        request.session.pop(EMAIL_VERIFICATION_CODE_SESSION_KEY, None)
