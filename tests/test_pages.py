"""Checks every page: caching, security headers, size, and the advice of each outcome."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from accounts.access.roles import leads
from accounts.mail import unsubscribe_link
from accounts.sessions import end_sessions_link as end_links
from diagnosis.classification import model_registry
from diagnosis.models import ModelVersion, Screening
from diagnosis.outcomes import texts
from ml.paths import DEFAULT_MODEL
from tests.factories import PASSWORD, make_measurement, make_reminder, make_screening

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
OUTCOMES = (
    ("pending", None),
    ("running", None),
    ("done", "urgent"),
    ("done", "soon"),
    ("done", "watch"),
    ("done", ""),
    ("done", "elevated"),
    ("done", "lower"),
    ("refused", None),
    ("failed", None),
)
PUBLIC = (
    "about",
    "accessibility",
    "accuracy",
    "privacy",
    "styleguide",
    "diagnosis:home",
    "account_login",
    "account_signup",
    "account_reset_password",
    "accounts:end_everywhere",
    "accounts:unsubscribe",
)
PRIVATE = (
    "diagnosis:upload",
    "diagnosis:history",
    "diagnosis:detail",
    "diagnosis:status",
    "diagnosis:measured",
    "diagnosis:zoom",
    "diagnosis:scale",
    "diagnosis:delete",
    "diagnosis:questions",
    "diagnosis:person",
    "diagnosis:lesions",
    "diagnosis:data",
    "diagnosis:lesion",
    "diagnosis:compare",
    "diagnosis:lesion_edit",
    "diagnosis:lesion_move",
    "diagnosis:lesion_delete",
    "diagnosis:visit",
    "diagnosis:visits",
    "accounts:consent",
    "accounts:settings",
    "accounts:reminders",
    "accounts:skin",
    "accounts:delete",
    "account_email",
    "account_change_password",
    "account_logout",
    "account_reauthenticate",
    "usersessions_list",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_activate_totp",
    "mfa_add_webauthn",
)
REVIEW = (
    "diagnosis:queue",
    "diagnosis:case",
    "diagnosis:histology",
    "diagnosis:figures",
    "diagnosis:reach",
)
ADMIN = (
    "admin:index",
    "admin:diagnosis_screening_changelist",
    "admin:diagnosis_screening_change",
    "admin:diagnosis_screening_history",
)
MODELS = (
    "admin:diagnosis_modelversion_changelist",
    "admin:diagnosis_modelversion_compare",
    "admin:diagnosis_modelversion_change",
    "admin:diagnosis_modelversion_become",
)
OF_ONE_SCREENING = {
    "diagnosis:detail",
    "diagnosis:status",
    "diagnosis:measured",
    "diagnosis:looked",
    "diagnosis:scale",
    "diagnosis:zoom",
    "diagnosis:photo",
    "diagnosis:picture",
    "diagnosis:thumbnail",
    "diagnosis:delete",
    "diagnosis:questions",
    "diagnosis:case",
    "admin:diagnosis_screening_change",
    "admin:diagnosis_screening_history",
}
OF_ONE_LESION = {
    "diagnosis:lesion",
    "diagnosis:report",
    "diagnosis:histology",
    "diagnosis:compare",
    "diagnosis:lesion_edit",
    "diagnosis:lesion_move",
    "diagnosis:lesion_delete",
}


def arguments(name, screening):
    if name in {"diagnosis:person", "diagnosis:visit"}:
        is_person = name == "diagnosis:person"
        return [screening.lesion.profile_id if is_person else screening.reminders.get().pk]
    if name == "accounts:end_everywhere":
        return end_links.path_for(screening.owner).split("/")[-2:-1]
    if name == "accounts:unsubscribe":
        return unsubscribe_link.path_for(screening.owner).split("/")[-2:-1]
    if name in MODELS:
        ending = {"change": [], "become": ["active"]}.get(name.rpartition("_")[2])
        return (
            []
            if ending is None
            else [ModelVersion.objects.get(version=DEFAULT_MODEL.name).pk, *ending]
        )
    if name in OF_ONE_LESION:
        return [screening.lesion_id]
    return [screening.pk] if name in OF_ONE_SCREENING else []


@pytest.fixture
def page(client, owner, reviewer, superuser, jpeg):
    """Return a page as its intended reader sees it."""
    screening = make_screening(owner, jpeg, "done", tier="urgent", note="left", readings_due=1)
    make_reminder(screening.lesion, screening=screening)
    make_measurement(screening, overlay=b"where the model looked")
    model_registry.register()
    staff = dict.fromkeys(ADMIN + REVIEW, reviewer) | dict.fromkeys(MODELS, superuser)
    reviewer.groups.add(leads())

    def get(name):
        if name not in PUBLIC:
            client.force_login(staff.get(name, owner))
        if name.startswith("mfa_"):
            client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        return client.get(reverse(name, args=arguments(name, screening)))

    return get


RENDERED: dict[str, Any] = {}


@pytest.fixture
def rendered(request):
    """Return a page as `page` does, but render each page only once for all tests of this file."""

    def get(name):
        if name not in RENDERED:
            RENDERED[name] = request.getfixturevalue("page")(name)
            if RENDERED[name].streaming:
                list(RENDERED[name])  # reads a photo to its end, which closes the file
        return RENDERED[name]

    return get


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("name", ["detail", "status"])
def test_every_outcome_has_the_same_advice(owner_client, owner, jpeg, outcome, name):
    status, tier = outcome
    screening = make_screening(owner, jpeg, status, tier=tier)
    response = owner_client.get(reverse(f"diagnosis:{name}", args=[screening.pk]))
    text = " ".join(html.unescape(response.content.decode()).split())
    assert [sentence for sentence in map(str, texts.ADVICE) if sentence not in text] == []
    assert response.context["outcome"].heading in text


@pytest.mark.parametrize("name", PUBLIC + PRIVATE + REVIEW + ADMIN + MODELS)
def test_a_page_has_no_inline_code_and_uses_no_other_host(rendered, name):
    response = rendered(name)
    text = response.content.decode()
    assert response.status_code == 200
    assert re.findall(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)[^>]*>", text) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on", text) == []
    assert re.findall(r"""(?:src|href|action|url\()=?["']?\s*(?:https?:)?//[^"'\s]+""", text) == []


@pytest.mark.parametrize("name", PUBLIC + PRIVATE + REVIEW + ADMIN + MODELS)
def test_every_text_field_has_a_maximum_length(rendered, name):
    text = rendered(name).content.decode()
    fields = re.findall(
        r'<textarea[^>]*>|<input[^>]*type="(?:text|password|email|search)"[^>]*>', text
    )
    # Without Django's own search field, whose text is limited where it is used.
    typed = [
        field for field in fields if 'id="searchbar"' not in field and " readonly" not in field
    ]
    assert [field for field in typed if "maxlength=" not in field] == []


def test_a_forms_errors_are_listed_above_it_each_with_a_link_to_its_field(client, db):
    text = client.post(reverse("account_signup"), {"email": "a"}).content.decode()
    listed, page = re.search(r'class="problems".*?</div>(.*)', text, re.DOTALL).group(0, 1)
    links = re.findall(r'<a href="#([^"]+)"', listed[: -len(page)])
    assert links == ["id_email", "id_password1", "id_is_adult", "id_consent"]
    assert ">E-mail address: " in listed
    assert '<label for="id_email">E-mail address</label>' in page
    assert [link for link in links if f'id="{link}"' not in page] == []
    assert re.search(r"<title>\s*Error: ", text)


def test_a_page_without_errors_lists_none(page):
    text = page("diagnosis:upload").content.decode()
    assert 'class="problems"' not in text
    assert "Error:" not in text


@pytest.mark.parametrize("name", PUBLIC + PRIVATE)
def test_a_page_without_its_photo_weighs_under_200_kb(rendered, name):
    text = rendered(name).content.decode()
    linked = set(re.findall(r'(?:src|href)="/static/([^"#]+)', text))
    assert linked or name in {"diagnosis:status", "diagnosis:measured"}
    files = [Path(finders.find(path)).stat().st_size for path in linked]
    assert len(text.encode()) + sum(files) < 200_000


@pytest.mark.parametrize(
    "name",
    PRIVATE
    + REVIEW
    + ADMIN
    + MODELS
    + (
        "diagnosis:photo",
        "diagnosis:picture",
        "diagnosis:thumbnail",
        "diagnosis:looked",
        "diagnosis:report",
    ),
)
def test_pages_for_signed_in_people_are_not_cached(rendered, name):
    response = rendered(name)
    assert {"no-store", "private"} <= set(response["Cache-Control"].split(", "))
    list(response)  # reads a photo to its end, which closes the file


def test_the_sign_up_page_is_not_cached(client, db):
    assert "no-store" in client.get(reverse("account_signup"))["Cache-Control"]


def test_scripts_store_only_unsent_data():
    used = re.compile(r"\bcaches\b|localStorage|sessionStorage|serviceWorker|document\.cookie")
    scripts = [path for path in Path("static").glob("*.js") if used.search(path.read_text())]
    databases = [
        path.name for path in Path("static").glob("*.js") if "indexedDB" in path.read_text()
    ]
    assert (scripts, databases) == ([], ["drafts.js"])


def test_a_poll_after_the_session_has_ended_reloads_the_page(client, screening):
    url = reverse("diagnosis:status", args=[screening.pk])
    assert client.get(url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("name", "is_cleared"),
    [
        ("account_logout", True),
        ("accounts:delete", True),
        ("admin:logout", True),
        ("diagnosis:consent", False),
        ("account_login", False),
    ],
)
def test_signing_out_clears_the_photos_that_wait_in_the_browser(
    client, superuser, name, is_cleared
):
    client.force_login(superuser)
    response = client.post(reverse(name), {"password": PASSWORD})
    assert (response.get("Clear-Site-Data") == '"storage"') == is_cleared


def test_a_missing_page_is_not_cached(owner_client):
    assert "no-store" in owner_client.get("/screenings/none/")["Cache-Control"]


@pytest.mark.parametrize("name", ["diagnosis:home", "diagnosis:upload", ADMIN[1]])
def test_the_content_security_policy_is_strict(rendered, name):
    policy = dict(
        directive.strip().split(" ", 1)
        for directive in rendered(name)["Content-Security-Policy"].split(";")
    )
    for directive in ("default-src", "object-src", "base-uri", "frame-ancestors"):
        assert policy[directive] == "'none'"
    for directive in ("script-src", "style-src", "connect-src", "form-action"):
        assert policy[directive] == "'self'"
    assert (policy["require-trusted-types-for"], policy["trusted-types"]) == ("'script'", "default")
    assert not re.search(r"unsafe|\*|https?:", " ".join(policy.values()))


@pytest.mark.parametrize("name", ["diagnosis:detail", "diagnosis:photo", ADMIN[1]])
def test_security_headers_isolate_a_page_from_other_sites(rendered, name):
    response = rendered(name)
    assert {header: response[header] for header in HEADERS} == HEADERS


def test_htmx_stores_no_page_and_runs_no_script(page):
    config = re.search("""name="htmx-config" content='(.*?)'""", page("diagnosis:home").text)[1]
    assert json.loads(config) == {
        "allowEval": False,
        "allowScriptTags": False,
        "historyCacheSize": 0,
        "includeIndicatorStyles": False,
        "selfRequestsOnly": True,
    }


@pytest.mark.parametrize("feature", ["camera", "geolocation", "microphone"])
def test_the_upload_page_may_not_use_the_devices_sensors(rendered, feature):
    assert f"{feature}=()" in rendered("diagnosis:upload")["Permissions-Policy"]


@pytest.mark.parametrize(
    "name", ["diagnosis:upload", "diagnosis:delete", "diagnosis:lesion_delete", "accounts:delete"]
)
def test_a_form_of_another_site_is_refused(owner, screening, name):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    address = reverse(name, args=arguments(name, screening))
    assert client.post(address, {"password": PASSWORD}).status_code == 403
    assert Screening.objects.get() == screening
