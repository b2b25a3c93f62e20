import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_second_step


def test_a_lost_second_step_is_removed_only_for_this_account(owner, stranger, capsys):
    for user in (owner, stranger):
        make_second_step(user)
    call_command("remove_second_step", " Olga@example.org")
    assert not owner.authenticator_set.exists()
    assert stranger.authenticator_set.exists()
    assert "set up a new second step" in capsys.readouterr().out


def test_a_mistake_is_reported_in_one_sentence(owner):
    with pytest.raises(CommandError, match=r"olga@example\.org has no second step"):
        call_command("remove_second_step", owner.email)
