"""Without a mail server, the page that asks for the code names the folder with the mails."""

import pytest
from django.urls import reverse

from tests.factories import AGREED, PASSWORD


def code_page(client):
    signed_up = {"email": "new@example.org", "password1": PASSWORD, **AGREED}
    return client.post(reverse("account_signup"), signed_up, follow=True).content.decode()


@pytest.mark.parametrize(("host", "is_named"), [("", True), ("mail.example.org", False)])
def test_the_code_page_names_the_folder_only_without_a_mail_server(
    client, db, settings, host, is_named
):
    settings.EMAIL_HOST = host
    assert (str(settings.EMAIL_FILE_PATH) in code_page(client)) == is_named
