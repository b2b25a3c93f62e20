import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from tests.factories import PASSWORD, make_user

User = get_user_model()


def test_an_address_is_stored_in_lower_case(owner):
    assert make_user("Sam@Example.ORG").email == "sam@example.org"


def test_an_address_belongs_to_one_person_whatever_its_case(owner):
    with pytest.raises(IntegrityError):
        User.objects.create_user("OLGA@example.org", PASSWORD)


def test_the_database_refuses_upper_case_that_bypassed_the_model(owner):
    with pytest.raises(IntegrityError, match="user_email_is_lower_case"):
        User.objects.update(email="Olga@example.org")


def test_a_form_refuses_a_taken_address_in_another_case(owner):
    with pytest.raises(ValidationError, match="already exists"):
        User(email="OLGA@example.org", password="x").full_clean()


@pytest.mark.parametrize("email", ["olga@example.org", "OLGA@Example.org"])
def test_the_case_of_an_address_does_not_matter_for_signing_in(owner, email):
    assert authenticate(username=email, password=PASSWORD) == owner
    assert User.objects.get_by_natural_key(email) == owner


def test_nobody_signs_in_without_an_address(owner):
    assert authenticate(username=None, password=PASSWORD) is None


@pytest.mark.django_db
def test_a_superuser_may_do_everything():
    user = User.objects.create_superuser("Root@example.org", PASSWORD)
    assert (user.is_staff, user.is_superuser, str(user)) == (True, True, "root@example.org")
