from django.http import HttpRequest

from accounts.models import User


class AuthenticatedHttpRequest(HttpRequest):
    """A request to a view without `login_not_required`, whose user is therefore signed in."""

    user: User
