"""A calendar entry for a day. It reveals as little as our mails: others may see a calendar."""

from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from icalendar import Alarm, Calendar, Event

from diagnosis.models import Reminder, Screening
from diagnosis.reminders import texts


def of_reminder(reminder: Reminder) -> bytes:
    """Return an .ics file with the day of a reminder, in the person's time zone."""
    return entry(str(reminder.pk), timezone.localdate(reminder.due_at), reminder.created_at)


def of_screening(screening: Screening, day: date) -> bytes:
    """Return an .ics file with the day to see a doctor by, or with the day of the next photo."""
    return entry(f"{screening.pk}-{day}", day, screening.created_at)


def entry(key: str, day: date, made_at: datetime) -> bytes:
    event = Event()
    event.add("uid", f"{key}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", made_at)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", str(texts.REMINDER_SUBJECT))
    event.add("url", settings.SITE_URL + reverse("diagnosis:history"))
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    event.add_component(_alarm())
    calendar = Calendar()
    calendar.add("prodid", "-//SkinScreen//Reminders//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _alarm() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", str(texts.REMINDER_SUBJECT))
    # Relative to midnight, when an all-day entry begins.
    alarm.add("trigger", timedelta(hours=9))
    return alarm
