"""The tasks that beat sends, and when."""

from datetime import timedelta

from celery.schedules import crontab

from skinscreen.settings.core import HOME
from skinscreen.settings.reading import HEARTBEAT, SWEEP_SECONDS

# Without a worker, messages for the same work would pile up, so they expire. Beat sets the expiry
# by its clock, and the worker checks it by another clock. Without this margin, a worker whose clock
# is fast would discard every sweep.
CLOCKS_APART = 6 * 3600
CELERY_BEAT_SCHEDULE_FILENAME = str(HOME / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep stale screenings": {
        "task": "diagnosis.tasks.sweep_screenings_task",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS + CLOCKS_APART},
    },
    "sweep photos that are not measured": {
        "task": "diagnosis.tasks.sweep_measurements_task",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS + CLOCKS_APART},
    },
    "read photos again by a new model": {
        "task": "diagnosis.tasks.reread_screenings_task",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30 + CLOCKS_APART},
    },
    "ask every worker for a heartbeat": {
        "task": "diagnosis.tasks.note_heartbeat_task",
        "schedule": HEARTBEAT,
        "options": {"exchange": "every worker", "expires": HEARTBEAT.seconds + CLOCKS_APART},
    },
    "send mails": {
        "task": "accounts.tasks.send_mails_task",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS + CLOCKS_APART},
    },
    "send mails about readings and urgent results": {
        "task": "diagnosis.tasks.send_notices_task",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300 + CLOCKS_APART},
    },
    "send mails about raised results": {
        "task": "diagnosis.tasks.send_raised_results_task",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300 + CLOCKS_APART},
    },
    "send reminders": {
        "task": "diagnosis.tasks.send_reminders_task",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300 + CLOCKS_APART},
    },
    "plan questions about visits": {
        "task": "diagnosis.tasks.plan_visits_task",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300 + CLOCKS_APART},
    },
    "forget sessions that are over": {
        "task": "accounts.tasks.forget_sessions_task",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600 + CLOCKS_APART},
    },
    "empty the database's log": {
        "task": "accounts.tasks.truncate_log_task",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300 + CLOCKS_APART},
    },
    "delete photos after their time": {
        "task": "diagnosis.tasks.purge_photos_task",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600 + CLOCKS_APART},
    },
    "count the readings of all photos": {
        "task": "diagnosis.tasks.count_readings_task",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600 + CLOCKS_APART},
    },
    # At a fixed hour, since an interval starts again if beat loses its schedule file.
    "check the audit trail": {
        "task": "diagnosis.tasks.check_audit_trail_task",
        "schedule": crontab(hour="3", minute="17"),
    },
    "remove photos without a screening": {
        "task": "diagnosis.tasks.remove_orphans_task",
        "schedule": timedelta(days=1),
    },
}
