import pytest

from accounts.forms import RemindersForm, SkinForm
from accounts.models import User

FORMS = [(SkinForm, {"skin_type": "III"}), (RemindersForm, {"time_zone": "Europe/Vienna"})]


def save(form):
    assert form.is_valid()
    form.save()


@pytest.mark.parametrize(("form", "entries"), FORMS)
def test_a_form_of_the_account_stores_only_its_own_fields(owner, form, entries):
    stale = User.objects.get(pk=owner.pk)
    owner.set_password("another-long-and-quiet-river")
    owner.is_active = False
    owner.save()
    save(form(entries, instance=stale))
    now = User.objects.get(pk=owner.pk)
    assert {name: getattr(now, name) for name in entries} == entries
    assert (now.password, now.is_active) == (owner.password, False)


@pytest.mark.parametrize(("form", "entries"), FORMS)
def test_a_form_of_the_account_does_not_bring_back_a_deleted_account(owner, form, entries):
    stale = User.objects.get(pk=owner.pk)
    owner.delete()
    save(form(entries, instance=stale))
    assert not User.objects.exists()
