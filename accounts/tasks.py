"""Scheduled Celery tasks about accounts and mails."""

from typing import Any

from celery import shared_task

from accounts.mail import outbox
from accounts.privacy import deletion
from accounts.rate_limits import hourly_limits
from accounts.sessions import session_lifetime

# How long to wait for concurrent readers, whose statements take less time.
PATIENCE_MS = 1000


@shared_task(ignore_result=True)
def forget_sessions_task() -> None:
    session_lifetime.forget_ended()
    deletion.forget_unconfirmed()
    deletion.forget_expired_cache()
    hourly_limits.forget()


@shared_task(ignore_result=True)
def truncate_log_task() -> None:
    deletion.truncate_log(PATIENCE_MS)


@shared_task(ignore_result=True)
def send_mails_task() -> None:
    outbox.send()


def publish_mails(**_: Any) -> None:
    """Have a worker send the waiting mails. If the broker is down, beat's next task sends them."""
    send_mails_task.apply_async(expires=60)
