"""Opens every page as each person who may see it.

axe-core reports no serious problem, no page scrolls sideways, and the browser reports no violation
of the site's security policies.
"""

import itertools
import re
from types import SimpleNamespace

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from tests.factories import encoded
from tests.journeys.stack import eventually
from tests.journeys.test_person import OVERFLOW, new_page
from tests.pictures import dermoscopy_like
from tests.skinscreen.test_urls import PEOPLE, SESSIONLESS, TABLE, numbers_of

pytestmark = pytest.mark.pages
# This rule does not see the label of the admin's search field, a picture with alternative text.
OPTIONS = {"resultTypes": ["violations"], "rules": {"label-title-only": {"enabled": False}}}
EVERYBODY = pytest.mark.parametrize("person", ["anonymous", "owner", "reviewer", "superuser"])
# The owner's photos: one is done, one waits for another person's skin type, one was refused, and
# one has failed. Each has a reminder of a due visit, with the photo's id.
SETUP = """
from accounts.models import User
from diagnosis.models import Answers, Profile, Reminder, Screening
from django.utils.timezone import now
owner = User.objects.get(email="owner@example.org")
owner.groups.clear()
User.objects.filter(pk=owner.pk).update(is_staff=False)
User.objects.filter(email="superuser@example.org").update(is_superuser=True)
ends = ({"status": "refused", "refusal": "blurred"}, {"status": "failed", "failure": "photo_lost"})
for end, screening in zip(ends, Screening.objects.all()):
    Screening.objects.filter(pk=screening.pk).update(readings_due=0, **end)
answered, waiting = Screening.objects.filter(status="done")
Profile.objects.update(birth_year=1974, answered_at=now())
Answers.objects.create(screening=answered, bleeds=True, unsure=[])
waiting.lesion.profile = Profile.objects.create(owner=owner, name="my father", birth_year=1950)
waiting.lesion.save()
for photo in Screening.objects.all():
    visit = {"pk": photo.pk, "kind": "visit", "lesion": photo.lesion, "screening": photo}
    Reminder.objects.create(due_at=now(), **visit)
"""
# The pages to open. Of Django's admin, only the start page and the tables of `diagnosis`.
OURS = (
    "account_",
    "accounts:",
    "mfa_",
    "usersessions_",
    "diagnosis:",
    "admin:index",
    "admin:diagnosis_",
    "styleguide",
)
# URLs that a link in a mail opens, or that a script fetches.
ELSEWHERE = {
    *SESSIONLESS,
    "account_reset_password_from_key",
    "accounts:end_everywhere",
    "accounts:unsubscribe",
}
# This page exists only for a refused photo. The photo of TABLE is not refused.
OF_A_REFUSED_PHOTO = {"diagnosis:crop"}
DESK = {"width": 1280, "height": 720}
MODELS = reverse("admin:diagnosis_modelversion_changelist")


@pytest.fixture(scope="module")
def sessions(stack):
    people = ("owner", "reviewer", "superuser")
    return {
        "anonymous": requests.Session(),
        **{name: stack.person(f"{name}@example.org") for name in people},
    }


@pytest.fixture(scope="module")
def screenings(stack, sessions):
    """The owner's photos. HTTP is used, since Django refuses queries in Playwright's event loop."""
    sent = [
        stack.upload(sessions["owner"], encoded(dermoscopy_like(seed))).url for seed in range(4)
    ]
    pages = [eventually(lambda url=url: finished(sessions["owner"], url)) for url in sent]
    stack.manage("shell", "-c", SETUP)
    sessions["superuser"].get(stack.url + MODELS, timeout=60)
    take_a_case(stack, sessions["reviewer"])
    return [
        SimpleNamespace(
            pk=url.split("/")[-2],
            lesion_id=re.search("/spots/([0-9a-f-]{36})/", page)[1],
            lesion=SimpleNamespace(profile_id=re.search("/people/([0-9a-f-]{36})/", page)[1]),
        )
        for url, page in zip(sent, pages, strict=True)
    ]


def finished(session, url):
    page = session.get(url, timeout=60).text
    return page if "aria-busy" not in page else ""


def take_a_case(stack, session):
    token = {"csrfmiddlewaretoken": session.cookies["csrftoken"]}
    assert "Give the case back" in session.post(f"{stack.url}/review/next/", data=token).text


@pytest.fixture
def visit(stack, browser, sessions, screenings):
    """Open every page that a person may see."""
    opened = []

    def pages(person, watch=lambda page: None, **options):
        page, session = new_page(browser, stack, **options), sessions[person]
        opened.append(page)
        watch(page)
        cookies = [{"name": c.name, "value": c.value, "url": stack.url} for c in session.cookies]
        page.context.add_cookies(cookies)
        visited = 0
        for path in addresses(person, screenings):
            if is_page(session.get(stack.url + path, timeout=60)):
                page.goto(path)
                visited += 1
                yield path, page
        assert visited > 3

    yield pages
    # Animations on an open page would slow down the pages after it.
    for page in opened:
        page.context.close()


def addresses(person, screenings):
    column = PEOPLE.index(person)
    names = [
        name
        for name, row in TABLE.items()
        if (row[column] == "200" or name in OF_A_REFUSED_PHOTO)
        and name.startswith(OURS)
        and name not in ELSEWHERE
    ]
    return sorted(
        {reverse(name, args=numbers(name, screening)) for name in names for screening in screenings}
    )


def numbers(name, screening):
    """Return the arguments of a URL."""
    if name.startswith("admin:diagnosis_screening") and not name.endswith(("add", "list")):
        return [screening.pk]
    if name == "diagnosis:trail_csv":
        return [1]
    of_models = {"change": [1], "history": [1], "become": [1, "shadow"]}
    if name.startswith("admin:"):
        return of_models.get(name.rpartition("_")[2], [])
    return numbers_of(screening, screening.pk).get(name.removeprefix("diagnosis:"), [])


def is_page(response):
    """Return whether a response is a page, and not a file, a fragment or a 404."""
    return response.ok and "<html" in response.text[:1000]


@EVERYBODY
def test_every_page_is_accessible_fits_narrow_screens_and_violates_no_policy(visit, stack, person):
    problems = []

    def watch(page):
        page.on("console", lambda message: is_ours(message) and problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "request", lambda request: is_elsewhere(request.url) and problems.append(request.url)
        )

    def is_ours(message):
        # The browser logs policy violations as errors. Errors of axe-core itself have no address.
        return message.type == "error" and message.location["url"]

    def is_elsewhere(url):
        return not url.startswith((f"{stack.url}/", "data:", "blob:"))

    # Without transitions, since contrast is too low while the colour scheme changes.
    for path, page in visit(person, watch, reduced_motion="reduce"):
        page.wait_for_load_state("networkidle")
        problems += [(path, *fault) for fault in (*serious(page), *sideways(page))]
    assert problems == []


def serious(page):
    """Yield the serious violations that axe-core reports in either colour scheme."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for violation in Axe().run(page, options=OPTIONS).response["violations"]:
            if violation["impact"] in {"serious", "critical"}:
                for node in violation["nodes"]:
                    yield scheme, violation["id"], node["target"], node["failureSummary"]


def sideways(page):
    """Yield the widths and text sizes at which the page scrolls sideways."""
    # A desk at 200 % zoom, the smallest phone, and a phone with text of twice the size.
    for width, text in ((640, "100%"), (320, "100%"), (390, "200%")):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("size => document.documentElement.style.fontSize = size", text)
        if page.evaluate(OVERFLOW) > 0:
            yield "scrolls sideways", width, text
    page.set_viewport_size(DESK)


@pytest.mark.parametrize("person", ["anonymous", "owner", "reviewer"])
def test_the_header_keeps_its_logo_and_finger_sized_links(visit, person):
    page = next(page for path, page in visit(person) if path == "/")
    for width, text in itertools.product((320, 390, 1280), ("100%", "200%")):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("size => document.documentElement.style.fontSize = size", text)
        logo = page.locator(".brand img").bounding_box()
        links = [link.bounding_box() for link in page.locator(".site a").all()]
        assert (logo["width"], logo["height"]) == (32, 32)
        assert [
            link for link in links if link["height"] < 44 or link["x"] + link["width"] > width
        ] == []


def test_a_results_heading_button_and_photo_are_on_a_phones_first_screen(visit):
    pages = visit("owner", viewport={"width": 390, "height": 664})
    page = next(page for _, page in pages if page.locator(".banner.urgent h1").count())
    parts = ("h1", ".verdict [role=button]", ".shown img")
    boxes = [page.locator(part).bounding_box() for part in parts]
    assert [box for box in boxes if box["y"] + box["height"] > 664] == []


def test_a_clinicians_impression_is_on_a_phones_first_screen(visit):
    pages = visit("reviewer", viewport={"width": 390, "height": 664})
    page = next(page for _, page in pages if page.get_by_text("What do you see?").count())
    parts = (".pane img", "#case fieldset", "#case button[type=submit] >> nth=0")
    boxes = [page.locator(part).bounding_box() for part in parts]
    assert [box for box in boxes if box["y"] + box["height"] > 664] == []
    choices = [label.bounding_box() for label in page.locator("#case fieldset label").all()]
    assert [choice for choice in choices if choice["height"] < 44] == []
