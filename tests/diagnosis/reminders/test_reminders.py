"""When people get reminders, and above all when they do not."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPServerDisconnected
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import SkinType, User
from diagnosis import tasks
from diagnosis.lesions import services as lesion_services
from diagnosis.models import Answers, AuditEntry, Lesion, Prediction, Reminder, Screening
from diagnosis.reminders import mails, reminders, texts
from diagnosis.screenings import services
from tests.factories import make_reminder, make_review, make_screening, make_user

DAY = timedelta(days=1)


# The original function, before `always_day` replaces it.
is_day = mails.is_day


@pytest.fixture(autouse=True)
def always_day(monkeypatch):
    monkeypatch.setattr(mails, "is_day", lambda now, zone: True)


@pytest.fixture
def urgent(make):
    return make("done", tier="urgent")


@pytest.fixture
def visit(urgent):
    """A reminder of a visit, due since yesterday."""
    return make_reminder(urgent.lesion, screening=urgent)


def days_until(reminder):
    return round((reminder.due_at - timezone.now()) / DAY)


# Planning


@pytest.mark.parametrize("is_lowered", [True, False])
def test_an_answer_during_the_planning_is_kept(urgent, owner, reviewer, monkeypatch, is_lowered):
    for sent in (Prediction, Screening):
        sent.objects.update(created_at=timezone.now() - 16 * DAY)
    visit = make_reminder(urgent.lesion, -9, screening=urgent)
    if is_lowered:
        make_review(urgent, reviewer, "watch")
    day = reminders.due.day

    def answer_meanwhile(*args):
        reminders.answer(visit, by=owner, choice="seen")
        return day(*args)

    monkeypatch.setattr(reminders.due, "day", answer_meanwhile)
    reminders.plan_visits()
    answered = Reminder.objects.get(pk=visit.pk)
    assert (answered.answer, answered.due_at) == ("seen", visit.due_at)


def test_a_question_asked_again_and_mailed_during_the_planning_is_not_mailed_twice(
    urgent, monkeypatch
):
    for sent in (Prediction, Screening):
        sent.objects.update(created_at=timezone.now() - 16 * DAY)
    make_reminder(urgent.lesion, -9, screening=urgent)
    day = reminders.due.day

    def mail_meanwhile(*args):
        with monkeypatch.context() as patched:
            patched.setattr(reminders.due, "day", day)
            reminders.send()
        return day(*args)

    monkeypatch.setattr(reminders.due, "day", mail_meanwhile)
    reminders.plan_visits()
    assert Reminder.objects.get().sent_at
    reminders.send()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(("tier", "days"), [("urgent", 7), ("elevated", 7), ("soon", 28)])
def test_a_visit_is_asked_about_halfway_to_the_advised_day(make, tier, days):
    screening = make("done", tier=tier)
    for _ in range(2):
        reminders.plan_visits()
    reminder = Reminder.objects.get()
    assert (reminder.kind, reminder.screening, days_until(reminder)) == ("visit", screening, days)


def test_a_visit_that_only_the_answers_advise_is_asked_about(make, owner):
    screening = make("done", tier="watch")
    services.answer(screening, by=owner, ticked={"bleeds": True})
    reminders.plan_visits()
    assert days_until(Reminder.objects.get()) == 7


def test_a_visit_that_only_a_clinician_advises_is_asked_about(make, reviewer):
    make_review(make("done", tier=""), reviewer, "refer")
    reminders.plan_visits()
    assert days_until(Reminder.objects.get()) == 28


def test_an_open_question_is_asked_once_more_after_the_advised_day(urgent):
    Prediction.objects.update(created_at=timezone.now() - 16 * DAY)
    Screening.objects.update(created_at=timezone.now() - 16 * DAY)
    reminder = make_reminder(urgent.lesion, -9, screening=urgent)
    Reminder.objects.update(sent_at=timezone.now() - 8 * DAY)
    reminders.plan_visits()
    reminder.refresh_from_db()
    assert (days_until(reminder) >= -2, reminder.sent_at) == (True, None)
    Reminder.objects.update(sent_at=timezone.now())
    reminders.plan_visits()
    reminder.refresh_from_db()
    assert reminder.sent_at


@pytest.mark.parametrize(
    ("status", "tier"),
    [("done", "watch"), ("done", ""), ("refused", None), ("failed", None), ("pending", None)],
)
def test_no_visit_is_planned_without_advice_to_see_a_doctor(make, status, tier):
    make(status, tier=tier)
    reminders.plan_visits()
    assert not Reminder.objects.exists()


def test_a_lesion_with_many_urgent_photos_is_asked_about_once(urgent, make):
    make("done", tier="urgent", lesion=urgent.lesion)
    reminders.plan_visits()
    assert Reminder.objects.count() == 1


def test_a_photo_older_than_an_answer_is_not_asked_about(urgent, make, owner, visit):
    make("done", tier="urgent", lesion=urgent.lesion)
    # The database may cut the answer's time to milliseconds, so the result must clearly be older.
    Prediction.objects.update(created_at=timezone.now() - DAY)
    reminders.answer(visit, by=owner, choice="seen")
    reminders.plan_visits()
    assert not Reminder.objects.open().exists()


def test_an_urgent_photo_after_an_answer_is_asked_about_again(visit, make, owner):
    reminders.answer(visit, by=owner, choice="seen")
    newer = make("done", tier="urgent", lesion=visit.lesion)
    reminders.plan_visits()
    assert Reminder.objects.open().get().screening == newer


def test_a_withheld_result_is_asked_about_once_it_is_shown(urgent, owner, reviewer):
    owner.skin_type = SkinType.VI
    owner.save()
    reminders.plan_visits()
    assert not Reminder.objects.exists()
    make_review(urgent, reviewer, "agree")
    reminders.plan_visits()
    assert days_until(Reminder.objects.get()) == 7


def test_a_visit_for_the_answers_is_asked_about_although_the_photo_was_not_usable(
    visit, owner, reviewer
):
    owner.skin_type = "VI"
    owner.save()
    Answers.objects.create(screening=visit.screening, bleeds=True)
    assert not Reminder.objects.shown().exists()
    make_review(visit.screening, reviewer, "unusable")
    assert Reminder.objects.shown().exists()


def test_many_due_questions_take_as_many_queries_as_a_few(make, django_assert_num_queries):
    def add(number):
        for _ in range(number):
            photo = make("done", tier="urgent")
            make_reminder(photo.lesion, screening=photo)

    add(2)
    with CaptureQueriesContext(connection) as few:
        reminders.plan_visits()
    add(8)
    with django_assert_num_queries(len(few)):
        reminders.plan_visits()


def test_while_a_new_photo_waits_a_run_plans_one_batch(make, monkeypatch):
    monkeypatch.setattr(reminders, "BATCH", 1)
    for _ in range(4):
        make("done", tier="urgent")
    new = make()
    for planned in (1, 2):
        reminders.plan_visits()
        assert Reminder.objects.count() == planned
    new.delete()
    reminders.plan_visits()
    assert Reminder.objects.count() == 4


def test_every_photo_gets_its_turn_although_a_run_looks_at_few(make, owner, monkeypatch):
    for _ in range(2):
        services.answer(make("done", tier="watch"), by=owner, ticked={"is_new": True})
    make("done", tier="urgent")
    monkeypatch.setattr(reminders, "AT_ONCE", 1)
    # Each run picks a photo at random. In 100 runs, one surely picks the urgent photo.
    for _ in range(100):
        reminders.plan_visits()
    assert Reminder.objects.count() == 1


# Answers


@pytest.mark.parametrize("answer", ["booked", "not_yet"])
def test_an_answer_before_the_advised_day_is_followed_by_a_question_after_it(visit, owner, answer):
    reminders.answer(visit, by=owner, choice=answer)
    again = Reminder.objects.open().get().due_at
    assert timezone.localdate(again) == timezone.localdate() + 15 * DAY


@pytest.mark.parametrize(("answer", "again"), [("seen", []), ("booked", [28]), ("not_yet", [14])])
def test_an_answer_is_stored_and_sets_the_next_question(visit, owner, answer, again):
    Prediction.objects.update(created_at=timezone.now() - 30 * DAY)
    Screening.objects.update(created_at=timezone.now() - 30 * DAY)
    reminders.answer(Reminder.objects.get(), by=owner, choice=answer)
    visit.refresh_from_db()
    assert (visit.answer, visit.closed_at is None) == (answer, False)
    assert [days_until(reminder) for reminder in Reminder.objects.open()] == again
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.actor, entry.detail) == ("answer", owner.pk, {"question": "visit"})


def test_only_the_first_answer_counts(visit, owner):
    for answer in ("not_yet", "seen"):
        reminders.answer(visit, by=owner, choice=answer)
    visit.refresh_from_db()
    assert (visit.answer, Reminder.objects.count()) == ("not_yet", 2)


def test_every_answer_gets_a_sentence():
    assert set(texts.VISIT_ANSWERED) == set(Reminder.Answer.values)


# A new photo


@pytest.mark.parametrize(("months", "days"), [(1, 30), (3, 91), (6, 182)])
def test_a_recheck_is_due_on_the_chosen_day(screening, months, days):
    for chosen in (3, months):
        reminders.choose_recheck(screening.lesion, months=chosen)
    reminder = Reminder.objects.get()
    assert (reminder.kind, days_until(reminder)) == ("recheck", days)


def test_a_recheck_can_be_cancelled(screening):
    for months in (1, 0):
        reminders.choose_recheck(screening.lesion, months=months)
    assert not Reminder.objects.exists()


@pytest.mark.parametrize(("days", "is_closed"), [(-1, True), (1, False)])
def test_a_new_photo_closes_a_due_recheck(screening, owner, jpeg, days, is_closed):
    reminder = make_reminder(screening.lesion, days)
    make_screening(owner, jpeg, lesion=screening.lesion)
    reminder.refresh_from_db()
    assert (reminder.closed_at is not None) == is_closed


def test_a_photo_of_another_spot_closes_nothing(screening, make):
    reminder = make_reminder(screening.lesion)
    make()
    reminder.refresh_from_db()
    assert reminder.closed_at is None


# Mails


def test_a_mail_reveals_nothing_about_the_spot_or_its_result(visit, owner, settings):
    Lesion.objects.update(name="the dark one", body_site="back")
    reminders.send()
    (sent,) = mail.outbox
    text = f"{sent.subject}\n{sent.body}".lower()
    assert (sent.to, sent.attachments) == ([owner.email], [])
    assert f"{settings.SITE_URL}/screenings/" in sent.body
    private_words = (
        "dark",
        "back",
        "urgent",
        "melanoma",
        "of 100",
        "dermatolog",
        "doctor",
        "spot",
        "skin ",
    )
    assert [word for word in private_words if word in text] == []


def test_a_mail_program_can_stop_reminders_with_one_click(visit, client, owner):
    reminders.send()
    headers = mail.outbox[0].message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = headers["List-Unsubscribe"].strip("<>")
    assert url in mail.outbox[0].body
    client.post(url, {"List-Unsubscribe": "One-Click"})
    owner.refresh_from_db()
    assert not owner.is_reminded


def refuse(*_):
    raise ConnectionRefusedError


def set_owner(**fields):
    return lambda visit: User.objects.filter(pk=visit.lesion.owner_id).update(**fields)


def send_once(visit):
    reminders.send()
    mail.outbox.clear()


def set_the_clock_back(visit):
    """After the mail, set the clock back two days: the mail's time is then in the future."""
    send_once(visit)
    Reminder.objects.update(due_at=F("due_at") + 2 * DAY, sent_at=F("sent_at") + 2 * DAY)


def set_the_clock_back_and_wait(visit):
    set_the_clock_back(visit)
    Reminder.objects.update(due_at=F("due_at") - 2 * DAY)


def lower_the_urgency(visit):
    for name in ("first", "second"):
        make_review(visit.screening, make_user(f"{name}@example.org"), "watch")


NEVER = {
    "before it is due": lambda visit: Reminder.objects.update(due_at=timezone.now() + DAY),
    "twice": send_once,
    "again after the clock was set back": set_the_clock_back,
    "again when the clock has caught up": set_the_clock_back_and_wait,
    "after an answer": lambda visit: reminders.answer(visit, by=visit.lesion.owner, choice="seen"),
    "after unsubscribing": set_owner(is_reminded=False),
    "to a closed account": set_owner(is_active=False),
    "after the photo is deleted": lambda visit: visit.screening.delete(),
    "after the spot is deleted": lambda visit: lesion_services.withdraw_lesion(
        visit.lesion, by=visit.lesion.owner
    ),
    "after the account is deleted": lambda visit: visit.lesion.owner.delete(),
    "about a withheld result": set_owner(skin_type="V"),
    "after clinicians lowered the urgency": lower_the_urgency,
    "while another run sends it": lambda visit: Reminder.objects.due().claim(),
}


@pytest.mark.parametrize("when", NEVER)
def test_a_mail_is_not_sent(visit, when):
    NEVER[when](visit)
    tasks.send_reminders_task()
    assert mail.outbox == []


def test_a_mail_is_sent_if_no_condition_prevents_it(visit):
    tasks.send_reminders_task()
    assert len(mail.outbox) == 1


def test_the_task_plans_visits(urgent):
    tasks.plan_visits_task()
    assert Reminder.objects.get().screening == urgent


def test_a_finished_recheck_is_not_mailed(screening, owner, jpeg):
    make_reminder(screening.lesion)
    make_screening(owner, jpeg, lesion=screening.lesion)
    reminders.send()
    assert mail.outbox == []


def test_several_due_reminders_are_one_mail(visit, screening, stranger, jpeg):
    make_reminder(visit.lesion)
    make_reminder(screening.lesion)
    make_reminder(make_screening(stranger, jpeg).lesion)
    for _ in range(2):
        reminders.send()
    assert sorted(sent.to[0] for sent in mail.outbox) == sorted(
        [visit.lesion.owner.email, stranger.email]
    )
    assert not Reminder.objects.filter(sent_at=None).exists()


def test_reminders_marked_by_a_concurrent_run_are_left_alone(visit, monkeypatch):
    """Both runs select the same people. The slower one finds every row marked."""
    monkeypatch.setattr(mails, "awake", lambda owners: iter(User.objects.all()))
    for _ in range(2):
        reminders.send()
    assert len(mail.outbox) == 1


def test_a_failing_mail_server_loses_no_mail(visit, monkeypatch, caplog):
    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "open", refuse)
        reminders.send()
    assert "mail server failed (ConnectionRefusedError)" in caplog.text
    reminders.send()
    assert len(mail.outbox) == 1


def test_a_mail_lost_on_the_way_is_not_sent_again(visit, owner, monkeypatch, caplog):
    def lose(*_):
        raise SMTPServerDisconnected(owner.email)

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", lose)
        reminders.send()
    reminders.send()
    assert mail.outbox == []
    assert owner.email not in caplog.text
    assert Reminder.objects.due_for(owner).get() == visit


@pytest.mark.parametrize(
    ("zone", "hour", "expected"),
    [
        ("Europe/London", 8, False),
        ("Europe/London", 9, True),
        ("Europe/London", 19, True),
        ("Europe/London", 20, False),
        ("Asia/Tokyo", 0, True),
        ("Asia/Tokyo", 12, False),
        ("America/New_York", 12, False),
        ("America/New_York", 15, True),
    ],
)
def test_day_is_from_9_to_20_in_the_persons_zone(zone, hour, expected):
    assert is_day(datetime(2026, 1, 15, hour, 30, tzinfo=UTC), ZoneInfo(zone)) == expected


def test_a_reminder_due_at_night_is_sent_by_day(visit, owner, monkeypatch):
    owner.time_zone = "Asia/Tokyo"
    owner.save()
    monkeypatch.setattr(mails, "is_day", lambda now, zone: zone.key != "Asia/Tokyo")
    reminders.send()
    assert (mail.outbox, Reminder.objects.get().sent_at) == ([], None)
    monkeypatch.setattr(mails, "is_day", lambda now, zone: zone.key == "Asia/Tokyo")
    reminders.send()
    assert len(mail.outbox) == 1


# Bad states


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("reminder_of_a_visit_has_its_result", {"kind": "recheck"}),
        ("reminder_of_a_visit_has_its_result", {"kind": "other"}),
        ("reminder_of_a_visit_has_its_result", {"screening": None}),
        ("reminder_of_a_visit_is_closed_by_an_answer", {"closed_at": timezone.now()}),
        ("reminder_of_a_visit_is_closed_by_an_answer", {"answer": "seen"}),
        (
            "reminder_of_a_visit_is_closed_by_an_answer",
            {"answer": "maybe", "closed_at": timezone.now()},
        ),
        ("reminder_is_not_sent_early", {"sent_at": timezone.now() - 2 * DAY}),
    ],
)
def test_the_database_refuses_a_reminder_in_a_bad_state(visit, constraint, fields):
    with pytest.raises(IntegrityError, match=constraint):
        Reminder.objects.update(**fields)


def test_the_database_refuses_a_second_open_reminder_of_a_kind(visit):
    with pytest.raises(IntegrityError):
        make_reminder(visit.lesion, screening=visit.screening)


def test_a_reminder_has_a_name_in_the_admin(visit):
    assert str(visit) == "Have you seen a doctor?: Spot 1"


def test_nobody_is_asked_about_a_visit_that_clinicians_no_longer_advise(visit, urgent, reviewer):
    for reader in (reviewer, make_user("second@example.org")):
        make_review(urgent, reader, "watch")
    reminders.plan_visits()
    assert not Reminder.objects.exists()
