import json

import pytest
from django.urls import reverse

from accounts.sign_in.allauth_forms import PasskeyForm, PasskeySignInForm
from diagnosis.audit import trail
from diagnosis.models import AuditEntry
from diagnosis.screenings import services
from tests.factories import PASSWORD, code_of_app, make_review, make_second_step

pytestmark = pytest.mark.django_db


# A browser's message for a passkey that no account has.
MADE_UP = {
    "id": "AAAA",
    "rawId": "AAAA",
    "type": "public-key",
    "response": {"clientDataJSON": "e30", "authenticatorData": "A" * 60, "signature": "AAAA"},
}


@pytest.fixture
def chain():
    """Five entries."""
    for _ in range(5):
        trail.record(AuditEntry.Action.VIEW)


def actions():
    """Return (action, actor) of each entry, without entries about roles that fixtures grant."""
    done = AuditEntry.objects.exclude(action="access").order_by("number")
    return list(done.values_list("action", "actor"))


@pytest.mark.usefixtures("chain")
def test_an_entry_cannot_be_saved_again_or_deleted():
    entry = AuditEntry.objects.first()
    with pytest.raises(TypeError, match="never changed"):
        entry.save()
    with pytest.raises(TypeError, match="never deleted"):
        entry.delete()


def test_actions_on_a_photo_are_recorded(owner, screening):
    services.answer(screening, by=owner, ticked={"bleeds": True})
    subject = trail.name_of(screening)
    services.withdraw(screening, by=owner)
    assert actions() == [("upload", owner.pk), ("answer", owner.pk), ("deletion", owner.pk)]
    assert set(AuditEntry.objects.values_list("subject", flat=True)) == {subject}


def test_a_look_at_somebody_elses_photo_is_recorded(client, owner, reviewer, screening):
    for user in (owner, reviewer):
        client.force_login(user)
        list(client.get(reverse("diagnosis:photo", args=[screening.pk])))
    assert actions()[1:] == [("view", reviewer.pk)]


def test_a_failed_sign_in_is_recorded_without_the_address(client, owner):
    wrong = {"login": owner.email, "password": f"not {PASSWORD}"}
    client.post(reverse("account_login"), wrong)
    assert actions() == [("sign_in_failed", None)]


def test_each_sign_in_is_recorded_with_its_method(client, owner):
    make_second_step(owner)
    client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    assert not AuditEntry.objects.filter(action="sign_in").exists()
    client.post(reverse("mfa_authenticate"), {"code": code_of_app()})
    entry = AuditEntry.objects.get(action="sign_in")
    assert (entry.subject, entry.actor) == (f"user:{owner.pk}", owner.pk)
    assert entry.detail == {"proofs": ["password", "totp"]}


@pytest.mark.parametrize(
    ("typed", "action"), [(PASSWORD, "sign_in"), (f"not {PASSWORD}", "sign_in_failed")]
)
def test_a_reauthentication_is_recorded(owner_client, typed, action):
    owner_client.post(reverse("account_reauthenticate"), {"password": typed})
    entry = AuditEntry.objects.filter(action__startswith="sign_in").get()
    detail = {"proofs": ["password"], "again": True} if typed == PASSWORD else {}
    assert (entry.action, entry.detail) == (action, detail)


def test_a_refused_passkey_is_recorded(owner):
    sent = {"credential": json.dumps(MADE_UP)}
    assert not PasskeyForm(sent, user=owner).is_valid()
    assert not PasskeySignInForm(sent).is_valid()
    failed = AuditEntry.objects.filter(action="sign_in_failed").order_by("number")
    assert list(failed.values_list("subject", flat=True)) == [f"user:{owner.pk}", ""]


def test_a_wrong_code_at_the_second_step_is_recorded(client, owner):
    make_second_step(owner)
    client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    client.post(reverse("mfa_authenticate"), {"code": "none"})
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.subject) == ("sign_in_failed", f"user:{owner.pk}")


def test_an_added_or_removed_second_step_is_recorded_without_its_secret(client, owner, superuser):
    lost = make_second_step(owner)
    client.force_login(superuser)
    client.post(reverse("admin:mfa_authenticator_delete", args=[lost.pk]), {"post": "yes"})
    assert actions() == [("second_step", None), ("second_step", superuser.pk)]
    rows = AuditEntry.objects.filter(action="second_step")
    assert set(rows.values_list("subject", flat=True)) == {f"user:{owner.pk}"}
    removed, added = rows.values_list("detail", flat=True)
    assert (added, removed) == (
        {"kind": "totp", "change": "added"},
        {"kind": "totp", "change": "removed"},
    )


def test_using_a_second_step_is_not_recorded_as_a_change(owner):
    make_second_step(owner).record_usage()
    assert len(actions()) == 1


def test_deleting_an_account_with_a_second_step_adds_one_entry(owner):
    make_second_step(owner)
    owner.delete()
    assert [action for action, _ in actions()] == ["second_step", "deletion"]


def test_the_trail_keeps_the_number_of_a_deleted_account(owner):
    number = owner.pk
    owner.delete()
    assert AuditEntry.objects.get().subject == f"user:{number}"


@pytest.mark.parametrize("page", ["delete", "changelist"])
def test_deleting_an_account_in_the_admin_records_the_operator(client, owner, superuser, page):
    number = owner.pk
    client.force_login(superuser)
    url = reverse(f"admin:accounts_user_{page}", args=[owner.pk] if page == "delete" else [])
    client.post(url, {"post": "yes", "action": "delete_selected", "_selected_action": number})
    entry = AuditEntry.objects.get(action="deletion")
    assert (entry.subject, entry.actor) == (f"user:{number}", superuser.pk)


def test_a_person_who_deletes_their_account_is_recorded_as_the_actor(owner_client, owner):
    number = owner.pk
    owner_client.post(reverse("accounts:delete"), {"password": PASSWORD})
    assert actions() == [("deletion", number)]


def test_queueing_a_failed_photo_again_is_recorded(client, make, reviewer):
    failed, done = make("failed"), make("done")
    client.force_login(reviewer)
    chosen = {"action": "queue_again", "_selected_action": [failed.pk, done.pk]}
    client.post(reverse("admin:diagnosis_screening_changelist"), chosen)
    (entry,) = AuditEntry.objects.filter(action="requeue")
    assert (entry.subject, entry.actor) == (trail.name_of(failed), reviewer.pk)


@pytest.mark.parametrize(("name", "changed"), [("left shoulder", [["name"]]), ("", [])])
def test_a_new_name_of_a_spot_is_recorded_without_the_name(
    owner_client, owner, screening, name, changed
):
    owner_client.post(reverse("diagnosis:lesion_edit", args=[screening.lesion_id]), {"name": name})
    entries = AuditEntry.objects.filter(action="lesion")
    assert [entry.detail["changed"] for entry in entries] == changed
    assert {(entry.subject, entry.actor) for entry in entries} <= {
        (trail.name_of(screening.lesion), owner.pk)
    }


def test_a_change_of_the_skin_type_is_recorded_without_the_type(owner_client, owner):
    for skin_type in ("V", "V", ""):
        owner_client.post(reverse("accounts:skin"), {"skin_type": skin_type})
    assert actions() == [("skin_type", owner.pk)] * 2
    assert set(AuditEntry.objects.values_list("subject", flat=True)) == {f"user:{owner.pk}"}
    assert not any(AuditEntry.objects.values_list("detail", flat=True))


def test_a_failed_action_leaves_no_entry(owner, reviewer, screening, monkeypatch):
    make_review(screening, reviewer)
    monkeypatch.setattr(type(screening), "delete", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        services.withdraw(screening, by=owner)
    assert actions() == [("upload", owner.pk)]


def test_the_admin_shows_the_trail_read_only(client, superuser):
    trail.record(AuditEntry.Action.VIEW)
    client.force_login(superuser)
    entry = AuditEntry.objects.get(action="view")
    assert client.get(reverse("admin:diagnosis_auditentry_changelist")).status_code == 200
    for page in ("change", "delete"):
        address = reverse(f"admin:diagnosis_auditentry_{page}", args=[entry.pk])
        assert client.post(address, {"actor": 9}).status_code == 403
