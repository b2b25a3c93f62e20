from django.http import HttpRequest

from accounts.models import User


class AuthenticatedHttpRequest(HttpRequest):
    """A request to a view that requires a sign-in, so that its user is not anonymous."""

    user: User
