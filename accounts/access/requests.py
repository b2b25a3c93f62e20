from django.http import HttpRequest

from accounts.models import User


class AuthenticatedHttpRequest(HttpRequest):
    """What a view gets, if it does not say otherwise: anybody else is led to signing in."""

    user: User
