"""A newly active model rereads photos whose newest answer does not send the person to a doctor."""

import logging
from contextlib import suppress
from datetime import timedelta
from smtplib import SMTPServerDisconnected
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db.models.functions import Now
from django.utils import timezone

from diagnosis import tasks
from diagnosis.classification import active_model, inference, rereading
from diagnosis.models import AuditEntry, Prediction, Profile, Review, Screening
from diagnosis.photos.encryption import PhotoKeyError
from diagnosis.photos.outages import OutageError
from diagnosis.reminders import mails
from diagnosis.screenings import services
from ml.labels import Tier
from ml.preprocessing.images import ImageError, ImageFault
from ml.serving.card import ModelError
from tests.diagnosis.classification.test_inference import FakeClassifier
from tests.factories import lose, make_prediction, make_review, make_shadow_prediction


@pytest.fixture(autouse=True)
def always_day(monkeypatch):
    monkeypatch.setattr(mails, "is_day", lambda now, zone: True)


@pytest.fixture
def model(monkeypatch):
    """Make a new model active."""

    def use(version="fake-1", **options):
        fake = FakeClassifier(**options)
        fake.card = SimpleNamespace(version=version)
        monkeypatch.setattr(active_model, "classifier", lambda: fake)
        return fake

    return use


@pytest.fixture
def lower(make):
    return make("done", tier="lower", readings_due=1, urgency=2)


def fresh(screening):
    screening.refresh_from_db()
    return screening


def test_a_photo_with_the_earlier_tier_lower_is_read_again_and_keeps_both_answers(lower, model):
    model()
    rereading.run()
    predictions = Prediction.objects.order_by("created_at").values_list("model_version", "tier")
    assert list(predictions) == [("test-1", "lower"), ("fake-1", "urgent")]
    assert (fresh(lower).readings_due, lower.urgency) == (2, 4)
    assert lower.prediction.tier == "urgent"
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.subject) == ("result", f"screening:{lower.pk}")
    assert entry.detail == {"model": "fake-1", "is_read_again": True}


@pytest.mark.parametrize(
    ("tier", "is_read"),
    [
        ("lower", True),
        ("watch", True),
        ("", True),
        ("elevated", False),
        ("urgent", False),
        ("soon", False),
        (None, False),
    ],
)
def test_a_photo_whose_answer_sends_the_person_to_a_doctor_is_not_read_again(
    make, model, tier, is_read
):
    fake = model()
    make("done" if tier is not None else "refused", tier=tier)
    rereading.run()
    assert bool(fake.calls) == is_read


def test_the_newest_answer_decides(lower, model):
    make_prediction(lower, model_version="test-2", tier="soon")
    fake = model()
    rereading.run()
    assert fake.calls == 0


def test_each_version_reads_a_photo_once(lower, model):
    first = model(tier=Tier.WATCH, is_uncertain=False)
    for _ in range(2):
        rereading.run()
    second = model("fake-2", tier=Tier.WATCH, is_uncertain=False)
    for _ in range(2):
        rereading.run()
    assert (first.calls, second.calls, lower.predictions.count()) == (1, 1, 3)


def test_shadow_answers_do_not_count(lower, model):
    make_shadow_prediction(lower, model_version="fake-1")
    fake = model()
    rereading.run()
    assert fake.calls == 1


def test_the_model_gets_the_stated_kind_of_photo(make, model):
    make("done", tier="lower", capture="camera")
    fake = model(tier=None)
    rereading.run()
    assert fake.stated == ["camera"]


def broken(*_):
    raise ImageError(ImageFault.TRUNCATED)


@pytest.mark.parametrize("how", ["refused", "damaged", "lost", "of a kind without training photos"])
def test_a_reread_photo_without_an_answer_gets_an_empty_tier(lower, model, monkeypatch, how):
    fake = model(
        refusal="blurred" if how == "refused" else None,
        **({} if how != "of a kind without training photos" else {"tier": None}),
    )
    if how == "damaged":
        monkeypatch.setattr(fake, "classify_view", broken)
    if how == "lost":
        lose(lower, "photo", "views")
    for _ in range(2):
        rereading.run()
    assert fresh(lower).prediction.tier == ""
    assert (lower.status, lower.predictions.count(), lower.readings_due) == ("done", 2, 1)


@pytest.mark.parametrize(
    "error",
    [
        PhotoKeyError(),
        PermissionError("not ours"),
        ImageError(ImageFault.TOO_DEMANDING),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_photo_that_cannot_be_opened_waits_and_blocks_no_other(make, model, monkeypatch, error):
    first, second = sorted(
        (make("done", tier="lower") for _ in range(2)), key=lambda photo: photo.pk
    )
    classify = inference.classify

    def fail_once(screening, network):
        if screening.pk == first.pk:
            raise error
        return classify(screening, network)

    model()
    monkeypatch.setattr(inference, "classify", fail_once)
    rereading.run()
    assert (first.predictions.count(), second.predictions.count()) == (1, 2)
    monkeypatch.setattr(inference, "classify", classify)
    rereading.run()
    assert first.predictions.count() == 2


def test_a_photo_that_the_new_model_refuses_sends_no_mail(make, model):
    make("done", tier="watch")
    model(refusal="blurred")
    rereading.run()
    assert mail_recipients() == []


def test_no_photo_is_reread_while_a_new_photo_waits(lower, make, model):
    fake = model()
    make()
    rereading.run()
    assert fake.calls == 0


def test_a_run_ends_after_half_of_a_tasks_time_and_the_next_run_continues(make, model, settings):
    settings.CELERY_TASK_SOFT_TIME_LIMIT = 0
    for _ in range(2):
        make("done", tier="lower")
    fake = model()
    rereading.run()
    assert fake.calls == 0
    settings.CELERY_TASK_SOFT_TIME_LIMIT = 60
    tasks.reread_screenings_task()
    assert fake.calls == 2


@pytest.mark.parametrize("error", [ModelError("It is damaged."), OutageError("It is away.")])
def test_photos_wait_without_a_model_or_a_store(lower, monkeypatch, caplog, error):
    def fail():
        raise error

    monkeypatch.setattr(active_model, "classifier", fail)
    with caplog.at_level(logging.CRITICAL):
        rereading.run()
    (record,) = caplog.records
    assert record.getMessage() == f"photos wait to be read again: {error}"
    assert lower.predictions.count() == 1


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda: Screening.objects.get().delete(),
        lambda: make_prediction(Screening.objects.get(), model_version="fake-1"),
    ],
    ids=["deleted", "read by another worker"],
)
def test_a_photo_deleted_or_read_by_another_worker_meanwhile_is_not_changed(
    lower, model, meanwhile
):
    model(meanwhile=meanwhile)
    rereading.run()
    assert Prediction.objects.filter(model_version="fake-1").count() <= 1
    assert not Screening.objects.raised().exists()


@pytest.mark.parametrize(
    ("verdict", "due"), [("agree", 1), ("disagree", 1), ("refer", 1), ("unusable", 1)]
)
def test_a_reading_keeps_its_finding_and_the_new_answer_needs_another(
    lower, reviewer, model, verdict, due
):
    make_review(lower, reviewer, verdict)
    Screening.objects.update(readings_due=0)
    before = Review.objects.get().finding
    model()
    rereading.run()
    assert fresh(lower).readings_due == due
    assert Review.objects.get().finding == before


def test_worrying_answers_still_count_in_the_queue(lower, owner, model):
    services.answer(lower, by=owner, ticked={"bleeds": True})
    model(tier=Tier.SOON, is_uncertain=False)
    rereading.run()
    assert fresh(lower).urgency == 4


def test_growth_measured_while_the_photo_is_read_again_counts_in_the_queue(lower, model):
    def grow():
        Screening.objects.update(has_grown=True, grown_at=Now())

    model(tier=Tier.WATCH, is_uncertain=False, meanwhile=grow)
    rereading.run()
    assert fresh(lower).urgency == 3


# Mails about more urgent results.


def mail_recipients():
    tasks.send_raised_results_task()
    return [sent.to[0] for sent in mail.outbox]


@pytest.mark.parametrize(
    ("old_tier", "new_tier", "mails_sent"),
    [
        ("lower", Tier.URGENT, 1),
        ("lower", Tier.SOON, 1),
        ("lower", None, 1),
        ("lower", Tier.WATCH, 0),
        ("watch", Tier.SOON, 1),
        ("watch", None, 1),
        ("watch", Tier.WATCH, 0),
        ("", Tier.URGENT, 1),
        ("", None, 0),
        ("", Tier.WATCH, 0),
    ],
)
def test_a_person_with_a_more_urgent_result_gets_a_mail(
    make, model, old_tier, new_tier, mails_sent
):
    make("done", tier=old_tier)
    model(tier=new_tier, is_uncertain=False)
    rereading.run()
    assert len(mail_recipients()) == mails_sent


def test_one_mail_covers_all_photos_and_is_not_repeated(make, owner, model):
    raised = [make("done", tier="lower") for _ in range(3)]
    model()
    rereading.run()
    assert mail_recipients() == mail_recipients() == [owner.email]
    entries = AuditEntry.objects.filter(action="mail").values_list("subject", flat=True)
    assert set(entries) == {f"screening:{screening.pk}" for screening in raised}
    assert not Screening.objects.filter(raise_mailed_at=None).exists()


def test_the_mail_waits_until_all_photos_of_the_person_are_read_again(
    make, stranger, jpeg, model, monkeypatch
):
    monkeypatch.setattr(rereading, "BATCH", 2)
    for _ in range(3):
        make("done", tier="lower")
    model()
    rereading.run()
    assert mail_recipients() == []
    rereading.run()
    assert len(mail_recipients()) == 1


def test_a_photo_that_cannot_be_opened_delays_the_mail_for_a_day_only(make, model, monkeypatch):
    raised, _ = make("done", tier="lower"), make("done", tier="lower")
    model()
    monkeypatch.setattr(rereading, "BATCH", 1)
    rereading.run()
    Screening.objects.exclude(raised_at=None).update(raised_at=Now() - timedelta(hours=23))
    assert mail_recipients() == []
    Screening.objects.exclude(raised_at=None).update(raised_at=Now() - timedelta(hours=25))
    assert mail_recipients() == [raised.owner.email]


def test_a_lost_photo_delays_no_mail_about_another_photo(make, owner, model):
    lost, _ = make("done", tier="watch"), make("done", tier="watch")
    lose(lost, "photo", "views")
    model()
    rereading.run()
    assert mail_recipients() == [owner.email]


def test_the_mail_reveals_nothing_and_has_no_unsubscribe_link(lower, owner, model):
    owner.is_reminded = False
    owner.save()
    model()
    rereading.run()
    mail_recipients()
    (sent,) = mail.outbox
    text = f"{sent.subject}\n{sent.body}".lower()
    assert "/screenings/" in text
    words = ("urgent", "doctor", "spot", "cancer", "photo", "result", "stop these mails")
    assert [word for word in words if word in text] == []
    assert "List-Unsubscribe" not in sent.extra_headers


def test_the_mail_about_a_withheld_result_waits_until_the_result_is_shown(
    lower, owner, reviewer, model
):
    owner.skin_type = "VI"
    owner.save()
    model()
    rereading.run()
    assert mail_recipients() == []
    make_review(lower, reviewer)
    assert mail_recipients() == [owner.email]


@pytest.mark.parametrize(("birth_year", "mails_sent"), [(2015, 0), (None, 1), (1970, 1)])
def test_a_more_urgent_result_is_mailed_unless_the_person_is_a_minor(
    make, owner, model, birth_year, mails_sent
):
    owner.skin_type = "II"
    owner.save()
    make("done", tier="lower", asks_first=True)
    Profile.objects.update(birth_year=birth_year)
    model()
    rereading.run()
    assert len(mail_recipients()) == mails_sent


@pytest.mark.parametrize(
    ("about", "mails_sent"), [(("VI", 1970), 1), (("II", 1970), 2), (("II", 2015), 1)]
)
def test_after_a_mail_about_growth_a_more_urgent_result_is_mailed_only_if_shown(
    lower, owner, model, about, mails_sent
):
    owner.skin_type, birth_year = about
    owner.save()
    Profile.objects.update(birth_year=birth_year)
    model(version="same", tier=Tier.WATCH)
    Prediction.objects.update(model_version="same")
    Screening.objects.update(has_grown=True, grown_at=Now(), raised_at=Now())
    assert len(mail_recipients()) == 1
    model()
    rereading.run()
    assert len(mail_recipients()) == mails_sent


def test_a_closed_account_gets_no_mail(lower, owner, model):
    owner.is_active = False
    owner.save()
    model()
    rereading.run()
    assert mail_recipients() == []


def test_a_mail_is_sent_by_day_only(lower, owner, model, monkeypatch):
    model()
    rereading.run()
    monkeypatch.setattr(mails, "is_day", lambda now, zone: False)
    assert mail_recipients() == []
    monkeypatch.setattr(mails, "is_day", lambda now, zone: True)
    assert mail_recipients() == [owner.email]


@pytest.mark.parametrize("error", [SystemExit, SMTPServerDisconnected])
def test_no_result_is_marked_as_mailed_if_its_mail_was_not_stored(
    lower, owner, model, monkeypatch, error
):
    def die(*_):
        raise error

    model()
    rereading.run()
    with monkeypatch.context() as during, suppress(SystemExit):
        during.setattr(EmailBackend, "send_messages", die)
        tasks.send_raised_results_task()
    assert not AuditEntry.objects.filter(action="mail").exists()
    assert mail_recipients() == mail_recipients() == [owner.email]


def test_a_result_that_becomes_more_urgent_twice_is_mailed_twice(lower, owner, model):
    model(tier=None)
    rereading.run()
    mail_recipients()
    model("fake-2")
    rereading.run()
    assert mail_recipients() == [owner.email] * 2


def test_the_question_about_a_visit_is_due_a_week_after_the_models_newest_answer(lower, model):
    old = timezone.now() - timedelta(days=90)
    Screening.objects.update(created_at=old, finished_at=old)
    model()
    rereading.run()
    tasks.plan_visits_task()
    due_at = lower.reminders.get().due_at
    assert (due_at - timezone.now()).days in {6, 7}
