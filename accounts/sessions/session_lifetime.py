"""When sessions end: after inactivity, by age, on request, or with the account."""

import time
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_reset
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import transaction
from django.db.models import F
from django.dispatch import Signal
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.signals import access_changed

SEEN, NOTED_EVERY, SINCE = "accounts.seen", 60, "accounts.since"
ANONYMOUS_LIFETIME = timedelta(days=1)
ELSEWHERE = _('You are also signed in on other devices. <a href="{}">Sign out there</a>')


def forget(request: HttpRequest, **_: Any) -> None:
    """Delete the stored browser and network address of a session that has signed out."""
    UserSession.objects.filter(session_key=request.session.session_key).delete()


def renew(request: HttpRequest, user: User, **_: Any) -> None:
    """Renew a session's id after a further authentication step, against session fixation."""
    if getattr(request, "user", None) != user:
        return  # signing in renews the id anyway
    old = request.session.session_key
    request.session.cycle_key()
    follow(request, old)


def follow(request: HttpRequest, old: str | None) -> None:
    """Keep a session with a renewed id in the list of devices, through which sessions are ended."""
    sessions = UserSession.objects.filter(session_key=old)
    sessions.update(session_key=request.session.session_key)


def note_start(request: HttpRequest, **_: Any) -> None:
    request.session[SINCE] = time.time()


def is_too_old(request: HttpRequest, user: User) -> bool:
    """Return whether the sign-in was too long ago, however active the session is."""
    if SINCE not in request.session:
        note_start(request)  # sessions of earlier releases have no start
    longest = settings.STAFF_SESSION if user.needs_second_step else settings.LONGEST_SESSION
    return bool(time.time() - request.session[SINCE] > longest.total_seconds())


def offer_to_end_others(
    request: HttpRequest, user: User, authenticator: Authenticator, signal: Signal, **_: Any
) -> None:
    """Offer to end all other sessions after a second step was changed (ASVS 7.4.3)."""
    # Recovery codes are created with the first other second step, and deleted with the last.
    is_automatic = authenticator.type == Authenticator.Type.RECOVERY_CODES
    is_by_the_person = not is_automatic or signal is authenticator_reset
    sessions = UserSession.objects.filter(user=user)
    if is_by_the_person and sessions.exclude(session_key=request.session.session_key).exists():
        messages.info(request, format_html(str(ELSEWHERE), reverse("usersessions_list")))


def is_idle(request: HttpRequest) -> bool:
    """Record activity, and return whether the previous activity was too long ago."""
    now = time.time()
    idle = now - request.session.get(SEEN, now)
    # A poll does not count as activity. The time is stored once a minute at most, to save writes.
    is_poll = "HX-Request" in request.headers
    if not is_poll and (idle > NOTED_EVERY or SEEN not in request.session):
        request.session[SEEN] = now
    return bool(idle > settings.STAFF_IDLE.total_seconds())


def end_all(instance: User, **_: Any) -> None:
    """Delete the sessions of an account. They would keep a deleted account's e-mail address."""
    keys = UserSession.objects.filter(user=instance).values("session_key")
    Session.objects.filter(session_key__in=keys).delete()


@transaction.atomic
def end_everywhere(user: User) -> None:
    """End all sessions of an account, and forget all its known devices.

    Do nothing if another request has done so since `user` was loaded.
    """
    current = User.objects.filter(pk=user.pk, device_generation=user.device_generation)
    if not current.update(device_generation=F("device_generation") + 1):
        return
    end_all(user)
    UserSession.objects.filter(user=user).delete()
    access_changed.send(User, user=user, changes={"sessions": "ended"})


def forget_ended() -> None:
    """Delete expired sessions, with the browsers and network addresses stored for them.

    Anonymous sessions are deleted after a day, since they contain entries of the sign-up form.
    """
    call_command("clearsessions")
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    last_day = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE) - ANONYMOUS_LIFETIME
    signed_in = UserSession.objects.values("session_key")
    Session.objects.filter(expire_date__lt=last_day).exclude(session_key__in=signed_in).delete()
