"""Celery: the broker, the queues, and the time limits of tasks."""

from kombu import Queue
from kombu.common import Broadcast

from skinscreen import keepalive
from skinscreen.environment import env
from skinscreen.run import embedded_broker
from skinscreen.settings.core import IS_PRODUCTION
from skinscreen.settings.reading import LEASE, WORKER_CHILDREN

CELERY_BROKER_URL = env.redis_url("REDIS_URL", is_production=IS_PRODUCTION) or embedded_broker.url()
CELERY_TASK_IGNORE_RESULT = True
# Sweeps and waiting mails have a queue of their own ("sweep"), so that they need not wait behind a
# long queue of photos. "every worker" is a broadcast queue: each worker gets every message that is
# sent while it runs.
CELERY_TASK_QUEUES = [
    Queue("celery"),
    Queue("sweep"),
    Queue("measure"),
    Queue("shadow"),
    Queue("reread"),
    Broadcast("every worker"),
]
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_ROUTES = {
    "diagnosis.tasks.sweep_screenings_task": {"queue": "sweep"},
    "diagnosis.tasks.sweep_measurements_task": {"queue": "sweep"},
    "accounts.tasks.send_mails_task": {"queue": "sweep"},
    "diagnosis.tasks.measure_screening_task": {"queue": "measure"},
    "diagnosis.tasks.shadow_screening_task": {"queue": "shadow"},
    "diagnosis.tasks.reread_screenings_task": {"queue": "reread"},
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SOFT_TIME_LIMIT = max(1, LEASE.seconds * 2 // 3 - 2)
# The soft limit raises no exception inside C++ code. Only the hard limit ends such code.
CELERY_TASK_TIME_LIMIT = max(2, LEASE.seconds * 2 // 3)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 60
CELERY_WORKER_CONCURRENCY = WORKER_CHILDREN
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# With these socket timeouts, a frozen broker blocks a publisher for less than 5 s. Without them, it
# would block for over a minute.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    **keepalive.REDIS,
    "visibility_timeout": 120,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
