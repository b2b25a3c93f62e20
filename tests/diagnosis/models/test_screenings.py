from django.contrib.auth.models import AnonymousUser

from diagnosis.models import Screening


def test_a_screening_is_visible_only_to_its_owner_reviewers_and_superusers(
    screening, owner, stranger, reviewer, superuser
):
    people = (owner, stranger, reviewer, superuser, AnonymousUser())
    counts = [Screening.objects.visible_to(person).count() for person in people]
    assert counts == [1, 0, 1, 1, 0]


def test_a_reviewer_who_is_no_longer_staff_sees_no_photos_of_others(screening, reviewer):
    reviewer.is_staff = False
    assert not Screening.objects.visible_to(reviewer).exists()


def test_staff_without_the_permission_see_no_photos_of_others(screening, stranger):
    stranger.is_staff = True
    assert not Screening.objects.visible_to(stranger).exists()


def test_a_screening_is_owned_only_by_the_person_who_sent_it(
    screening, owner, stranger, reviewer, superuser
):
    people = (owner, stranger, reviewer, superuser, AnonymousUser())
    owned = [list(Screening.objects.owned_by(person)) for person in people]
    assert owned == [[screening], [], [], [], []]
