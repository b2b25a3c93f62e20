import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from tests.factories import make_second_step


def test_the_command_removes_the_second_step_of_one_account_only(owner, stranger, capsys):
    for user in (owner, stranger):
        make_second_step(user)
    call_command("remove_second_step", " Olga@example.org")
    assert not owner.authenticator_set.exists()
    assert stranger.authenticator_set.exists()
    assert "set up a new second step" in capsys.readouterr().out
    (message,) = mail.outbox
    assert (message.to, message.subject) == ([owner.email], "[SkinScreen] Your account was changed")
    assert "second step was removed" in message.body


def test_an_account_without_a_second_step_is_reported(owner):
    with pytest.raises(CommandError, match=r"olga@example\.org has no second step"):
        call_command("remove_second_step", owner.email)
    assert mail.outbox == []
