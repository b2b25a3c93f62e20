"""If no mail is sent, the page says where mails are written. Otherwise it says nothing."""

import pytest
from django.urls import reverse

from tests.factories import AGREED, PASSWORD


def code_page(client):
    signed_up = {"email": "new@example.org", "password1": PASSWORD, **AGREED}
    return client.post(reverse("account_signup"), signed_up, follow=True).content.decode()


@pytest.mark.parametrize(("host", "says_where"), [("", True), ("mail.example.org", False)])
def test_the_code_page_says_where_mails_are_only_if_none_is_sent(
    client, db, settings, host, says_where
):
    settings.EMAIL_HOST = host
    assert (str(settings.EMAIL_FILE_PATH) in code_page(client)) == says_where
