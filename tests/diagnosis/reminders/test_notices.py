"""A clinician's reading reaches the person: on pages, by mail, and in the end through the lead."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from diagnosis.models import AuditEntry, Notice, Profile, Screening
from diagnosis.reminders import mails, notices
from diagnosis.review import services as reviewing
from tests.factories import make_prediction, make_user

HOME = reverse("diagnosis:home")
READ = "A clinician has read your photo"
THREE_DAYS = timedelta(days=3, minutes=1)


@pytest.fixture(autouse=True)
def always_day(monkeypatch):
    monkeypatch.setattr(mails, "is_day", lambda *_: True)


@pytest.fixture
def read(make, reviewer):
    """Let several clinicians read a photo in turn, with a run of the mail task after each."""

    def build(*verdicts, tier="watch", readings_due=1):
        screening = make("done", tier=tier, readings_due=readings_due)
        readers = [reviewer, *(make_user(f"reader-{n}@example.org") for n in range(2))]
        for reader, verdict in zip(readers, verdicts, strict=False):
            reviewing.record_reading(screening, by=reader, verdict=verdict)
            notices.send()
        return screening

    return build


def pass_time(days):
    for name in ("noted_at", "mailed_at", "due_at"):
        Notice.objects.update(**{name: F(name) - days})


@pytest.mark.parametrize("verdict", ["urgent", "soon", "watch", "unusable"])
@pytest.mark.parametrize("tier", ["urgent", "soon", "watch", ""])
def test_every_reading_is_mailed_once(read, owner, tier, verdict):
    read(verdict, tier=tier)
    notices.send()
    assert [message.to for message in mail.outbox] == [[owner.email]]


def test_a_reading_is_mailed_even_with_reminders_switched_off(read, owner):
    User.objects.filter(pk=owner.pk).update(is_reminded=False)
    read("soon")
    assert [message.to for message in mail.outbox] == [[owner.email]]


def test_a_reading_is_mailed_to_somebody_who_has_not_consented_yet(read, owner):
    User.objects.filter(pk=owner.pk).update(consent_version="", consented_at=None)
    read("soon")
    assert [message.to for message in mail.outbox] == [[owner.email]]


@pytest.mark.parametrize(
    ("tier", "verdicts", "number"),
    [
        ("watch", ("soon", "soon"), 1),
        ("watch", ("soon", "urgent"), 2),
        ("watch", ("watch", "urgent"), 2),
        ("watch", ("urgent", "watch"), 1),
        # The heading was urgent before the second reading.
        ("urgent", ("soon", "urgent"), 1),
    ],
)
def test_only_a_more_urgent_reading_is_mailed_again(read, tier, verdicts, number):
    read(*verdicts, tier=tier, readings_due=2)
    assert len(mail.outbox) == number


def test_a_mail_does_not_reveal_the_reading(read):
    read("urgent")
    assert "urgent" not in mail.outbox[0].body + mail.outbox[0].subject
    assert "stop" not in mail.outbox[0].body


def test_no_mail_is_sent_at_night(read, monkeypatch):
    monkeypatch.setattr(mails, "is_day", lambda *_: False)
    read("urgent")
    assert mail.outbox == []
    monkeypatch.setattr(mails, "is_day", lambda *_: True)
    notices.send()
    assert len(mail.outbox) == 1


def test_a_notice_stays_on_the_persons_pages_until_it_is_opened(read, owner_client):
    screening = read("soon")
    assert READ in owner_client.get(HOME).content.decode()
    owner_client.get(screening.get_absolute_url())
    assert READ not in owner_client.get(HOME).content.decode()


def test_several_notices_share_one_sentence_with_a_link_to_each_photo(make, reviewer, owner_client):
    photos = [make("done", tier="watch", readings_due=1) for _ in range(3)]
    for screening in photos:
        reviewing.record_reading(screening, by=reviewer, verdict="soon")
    page = owner_client.get(HOME).content.decode()
    assert page.count(READ) == 1
    news = page[page.index(READ) :].split("</ul>")[0]
    assert [photo.get_absolute_url() in news for photo in photos] == [True] * 3


def test_nobody_else_sees_or_opens_a_notice(read, client, stranger):
    screening = read("soon")
    client.force_login(stranger)
    assert READ not in client.get(HOME).content.decode()
    client.get(screening.get_absolute_url())
    assert Notice.objects.get().opened_at is None


@pytest.mark.parametrize(("verdict", "number"), [("urgent", 2), ("soon", 1), ("watch", 1)])
def test_an_unopened_urgent_reading_is_mailed_once_more(read, verdict, number):
    read(verdict)
    for _ in range(3):
        pass_time(THREE_DAYS)
        notices.send()
    assert len(mail.outbox) == number


def test_an_opened_urgent_reading_is_not_mailed_again(read, owner_client):
    screening = read("urgent")
    owner_client.get(screening.get_absolute_url())
    pass_time(THREE_DAYS)
    notices.send()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(("tier", "number"), [("urgent", 1), ("soon", 0), ("watch", 0), ("", 0)])
def test_an_unopened_urgent_result_of_the_model_is_mailed_once(make, tier, number):
    Notice.objects.note_result(make("done", tier=tier))
    notices.send()
    assert mail.outbox == []
    for _ in range(2):
        pass_time(THREE_DAYS)
        notices.send()
    assert len(mail.outbox) == number


def test_an_urgent_result_that_waits_for_answers_is_mailed_although_the_page_was_opened(
    make, owner_client
):
    screening = make("done", tier="urgent", asks_first=True)
    Notice.objects.note_result(screening)
    owner_client.get(screening.get_absolute_url())
    pass_time(THREE_DAYS)
    notices.send()
    assert len(mail.outbox) == 1
    Profile.objects.update(birth_year=1974)
    owner_client.get(screening.get_absolute_url())
    assert Notice.objects.get().opened_at is None
    User.objects.update(skin_type="II")
    owner_client.get(screening.get_absolute_url())
    assert Notice.objects.get().opened_at


def test_an_urgent_result_that_the_page_hides_behind_soon_stays_unopened(make, owner_client):
    screening = make("done", tier="urgent", asks_first=True)
    Profile.objects.update(birth_year=1974, had_skin_cancer=True)
    Notice.objects.note_result(Screening.objects.get(pk=screening.pk))
    owner_client.get(screening.get_absolute_url())
    assert Notice.objects.get().opened_at is None


@pytest.mark.parametrize("person", [{"birth_year": 2015}, {"name": "Dad", "other_skin_type": "VI"}])
def test_a_withheld_urgent_result_is_not_mailed(make, person):
    screening = make("done", tier="urgent")
    Profile.objects.update(**person)
    Notice.objects.note_result(Screening.objects.get(pk=screening.pk))
    assert not Notice.objects.exists()


@pytest.fixture
def unopened(read):
    """An urgent reading with two mails, the second three days ago."""
    screening = read("urgent")
    for _ in range(2):
        pass_time(THREE_DAYS)
        notices.send()
    return screening


def test_the_lead_sees_whom_to_contact(client, lead, unopened, owner):
    client.force_login(lead)
    reach = reverse("diagnosis:reach")
    assert owner.email in client.get(reach).content.decode()
    client.post(reverse("diagnosis:reached", args=[unopened.pk]))
    assert owner.email not in client.get(reach).content.decode()


def test_the_person_sees_that_the_lead_has_seen_their_result(client, lead, unopened, owner):
    client.force_login(lead)
    client.get(reverse("diagnosis:reach"))
    (look,) = AuditEntry.objects.looks_at(Screening.objects.owned_by(owner))
    assert (look["screening"], look["actor"]) == (str(unopened.pk), lead.pk)


@pytest.fixture
def listed(client, lead):
    """Return a function that loads the lead's list of people to reach."""
    client.force_login(lead)

    def page():
        return client.get(reverse("diagnosis:reach")).content.decode()

    return page


@pytest.mark.parametrize("is_active", [True, False])
def test_the_lead_sees_an_unopened_reading_of_a_closed_account_which_gets_no_mail(
    read, owner, listed, is_active
):
    read("urgent")
    Notice.objects.update(mailed_at=None, due_at=timezone.now())
    User.objects.filter(pk=owner.pk).update(is_active=is_active)
    pass_time(timedelta(days=2))
    assert owner.email not in listed()
    pass_time(timedelta(days=2))
    assert (owner.email in listed()) is not is_active
    assert ("Their account is closed" in listed()) is not is_active


def test_a_person_who_opens_the_result_is_not_on_the_list(client, lead, unopened, owner):
    client.force_login(owner)
    client.get(unopened.get_absolute_url())
    client.force_login(lead)
    assert owner.email not in client.get(reverse("diagnosis:reach")).content.decode()


@pytest.mark.parametrize("who", ["owner", "stranger", "reviewer"])
def test_only_leads_see_the_list(client, unopened, request, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("diagnosis:reach")).status_code == 404
    assert client.post(reverse("diagnosis:reached", args=[unopened.pk])).status_code == 404
    assert Notice.objects.get().reached_at is None


def test_a_second_mail_is_sent_only_when_it_is_due(read):
    read("urgent")
    pass_time(timedelta(days=2))
    notices.send()
    assert len(mail.outbox) == 1
    assert Notice.objects.get().due_at > timezone.now()


def test_an_urgent_result_after_an_opened_reading_gets_a_new_notice(read, owner_client):
    screening = read("watch")
    owner_client.get(screening.get_absolute_url())
    make_prediction(screening, tier="urgent", model_version="test-2")
    Screening.objects.update(readings_due=1)
    Notice.objects.note_result(Screening.objects.get())
    assert READ not in owner_client.get(HOME).content.decode()
    pass_time(THREE_DAYS)
    notices.send()
    assert len(mail.outbox) == 2
    pass_time(THREE_DAYS)
    assert Notice.objects.to_reach().exists()


@pytest.mark.parametrize(
    ("note", "number"), [(Notice.objects.note_urgent, 1), (Notice.objects.note_result, 0)]
)
def test_new_urgent_growth_is_mailed_and_a_repeated_urgent_result_is_not(
    make, owner_client, note, number
):
    screening = make("done", tier="urgent")
    Notice.objects.note_urgent(screening)
    owner_client.get(screening.get_absolute_url())
    note(screening)
    pass_time(THREE_DAYS)
    notices.send()
    assert len(mail.outbox) == number


@pytest.mark.parametrize("old_urgency", [None, "soon"])
def test_a_notice_that_changes_while_the_page_is_rendered_stays_unopened(make, old_urgency):
    screening = make("done", tier="soon")
    if old_urgency:
        Notice.objects.create(screening=screening, urgency=old_urgency, noted_at=timezone.now())
    on_page = Screening.objects.with_outcome().select_related("notice").get()
    Notice.objects.note_urgent(screening)
    notices.note_opened(on_page)
    assert Notice.objects.unopened().count() == 1
