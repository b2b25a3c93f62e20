import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_second_step


def test_what_was_lost_is_removed_for_this_account_alone(owner, stranger, capsys):
    for user in (owner, stranger):
        make_second_step(user)
    call_command("remove_second_step", " Olga@example.org")
    assert not owner.authenticator_set.exists()
    assert stranger.authenticator_set.exists()
    assert "sets up a new one" in capsys.readouterr().out


def test_a_mistake_is_a_sentence(owner):
    with pytest.raises(CommandError, match=r"olga@example\.org has no second step"):
        call_command("remove_second_step", owner.email)
