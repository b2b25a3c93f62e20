from django.http import HttpRequest

from accounts.models import User


class AuthenticatedHttpRequest(HttpRequest):
    """The request of a view without `login_not_required`, whose user is signed in."""

    user: User
