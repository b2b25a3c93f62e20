"""The logs of web, worker and beat during a whole journey contain ids, but no personal data."""

import json
import re

import pytest
import requests

from tests.factories import AGREED, PASSWORD, SECRET
from tests.journeys.conftest import running
from tests.journeys.stack import eventually
from tests.journeys.test_person import code_from_mail

pytestmark = pytest.mark.journeys

EMAIL, FILE, NOTE, FINDING = (
    *("ottilie@example.org", "left-shoulder-ottilie.jpg"),
    *("itches-since-august", "looks-like-naevus"),
)
VERBOSE = {"SKINSCREEN_LOG_FORMAT": "json", "SKINSCREEN_LOG_LEVEL": "DEBUG"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    with running(tmp_path_factory.mktemp("stack") / "home", **VERBOSE) as started:
        yield started


@pytest.fixture(scope="module")
def personal_data(stack, jpeg, django_db_blocker):
    """Go through a whole journey. Return the personal data that must not be in the logs."""
    person = requests.Session()
    stack.post(person, "/account/signup/", {"email": EMAIL, "password1": PASSWORD, **AGREED})
    code = code_from_mail(stack)
    stack.post(person, "/account/confirm-email/", {"code": code})
    fields = {"capture": "dermatoscope", "note": NOTE, "name": NOTE}
    page = stack.post(person, "/screenings/new/", fields, {"photo": (FILE, jpeg)})
    with django_db_blocker.unblock():
        eventually(lambda: stack.statuses() == ["done"])
        ((probability,),) = stack.query("SELECT melanoma FROM diagnosis_prediction")
        answer_and_get_report(stack, person, page.url)
        give_reading(stack)
        assert stack.query("SELECT note FROM diagnosis_review") == [(FINDING,)]
    export_and_delete_account(stack, person)
    return [EMAIL, FILE, NOTE, FINDING, PASSWORD, SECRET, code, str(probability)]


def answer_and_get_report(stack, person, url):
    path = url.removeprefix(stack.url)
    stack.post(person, f"{path}questions/", {"bleeds": "yes"})
    page = person.get(url, timeout=60).text
    report = re.search(r"/spots/[0-9a-f-]{36}/", page)[0] + "report/"
    assert person.get(stack.url + report, timeout=60).content.startswith(b"%PDF")


def give_reading(stack):
    clinician = stack.person("rita@example.org")
    for words in (EMAIL, NOTE):
        clinician.get(f"{stack.url}/admin/diagnosis/screening/?q={words}", timeout=60)
    token = {"csrfmiddlewaretoken": clinician.cookies["csrftoken"]}
    case = clinician.post(f"{stack.url}/review/next/", data=token, timeout=60).url
    response = clinician.post(f"{case}impression/", data=token | {"finding": "soon"}, timeout=60)
    shown = dict(re.findall(r'name="(shown_[a-z]+)" value="([^"]*)"', response.text))
    reading = {"verdict": "soon", "note": FINDING} | shown
    clinician.post(f"{case}reading/", data=token | reading, timeout=60)


def export_and_delete_account(stack, person):
    password = {"password": PASSWORD}
    stack.post(person, "/account/reauthenticate/", password)
    assert stack.post(person, "/data/export/", {}).content.startswith(b"PK")
    assert "has been deleted" in stack.post(person, "/account/delete/", password).text
    stack.post(person, "/account/login/", {"login": EMAIL, "password": PASSWORD})
    stack.post(person, "/account/password/reset/", {"email": EMAIL})


def lines(stack):
    return [json.loads(line) for line in stack.log.splitlines() if line.startswith("{")]


def test_no_log_contains_personal_data(stack, personal_data):
    logs = stack.log + (stack.home / "run" / "supervisord.log").read_text()
    assert len(lines(stack)) > 20
    assert [text for text in personal_data if text in logs] == []


def test_a_workers_lines_have_the_id_of_their_request(stack, personal_data):
    log_lines = lines(stack)
    (sent,) = [line for line in log_lines if line.get("code") and "screening_id" in line]
    assert sent["request"] == "POST /screenings/new/"
    done = [line for line in log_lines if line.get("screening_id") == sent["screening_id"]]
    assert {line.get("task") for line in done} >= {"diagnosis.tasks.diagnose_screening_task"}
    assert {line["request_id"] for line in done} == {sent["request_id"]}
