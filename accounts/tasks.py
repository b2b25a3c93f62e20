"""What beat has done about accounts."""

from celery import shared_task

from accounts import forgetting, limits, sessions

# Longer than whoever reads the database needs for a statement.
PATIENCE_MS = 1000


@shared_task(ignore_result=True)
def forget_sessions_task() -> None:
    sessions.forget_ended()
    forgetting.forget_unconfirmed()
    forgetting.forget_expired_cache()
    limits.forget()


@shared_task(ignore_result=True)
def truncate_log_task() -> None:
    forgetting.truncate_log(PATIENCE_MS)
