import io
from unittest.mock import Mock

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command
from django.db import connection

from diagnosis.management.commands import make_reviewer
from tests.factories import PASSWORD, make_user

User = get_user_model()


@pytest.fixture
def piped(monkeypatch):
    def make(email, password):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        out = io.StringIO()
        call_command("make_reviewer", email, "--password-stdin", stdout=out)
        return out.getvalue()

    return make


@pytest.mark.django_db
def test_a_new_reviewer_can_sign_in_and_review(piped):
    output = piped(" Rita@Example.org ", PASSWORD)
    assert output.startswith(
        "rita@example.org is a reviewer now. They sign in, set up a second step"
    )
    user = authenticate(username="rita@example.org", password=PASSWORD)
    assert user.is_staff
    assert user.has_perm("diagnosis.add_review")
    assert user.emailaddress_set.get(email="rita@example.org").verified


def test_a_person_with_an_account_becomes_a_reviewer_and_keeps_the_password(owner, capsys):
    call_command("make_reviewer", owner.email.upper())
    user = User.objects.get()
    assert user.has_perm("diagnosis.add_review")
    assert (user.is_staff, user.is_superuser, user.password) == (True, False, owner.password)
    assert "is a reviewer now" in capsys.readouterr().out


def test_a_lead_reviews_and_sees_the_figures(owner, capsys):
    call_command("make_reviewer", owner.email, "--lead")
    assert User.objects.get().has_perms(["diagnosis.add_review", "diagnosis.view_figures"])
    assert "is a lead now" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--lead"]])
def test_an_account_with_an_unconfirmed_address_is_refused(owner, options):
    owner.emailaddress_set.update(verified=False)
    with pytest.raises(CommandError, match="was never confirmed, so somebody else may have"):
        call_command("make_reviewer", owner.email, *options)
    owner.refresh_from_db()
    assert (owner.is_staff, owner.groups.count()) == (False, 0)


def test_an_address_confirmed_before_it_was_changed_does_not_count(owner):
    owner.emailaddress_set.update(email="old@example.org")
    with pytest.raises(CommandError, match="never confirmed"):
        call_command("make_reviewer", owner.email)


@pytest.mark.django_db
def test_without_a_terminal_the_command_says_how_to_pass_the_password(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(CommandError, match="--password-stdin"):
        call_command("make_reviewer", "rita@example.org")


@pytest.mark.django_db
def test_an_empty_password_on_standard_input_is_reported_in_one_sentence(piped):
    with pytest.raises(CommandError, match="too short"):
        piped("rita@example.org", "")


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_password_is_typed(monkeypatch):
    open_while_typed = []

    def type_password(_):
        open_while_typed.append(connection.in_atomic_block)
        return PASSWORD

    monkeypatch.setattr("sys.stdin", Mock(isatty=lambda: True))
    monkeypatch.setattr(make_reviewer.getpass, "getpass", type_password)
    call_command("make_reviewer", "rita@example.org")
    assert open_while_typed == [False]


@pytest.mark.django_db
def test_a_sign_up_while_the_password_is_typed_is_reported_in_one_sentence(monkeypatch):
    def sign_up(_):
        make_user("rita@example.org")
        return PASSWORD

    monkeypatch.setattr("sys.stdin", Mock(isatty=lambda: True))
    monkeypatch.setattr(make_reviewer.getpass, "getpass", sign_up)
    with pytest.raises(CommandError, match="has just signed up"):
        call_command("make_reviewer", "rita@example.org")


@pytest.mark.django_db
def test_the_password_is_asked_for_without_echo(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", Mock(isatty=lambda: True))
    monkeypatch.setattr(make_reviewer.getpass, "getpass", lambda _: PASSWORD)
    call_command("make_reviewer", "rita@example.org")
    assert User.objects.get().check_password(PASSWORD)
    assert PASSWORD not in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("rita@example.org", "short", "too short"),
        ("rita@example.org", "rita@example.org", "too similar"),
        ("rita@example.org", "", "too short"),
        ("rita", PASSWORD, "valid email"),
    ],
)
def test_a_mistake_is_reported_in_one_sentence_and_makes_no_account(
    piped, email, password, sentence
):
    with pytest.raises(CommandError, match=sentence):
        piped(email, password)
    assert not User.objects.exists()
