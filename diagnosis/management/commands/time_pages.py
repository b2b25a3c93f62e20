from http import HTTPStatus
from statistics import median
from time import perf_counter, process_time
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.models import Count
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.access.roles import leads, reviewers
from accounts.mfa import mfa_status
from diagnosis.models import Lesion, Screening
from diagnosis.review import stored_counts

REPETITIONS = 7
Page = tuple[str, str, Client]


class Command(BaseCommand):
    help = "Time the pages with lists, and print a Markdown table. Nothing is changed."

    def handle(self, *_: Any, **__: Any) -> None:
        if not Lesion.objects.exists():
            raise CommandError("There is nothing to list: run `manage.py seed_screenings` first.")
        photos, database = Screening.objects.count(), connection.display_name
        self.stdout.write(f"| page, {photos:,} photos, {database} | queries | ms | ms of CPU |")
        self.stdout.write("| --- | --- | --- | --- |")
        with transaction.atomic():
            stored_counts.refresh()
            for name, address, client in _pages():
                queries, wall, cpu = _time(client, address)
                self.stdout.write(f"| {name} | {queries} | {wall:.0f} | {cpu:.0f} |")
            transaction.set_rollback(True)


def _pages() -> list[Page]:
    """Return the pages with their visitors: the owner of the most photos, or a new lead."""
    users = get_user_model().objects
    owner = users.alias(photos=Count("screenings")).latest("photos")
    lead = users.create_user("time-pages@example.invalid", is_staff=True)
    lead.groups.add(reviewers(), leads())
    lesion = owner.lesions.alias(photos=Count("screenings")).latest("photos")
    case = Screening.objects.to_read(lead)[:1]
    admin, figures = "admin:diagnosis_screening_changelist", "diagnosis:figures"
    own, staff = _client(owner), _client(lead)
    return [
        ("History", reverse("diagnosis:history"), own),
        ("History, last page", reverse("diagnosis:history") + "?page=999", own),
        ("History, filtered by tier", reverse("diagnosis:history") + "?tier=urgent", own),
        ("Spots", reverse("diagnosis:lesions"), own),
        ("A spot", reverse("diagnosis:lesion", args=[lesion.pk]), own),
        ("Queue", reverse("diagnosis:queue"), staff),
        *(("A case", reverse("diagnosis:case", args=[screening.pk]), staff) for screening in case),
        ("Figures, last month", reverse(figures), staff),
        ("Figures, counted since 2000", reverse(figures) + "?since=2000-01-01", staff),
        ("Figures, all time, stored counts", reverse(figures) + "?since=", staff),
        ("Admin, all photos", reverse(admin), staff),
        ("Admin, filtered by reading", reverse(admin) + "?read=no", staff),
        ("Admin, filtered by tier", reverse(admin) + "?tier=urgent", staff),
        ("Admin, search", reverse(admin) + "?q=example", staff),
    ]


def _client(user: Any) -> Client:
    """Return a client that is signed in, including the second step."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    request = HttpRequest()
    request.session = client.session
    mfa_status.record(request, user)
    request.session.save()
    return client


def _time(client: Client, address: str) -> tuple[int, float, float]:
    """Return the number of queries of the first request, and median times (ms) of the others."""
    with CaptureQueriesContext(connection) as queries:
        if client.get(address).status_code != HTTPStatus.OK:
            raise CommandError(f"{address} is not shown.")
        count = len(queries)
    times = []
    for _ in range(REPETITIONS):
        wall, cpu = perf_counter(), process_time()
        client.get(address)
        times.append((1000 * (perf_counter() - wall), 1000 * (process_time() - cpu)))
    return count, *map(median, zip(*times, strict=True))
