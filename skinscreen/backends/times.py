"""Times for queries. The present time is always the database's, never a worker's."""

from datetime import date, datetime, time, timedelta

from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.functions import Now
from django.utils import timezone


def now_plus(delta: timedelta) -> ExpressionWrapper:
    return ExpressionWrapper(Now() + delta, output_field=DateTimeField())


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
