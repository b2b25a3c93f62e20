"""`python -m tests.load.crowd COUNT`: makes signed-in accounts, and prints cookies as JSON."""

import json
import sys

import django


def signed_in(email: str, **fields) -> str:
    """Make an account and return its session's cookie, since signing in is not measured."""
    from django.contrib.auth import get_user_model
    from django.http import HttpRequest
    from django.test import Client

    from accounts.mfa import mfa_status
    from accounts.privacy import consent

    user, _ = get_user_model().objects.get_or_create(email=email, defaults=fields)
    consent.give(user)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    request = HttpRequest()
    request.session = client.session
    mfa_status.record(request, user)
    request.session.save()
    return client.cookies["sessionid"].value


def clinician() -> str:
    from accounts.access.roles import leads, reviewers

    email = "clinician@example.invalid"
    cookie = signed_in(email, is_staff=True)
    user = reviewers().user_set.model.objects.get(email=email)
    user.groups.add(reviewers(), leads())
    return cookie


def main(count: int) -> None:
    django.setup()
    people = [signed_in(f"person-{number}@example.invalid") for number in range(count)]
    print(json.dumps({"people": people, "clinicians": [clinician()]}))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
