"""How often something may be tried for an account: a password, a code, a mail (ADR 26).

Whoever is counted by the account alone can be locked out of it by anybody. So a device that has
signed in to the account before is counted by itself, and everybody else by account and network.
The limit by the account alone is far higher: it takes many networks to reach it.
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
    """A counted try. One that succeeds is taken back, and one that a fault ended."""

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
    """Count a try of an action; raise where it is one too many."""
    taken = Taken()
    for scope, rate, counter in _counters(request, action, account, device):
        usage = ratelimit.consume(request, **counter, dry_run=dry_run, limit_get=True)
        if usage is None:
            raise TooManyError(scope, int(ratelimit.parse_rate(rate).duration))
        taken.usages.append(usage)
    return taken


def clear(request: HttpRequest, action: str, account: str) -> None:
    """Begin anew where somebody has proved that the account is theirs."""
    for scope, _, counter in _counters(request, action, account, ""):
        if scope != "network":
            ratelimit.clear(request, **counter)


def _counters(
    request: HttpRequest, action: str, account: str, device: str
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield scope, rate and counter; the account's last: tries refused before do not reach it."""
    network = ratelimit.get_ip(request)
    own = {"device": f"{account} {device}"}
    others = {"network": network, "pair": f"{account} {network}", "account": account}
    for scope, key in (own if device else others).items():
        name = f"{action}:{scope}"
        for rate in settings.TRIES[action].get(scope, ()):
            config = {name: f"{rate}/key"}
            yield scope, rate, {"app": "accounts", "action": name, "config": config, "key": key}
