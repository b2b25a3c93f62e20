from datetime import timedelta

from django.utils import timezone

from diagnosis.templatetags import words


def test_the_time_waited_has_one_unit():
    began = timezone.now() - timedelta(days=75, hours=5)
    assert words.waited(began).split() == ["2", "months"]


def test_a_new_photo_has_waited_a_minute():
    assert words.waited(timezone.now()).split() == ["1", "minute"]


def test_a_number_and_its_per_cent_sign_stay_on_one_line():
    assert words.unbroken("area +38 %").split(" ") == ["area", "+38\N{NO-BREAK SPACE}%"]
    assert words.share(0.124) == "12\N{NO-BREAK SPACE}%"
