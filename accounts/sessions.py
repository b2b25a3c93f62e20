"""Where somebody is signed in, as allauth keeps it."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.http import HttpRequest


def forget(request: HttpRequest, **_: Any) -> None:
    """Keep neither browser nor address of a session that is signed out."""
    UserSession.objects.filter(session_key=request.session.session_key).delete()
