"""What beat has done about accounts."""

from allauth.usersessions.models import UserSession
from celery import shared_task
from django.contrib.sessions.models import Session
from django.core.management import call_command


@shared_task(ignore_result=True)
def forget_sessions_task() -> None:
    """Remove the sessions that are over, and the browsers and addresses that were kept of them."""
    call_command("clearsessions")
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
