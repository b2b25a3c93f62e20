"""Error reports to a Sentry server, if the operator configures one.

Signals of Django and Celery trigger the reports. The two libraries' log lines contain personal
data, and are silenced. A report has only the facts that may leave the machine: the kind of error,
the place in the code, and the page or task.
"""

from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from celery.signals import task_failure
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import got_request_exception
from structlog.contextvars import get_contextvars

if TYPE_CHECKING:
    from django.http import HttpRequest
    from sentry_sdk.types import Event, Hint

HEAD = ("event_id", "timestamp", "platform", "level", "environment")
FRAME = ("filename", "function", "lineno", "module")
UID = "skinscreen.reporting"


def start(dsn: str, environment: str, **options: Any) -> None:
    """Report every error of a request or a task from now on."""
    import sentry_sdk
    from sentry_sdk.utils import BadDsn

    try:
        sentry_sdk.init(
            dsn,
            environment=environment,
            before_send=permitted,
            default_integrations=False,
            auto_enabling_integrations=False,
            auto_session_tracking=False,
            include_local_variables=False,
            include_source_context=False,
            send_client_reports=False,
            max_breadcrumbs=0,
            max_request_body_size="never",
            **options,
        )
    except BadDsn:
        raise ImproperlyConfigured(
            "SKINSCREEN_SENTRY_DSN is not the address of a Sentry project: "
            "set it to the DSN in that project's settings."
        ) from None
    got_request_exception.connect(_report_request, dispatch_uid=UID)
    task_failure.connect(_report_task, dispatch_uid=UID)


def _report_request(request: "HttpRequest | None" = None, **_: Any) -> None:
    match = request.resolver_match if request else None
    _report(None, match.view_name if match else "a request")


def _report_task(
    sender: Any, exception: BaseException, traceback: TracebackType | None, **_: Any
) -> None:
    _report((type(exception), exception, traceback), sender.name)


def _report(error: Any, where: str) -> None:
    import sentry_sdk

    with sentry_sdk.new_scope() as scope:
        scope.set_tag("where", where)
        # The request's log line has this id, too.
        scope.set_tag("request_id", str(get_contextvars().get("request_id", "")))
        sentry_sdk.capture_exception(error)


def permitted(event: "Event", _: "Hint") -> "Event":
    """Return the event with only the permitted facts: no message, variable, address or name."""
    facts: dict[str, Any] = {name: value for name, value in event.items() if name in HEAD}
    errors = (event.get("exception") or {}).get("values") or []
    facts["exception"] = {"values": [_kind_and_place(error) for error in errors]}
    facts["tags"] = {
        name: value
        for name, value in dict(event.get("tags") or {}).items()
        if name in {"where", "request_id"}
    }
    return cast("Event", facts)


def _kind_and_place(error: dict[str, Any]) -> dict[str, Any]:
    frames = (error.get("stacktrace") or {}).get("frames") or []
    places = [{name: frame.get(name) for name in FRAME} for frame in frames]
    return {
        "type": error.get("type"),
        "module": error.get("module"),
        "stacktrace": {"frames": places},
    }
