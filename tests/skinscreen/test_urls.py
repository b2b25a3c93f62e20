"""Who may see each named URL. For a new URL, a test fails until the table has its row."""

import re
from importlib import import_module

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils.http import urlencode

from accounts.access.roles import reviewers
from accounts.mail import unsubscribe_link
from accounts.middleware import OPEN, PROVING, SETTING_UP
from accounts.sessions import end_sessions_link
from diagnosis.classification import model_registry
from diagnosis.models import AuditEntry, ModelVersion, Screening
from diagnosis.review import claims
from diagnosis.screenings import waiting
from tests.factories import (
    install_model,
    make_measurement,
    make_reminder,
    make_second_step,
    make_user,
)

# The reviewer has claimed the case that these URLs show; the colleague has not.
PEOPLE = ("anonymous", "owner", "stranger", "reviewer", "colleague", "superuser")
# These URLs are authorised by a token, without reading the session.
SESSIONLESS = ("diagnosis:waiting",)
# A status for each of PEOPLE: six for GET, six for POST. "in" is a redirect to the sign-in page,
# "adm" a redirect to the admin's sign-in page.
ROWS = """
account_change_password                 in  200 200 200 200 200   in  200 200 200 200 200
account_confirm_login_code              in  302 302 302 302 302   in  302 302 302 302 302
account_email                           in  200 200 200 200 200   in  302 302 302 302 302
account_email_verification_sent         in  302 302 302 302 302   in  302 302 302 302 302
about                                   200 200 200 200 200 200   405 405 405 405 405 405
accessibility                           200 200 200 200 200 200   405 405 405 405 405 405
account_inactive                        200 200 200 200 200 200   405 405 405 405 405 405
account_login                           200 302 302 302 302 302   200 302 302 302 302 302
account_logout                          302 200 200 200 200 200   302 302 302 302 302 302
account_reauthenticate                  in  200 200 200 200 200   in  200 200 200 200 200
account_reset_password                  200 200 200 200 200 200   200 200 200 200 200 200
account_reset_password_done             200 200 200 200 200 200   405 405 405 405 405 405
account_reset_password_from_key         200 200 200 200 200 200   200 200 200 200 200 200
account_reset_password_from_key_done    200 200 200 200 200 200   405 405 405 405 405 405
account_set_password                    in  302 302 302 302 302   in  302 302 302 302 302
account_signup                          200 302 302 302 302 302   200 302 302 302 302 302
accounts:consent                        in  200 200 200 200 200   in  200 200 200 200 200
accounts:delete                         in  200 200 200 200 200   in  200 200 200 200 200
accounts:end_session                    in  405 405 405 405 405   in  302 302 302 302 302
accounts:reminders                      in  200 200 200 200 200   in  302 302 302 302 302
accounts:settings                       in  200 200 200 200 200   in  405 405 405 405 405
accounts:skin                           in  200 200 200 200 200   in  302 302 302 302 302
accounts:end_everywhere                 200 200 200 200 200 200   200 200 200 200 200 200
accounts:unsubscribe                    200 200 200 200 200 200   200 200 200 200 200 200
admin:accounts_user_add                 in  adm adm 403 403 200   in  adm adm 403 403 200
admin:accounts_user_change              in  adm adm 403 403 200   in  adm adm 403 403 302
admin:accounts_user_changelist          in  adm adm 403 403 200   in  adm adm 403 403 200
admin:accounts_user_delete              in  adm adm 403 403 200   in  adm adm 403 403 200
admin:accounts_user_history             in  adm adm 403 403 200   in  adm adm 403 403 200
admin:app_list                          adm adm adm 200 200 200   adm adm adm 200 200 200
admin:auth_user_password_change         in  adm adm 403 403 302   in  adm adm 403 403 302
admin:autocomplete                      adm adm adm 403 403 403   adm adm adm 405 405 405
admin:diagnosis_auditentry_add          in  adm adm 403 403 403   in  adm adm 403 403 403
admin:diagnosis_auditentry_change       in  adm adm 403 403 200   in  adm adm 403 403 403
admin:diagnosis_auditentry_changelist   in  adm adm 403 403 200   in  adm adm 403 403 200
admin:diagnosis_auditentry_delete       in  adm adm 403 403 403   in  adm adm 403 403 403
admin:diagnosis_auditentry_history      in  adm adm 403 403 200   in  adm adm 403 403 200
admin:diagnosis_modelversion_add        in  adm adm 403 403 403   in  adm adm 403 403 403
admin:diagnosis_modelversion_become     in  adm adm 403 403 200   in  adm adm 403 403 302
admin:diagnosis_modelversion_change     in  adm adm 403 403 200   in  adm adm 403 403 403
admin:diagnosis_modelversion_changelist in  adm adm 403 403 200   in  adm adm 403 403 200
admin:diagnosis_modelversion_compare    in  adm adm 403 403 200   in  adm adm 405 405 405
admin:diagnosis_modelversion_delete     in  adm adm 403 403 403   in  adm adm 403 403 403
admin:diagnosis_modelversion_history    in  adm adm 403 403 200   in  adm adm 403 403 200
admin:diagnosis_screening_add           in  adm adm 403 403 403   in  adm adm 403 403 403
admin:diagnosis_screening_change        in  adm adm 200 200 200   in  adm adm 200 200 200
admin:diagnosis_screening_changelist    in  adm adm 200 200 200   in  adm adm 200 200 200
admin:diagnosis_screening_delete        in  adm adm 403 403 200   in  adm adm 403 403 200
admin:diagnosis_screening_history       in  adm adm 200 200 200   in  adm adm 200 200 200
admin:index                             adm adm adm 200 200 200   adm adm adm 200 200 200
admin:jsi18n                            adm adm adm 200 200 200   adm adm adm 405 405 405
admin:login                             in  403 403 302 302 302   in  403 403 200 200 200
admin:logout                            adm 302 302 405 405 405   adm 302 302 200 200 200
admin:mfa_authenticator_add             in  adm adm 403 403 403   in  adm adm 403 403 403
admin:mfa_authenticator_change          in  adm adm 403 403 200   in  adm adm 403 403 403
admin:mfa_authenticator_changelist      in  adm adm 403 403 200   in  adm adm 403 403 200
admin:mfa_authenticator_delete          in  adm adm 403 403 200   in  adm adm 403 403 200
admin:mfa_authenticator_history         in  adm adm 403 403 200   in  adm adm 403 403 200
admin:password_change                   adm adm adm 302 302 302   adm adm adm 302 302 302
admin:password_change_done              adm adm adm 302 302 302   adm adm adm 302 302 302
admin:view_on_site                      adm adm adm 302 302 302   adm adm adm 302 302 302
accuracy                                200 200 200 200 200 200   405 405 405 405 405 405
diagnosis:calendar                      in  200 404 404 404 404   in  405 405 405 405 405
diagnosis:case                          in  404 404 200 200 200   in  405 405 405 405 405
diagnosis:choose_recheck                in  405 405 405 405 405   in  302 404 404 404 404
diagnosis:claim                         in  405 405 405 405 405   in  404 404 302 302 302
diagnosis:compare                       in  200 404 404 404 404   in  405 405 405 405 405
diagnosis:consent                       in  405 405 405 405 405   in  302 302 302 302 302
diagnosis:crop                          in  404 404 404 404 404   in  404 404 404 404 404
diagnosis:data                          in  200 200 200 200 200   in  405 405 405 405 405
diagnosis:delete                        in  200 404 404 404 404   in  302 404 404 404 404
diagnosis:detail                        in  200 404 404 404 404   in  405 405 405 405 405
diagnosis:due                           in  200 404 404 404 404   in  405 405 405 405 405
diagnosis:export                        in  302 302 302 302 302   in  302 302 302 302 302
diagnosis:figures                       in  404 404 404 404 200   in  405 405 405 405 405
diagnosis:figures_csv                   in  404 404 404 404 200   in  405 405 405 405 405
diagnosis:give_back                     in  405 405 405 405 405   in  404 404 302 404 404
diagnosis:healthz                       200 200 200 200 200 200   405 405 405 405 405 405
diagnosis:histology                     in  404 404 200 200 200   in  404 404 200 200 200
diagnosis:history                       in  200 200 200 200 200   in  405 405 405 405 405
diagnosis:home                          200 200 200 200 200 200   405 405 405 405 405 405
diagnosis:impression                    in  404 404 302 302 302   in  404 404 200 404 404
diagnosis:lesion                        in  200 404 404 404 404   in  405 405 405 405 405
diagnosis:lesion_delete                 in  200 404 404 404 404   in  302 404 404 404 404
diagnosis:lesion_edit                   in  200 404 404 404 404   in  302 404 404 404 404
diagnosis:lesion_move                   in  200 404 200 200 200   in  200 404 200 200 200
diagnosis:lesions                       in  200 200 200 200 200   in  405 405 405 405 405
diagnosis:looked                        in  200 404 404 404 404   in  405 405 405 405 405
diagnosis:measured                      in  200 404 404 404 404   in  405 405 405 405 405
diagnosis:metrics                       404 404 404 404 404 404   405 405 405 405 405 405
diagnosis:photo                         in  200 404 200 200 200   in  405 405 405 405 405
diagnosis:picture                       in  200 404 200 200 200   in  405 405 405 405 405
diagnosis:person                        in  200 404 404 404 404   in  200 404 404 404 404
diagnosis:skin_type                     in  405 405 405 405 405   in  302 404 404 404 404
diagnosis:questions                     in  200 404 404 404 404   in  302 404 404 404 404
diagnosis:queue                         in  404 404 200 200 200   in  405 405 405 405 405
diagnosis:reach                         in  404 404 404 404 200   in  405 405 405 405 405
diagnosis:reached                       in  405 405 405 405 405   in  404 404 404 404 404
diagnosis:reading                       in  404 404 302 302 302   in  404 404 302 404 404
diagnosis:readyz                        503 503 503 503 503 503   405 405 405 405 405 405
diagnosis:report                        in  200 404 404 404 404   in  405 405 405 405 405
diagnosis:scale                         in  200 404 404 404 404   in  200 404 404 404 404
diagnosis:send                          in  405 405 405 405 405   in  422 422 422 422 422
diagnosis:similar                       in  404 404 404 404 404   in  405 405 405 405 405
diagnosis:status                        in  200 404 404 404 404   in  405 405 405 405 405
diagnosis:take_next                     in  405 405 405 405 405   in  404 404 302 302 302
diagnosis:thumbnail                     in  200 404 200 200 200   in  405 405 405 405 405
diagnosis:trail                         in  404 404 404 404 200   in  405 405 405 405 405
diagnosis:trail_csv                     in  404 404 404 404 200   in  405 405 405 405 405
diagnosis:upload                        in  200 200 200 200 200   in  200 200 200 200 200
diagnosis:visit                         in  200 404 404 404 404   in  200 404 404 404 404
diagnosis:visits                        in  200 302 302 302 302   in  302 302 302 302 302
diagnosis:waiting                       200 200 200 200 200 200   405 405 405 405 405 405
diagnosis:zoom                          in  200 404 200 200 200   in  405 405 405 405 405
mfa_activate_totp                       in  302 302 302 302 302   in  302 302 302 302 302
mfa_add_webauthn                        in  302 302 302 302 302   in  302 302 302 302 302
mfa_authenticate                        in  302 302 302 302 302   in  302 302 302 302 302
mfa_deactivate_totp                     in  404 302 404 404 404   in  404 302 404 404 404
mfa_download_recovery_codes             in  404 404 404 404 404   in  404 404 404 404 404
mfa_edit_webauthn                       in  302 302 302 302 302   in  302 302 302 302 302
mfa_generate_recovery_codes             in  302 302 302 302 302   in  302 302 302 302 302
mfa_index                               in  200 200 200 200 200   in  405 405 405 405 405
mfa_list_webauthn                       in  200 200 200 200 200   in  405 405 405 405 405
mfa_login_webauthn                      in  302 302 302 302 302   in  302 302 302 302 302
mfa_reauthenticate                      in  302 200 302 302 302   in  302 200 302 302 302
mfa_reauthenticate_webauthn             in  302 302 302 302 302   in  302 302 302 302 302
mfa_remove_webauthn                     in  302 302 302 302 302   in  302 302 302 302 302
privacy                                 200 200 200 200 200 200   405 405 405 405 405 405
mfa_view_recovery_codes                 in  404 404 404 404 404   in  405 405 405 405 405
styleguide                              200 200 200 200 200 200   405 405 405 405 405 405
usersessions_list                       in  200 200 200 200 200   in  302 302 302 302 302
"""
TABLE = {name: statuses for name, *statuses in map(str.split, ROWS.strip().splitlines())}


def named_urls(resolver, namespace=()):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from named_urls(pattern, (*namespace, *filter(None, [pattern.namespace])))
        elif pattern.name:
            yield ":".join((*namespace, pattern.name))


@pytest.fixture
def people(owner, stranger, reviewer, superuser):
    colleague = make_user("rolf@example.org", is_staff=True)
    colleague.groups.add(reviewers())
    everybody = (None, owner, stranger, reviewer, colleague, superuser)
    return dict(zip(PEOPLE, everybody, strict=True))


@pytest.fixture
def claimed_case(make, people, settings):
    """A case claimed by the reviewer, a visit that is due, and the stranger's second step."""
    screening = make("done", tier="urgent")
    install_model(settings, "other-1", is_changed=False)
    make_second_step(people["stranger"])
    Screening.objects.update(readings_due=1)
    assert claims.claim(screening, by=people["reviewer"])
    make_reminder(screening.lesion, screening=screening)
    make_measurement(screening, overlay=b"where the model looked")
    return screening


def address(name, screening, stranger):
    """Return the address of a named URL, for the owner's screening or the stranger's account."""
    model_registry.register()
    version = ModelVersion.objects.get(version="other-1").pk
    numbers = {
        "admin:diagnosis_screening": screening.pk,
        "admin:diagnosis_auditentry": AuditEntry.objects.get(action="upload").pk,
        "admin:accounts_user": stranger.pk,
        "admin:diagnosis_modelversion": version,
        "admin:mfa_authenticator": stranger.authenticator_set.get().pk,
    }
    content_type = ContentType.objects.get_for_model(screening).pk
    arguments = {
        "admin:view_on_site": [content_type, screening.pk],
        "admin:app_list": ["diagnosis"],
        "admin:diagnosis_modelversion_become": [version, "active"],
        "admin:auth_user_password_change": [stranger.pk],
        "account_reset_password_from_key": ["1", "a-key"],
        "diagnosis:trail_csv": [1],
        "diagnosis:waiting": [waiting.for_figures(screening).split("/")[-2]],
        "mfa_edit_webauthn": [stranger.authenticator_set.get().pk],
        "mfa_remove_webauthn": [stranger.authenticator_set.get().pk],
        "accounts:end_everywhere": [end_sessions_link.path_for(stranger).split("/")[-2]],
        "accounts:unsubscribe": [unsubscribe_link.path_for(stranger).split("/")[-2]],
    }
    if name in arguments:
        return reverse(name, args=arguments[name])
    model, _, page = name.rpartition("_")
    if model in numbers:
        return reverse(
            name, args=[numbers[model]] if page in {"change", "delete", "history"} else []
        )
    numbers_of_pages = numbers_of(screening, screening.reminders.get().pk)
    return reverse(name, args=numbers_of_pages.get(name.removeprefix("diagnosis:"), []))


def numbers_of(screening, reminder):
    """Return the arguments for addresses of a screening, its lesion and its reminder."""
    of_a_screening = (
        *("detail", "status", "questions", "photo", "thumbnail", "delete", "measured", "looked"),
        *("picture", "zoom", "scale", "similar", "crop", "due"),
        *("case", "claim", "impression", "reading", "give_back", "reached"),
    )
    of_a_lesion = (
        *("lesion", "report", "histology", "compare"),
        *("lesion_edit", "lesion_move", "lesion_delete", "choose_recheck"),
    )
    return {
        **{page: [reminder] for page in ("visit", "calendar")},
        **{page: [screening.pk] for page in of_a_screening},
        **{page: [screening.lesion.profile_id] for page in ("person", "skin_type")},
        **{page: [screening.lesion_id] for page in of_a_lesion},
    }


def answer(method, url, user):
    """Return the status of a response, or the word for its redirect, and its cache directives."""
    client = Client()
    with transaction.atomic():
        if user:
            client.force_login(user)
        response = getattr(client, method)(url)
        list(response)  # reads a photo to its end, which closes the file
        transaction.set_rollback(True)
    cached = {*response["Cache-Control"].split(", ")} & {"private", "no-store", "public"}
    for word, name in (("in", "account_login"), ("adm", "admin:login")):
        if response.status_code == 302 and response.url.split("?")[0] == reverse(name):
            return word, cached
    return str(response.status_code), cached


def test_every_named_url_has_its_row():
    assert set(named_urls(get_resolver())) == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_everybody_gets_only_what_they_may_see_and_no_cache_keeps_it(name, people, claimed_case):
    url = address(name, claimed_case, people["stranger"])
    requests = [(method, user) for method in ("get", "post") for user in people.values()]
    answers = [answer(method, url, user) for method, user in requests]
    assert [status for status, _ in answers] == TABLE[name]
    assert [cached for _, cached in answers] == [{"private", "no-store"}] * len(requests)


@pytest.mark.parametrize("person", ["owner", "superuser"])
def test_every_page_for_signed_in_people_has_a_sign_out_button(
    people, claimed_case, client, person
):
    client.force_login(people[person])
    names = [name for name in TABLE if name not in {"account_logout", "admin:logout"}]
    responses = [client.get(address(name, claimed_case, people["stranger"])) for name in names]
    texts = [response for response in responses if response["Content-Type"].startswith("text/html")]
    # Fragments that htmx loads into a page need no button.
    pages = [response.content.decode() for response in texts if b"</html>" in response.content]
    assert len(pages) > 20
    ways = [f'"{reverse(name)}"' for name in ("account_logout", "admin:logout")]
    assert [page for page in pages if not any(way in page for way in ways)] == []


@pytest.mark.parametrize("person", ["reviewer", "superuser"])
def test_staff_are_redirected_to_a_second_step_everywhere(people, claimed_case, person):
    client = without_proof(people[person])
    names = [
        name for name in TABLE if not name.startswith((*OPEN, *PROVING, SETTING_UP, *SESSIONLESS))
    ]
    assert len(names) > 50
    for name in names:
        for method in (client.get, client.post):
            response = method(address(name, claimed_case, people["stranger"]))
            assert (response.status_code, response.get("Location")) == (302, reverse("mfa_index"))


def without_proof(user):
    """Return a client that is signed in by password only, without the second step."""
    client = Client()
    client.force_login(user)
    session = client.session
    session.pop(AUTHENTICATION_METHODS_SESSION_KEY, None)
    session.save()
    return client


@pytest.mark.parametrize("person", ["owner", "reviewer", "superuser"])
def test_a_person_with_a_second_step_is_redirected_to_it_everywhere(people, claimed_case, person):
    make_second_step(people[person])
    client = without_proof(people[person])
    for name in (name for name in TABLE if not name.startswith((*PROVING, *SESSIONLESS))):
        url = address(name, claimed_case, people["stranger"])
        proof = reverse("mfa_reauthenticate")
        # For the two forms that a script keeps (`next_page.KEPT`), `next` is in this redirect, too.
        assert client.post(url)["Location"].partition("?")[0] == proof
        assert client.get(url)["Location"] == f"{proof}?{urlencode({'next': url})}"


@pytest.mark.parametrize("app", ["accounts", "diagnosis"])
def test_addresses_contain_only_random_ids(app):
    routes = [str(route.pattern) for route in import_module(f"{app}.urls").urlpatterns]
    parts = {part for route in routes for part in re.findall("<.*?>", route)}
    # A token is signed, and `first` is the number of an entry of the audit trail.
    assert parts <= {"<uuid:pk>", "<token>", "<int:first>"}


@pytest.mark.parametrize(
    "guess",
    ["/{}", "/media/{}", "/photos/{}", "/static/{}", "/static/../photos/{}", "/var/photos/{}"],
)
def test_a_stored_file_has_no_address(client, superuser, screening, guess):
    client.force_login(superuser)
    for name in (screening.photo.name, screening.thumbnail.name):
        assert client.get(guess.format(name)).status_code == 404
