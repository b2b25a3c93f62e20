"""Rate limits on attempts for an account: a password, a code, a mail (ADR 26).

With a low limit for the account, anybody could lock its owner out. So a known device has a limit of
its own. Other attempts are counted by pair of account and network, by account, and for some actions
by network. The account's limit is two to five times as high as a pair's, so that only attempts from
several networks reach it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest


class TooManyError(Exception):
    def __init__(self, scope: str, seconds: int) -> None:
        super().__init__(scope)
        self.scope, self.seconds = scope, seconds


@dataclass
class Taken:
    """A counted attempt. In a `with` block, it stays counted only if ValidationError is raised."""

    usages: list[ratelimit.RateLimitUsage] = field(default_factory=list)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not ValidationError:
            self.rollback()

    def rollback(self) -> None:
        for usage in self.usages:
            usage.rollback()


def take(
    request: HttpRequest, action: str, account: str, *, device: str = "", dry_run: bool = False
) -> Taken:
    """Count an attempt. Raise TooManyError if a limit is reached."""
    taken = Taken()
    for scope, rate, counter in _counters(request, action, account, device):
        usage = ratelimit.consume(request, **counter, dry_run=dry_run, limit_get=True)
        if usage is None:
            raise TooManyError(scope, int(ratelimit.parse_rate(rate).duration))
        taken.usages.append(usage)
    return taken


def clear(request: HttpRequest, action: str, account: str) -> None:
    """Reset an account's count, and its count on this network, after a new password."""
    for scope, _, counter in _counters(request, action, account, ""):
        if scope != "network":
            ratelimit.clear(request, **counter)


def _counters(
    request: HttpRequest, action: str, account: str, device: str
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each limit's scope, its rate, and allauth's arguments for its count.

    The account comes last, so that an attempt that another limit refuses does not count against the
    account.
    """
    network = ratelimit.get_ip(request)
    device_key = {"device": f"{account} {device}"}
    keys = {"network": network, "pair": f"{account} {network}", "account": account}
    for scope, key in (device_key if device else keys).items():
        name = f"{action}:{scope}"
        for rate in settings.TRIES[action].get(scope, ()):
            config = {name: f"{rate}/key"}
            yield scope, rate, {"app": "accounts", "action": name, "config": config, "key": key}
