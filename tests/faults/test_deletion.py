"""Deleted photos stay deleted, even if workers are reading them at that moment."""

import pytest

from tests.factories import PASSWORD

pytestmark = pytest.mark.faults


def test_photos_are_deleted_while_they_are_read(oracle):
    oracle.upload()
    oracle.until_running()
    for pk in list(oracle.statuses())[:4]:
        oracle.withdraw(pk)
    oracle.mark_repaired()
    oracle.expect(done=2)


def test_an_account_is_deleted_while_its_photos_are_read(embedded, oracle_of):
    leaving, other = (oracle_of(embedded, email=f"{name}@example.org") for name in ("lea", "ole"))
    leaving.upload()
    leaving.until_running()
    for path in ("/account/reauthenticate/", "/account/delete/"):
        leaving.stack.post(leaving.person, path, {"password": PASSWORD})
    leaving.mark_repaired()
    # Workers are done with the earlier photos once another person's photos are done.
    other.accepted, other.withdrawn = set(leaving.accepted), leaving.accepted
    other.upload(4)
    other.expect(done=4)
