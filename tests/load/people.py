"""Simulated people. Locust runs many of them at once, and times their requests."""

import json
import os
import random
import re
import time
from itertools import cycle
from pathlib import Path

import gevent
from locust import HttpUser, between, task
from locust.exception import StopUser

SCRATCH = Path(os.environ["LOAD_SCRATCH"])
PHOTOS = [path.read_bytes() for path in sorted(SCRATCH.glob("*.jpg"))]
CROWD = json.loads((SCRATCH / "crowd.json").read_text())
WAITING = re.compile('data-waiting="([^"]+)"')
# Number of photos to send. 0: as many as the run's time allows.
TOTAL = int(os.environ["LOAD_TOTAL"])
sent = 0


class Person(HttpUser):
    abstract = True
    cookies = cycle(CROWD["people"])

    def on_start(self):
        self.take_cookie()
        self.client.get("/screenings/new/", name="sign in")

    def take_cookie(self):
        self.client.cookies["sessionid"] = next(self.cookies)

    def look_at(self, pages):
        name, address = random.choice(list(pages.items()))
        with self.client.get(
            address, name=name, allow_redirects=False, catch_response=True
        ) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code}")

    def send_photo(self, name):
        """Send a photo and return the addresses of its result and its spot."""
        token = {"X-CSRFToken": self.client.cookies["csrftoken"]}
        files = {"photo": ("spot.jpg", random.choice(PHOTOS), "image/jpeg")}
        form = {"capture": "camera"}
        with self.client.post(
            "/screenings/send/", form, files=files, headers=token, name=name, catch_response=True
        ) as answer:
            if "json" not in answer.headers.get("Content-Type", "") or not answer.ok:
                answer.failure(f"not accepted: {answer.status_code}")
                return "/", "/"
            photo = answer.json()
            return photo["url"], f"/spots/{photo['lesion']}/"


class Sender(Person):
    """Sends one photo after another."""

    @task
    def send(self):
        global sent  # noqa: PLW0603 - one process, cooperative
        if TOTAL and sent >= TOTAL:
            # In a separate greenlet, since `quit` also ends the greenlet that calls it.
            gevent.spawn(self.environment.runner.quit)
            raise StopUser
        sent += 1
        self.send_photo("upload")


class Visitor(Person):
    """Opens a person's pages at random, about one a second."""

    wait_time = between(0.5, 1.5)

    def on_start(self):
        super().on_start()
        self.result, self.spot = self.send_photo("first upload")

    @task
    def look(self):
        pages = {
            "home": "/",
            "history": "/screenings/",
            "upload form": "/screenings/new/",
            "result": self.result,
            "status fragment": f"{self.result}status/",
            "photo": f"{self.result}photo/",
            "thumbnail": f"{self.result}thumbnail/",
            "spots": "/spots/",
            "a spot": self.spot,
            "your data": "/data/",
        }
        self.look_at(pages)


class Clinician(Person):
    """Opens the pages of clinicians."""

    fixed_count = 2
    cookies = cycle(CROWD["clinicians"])
    wait_time = between(0.5, 1.5)

    @task
    def look(self):
        self.look_at(
            {
                "review queue": "/review/",
                "figures": "/review/figures/",
                "admin, all photos": "/admin/diagnosis/screening/",
            }
        )


class Pusher(Sender):
    """Keeps sending photos while others look at pages."""

    fixed_count = 2


class Asker(HttpUser):
    """Sends photos to the naive server, which answers with the result."""

    @task
    def ask(self):
        photo = {"photo": ("spot.jpg", random.choice(PHOTOS), "image/jpeg")}
        begun = time.perf_counter()
        self.client.post("/", files=photo, name="upload")
        count_result(self, begun)


class FullVisit(Person):
    """Does what a browser does for one photo: form, photo, pages and polls."""

    def on_start(self):
        # No other page is opened first, since its processor time would be counted, too.
        self.take_cookie()

    @task
    def screen(self):
        self.client.get("/screenings/new/", name="form")
        begun = time.perf_counter()
        result, _ = self.send_photo("upload")
        page = self.client.get(result, name="page")
        self.client.get(f"{result}picture/", name="picture")
        while waited := WAITING.search(page.text):
            self.poll(waited[1])
            page = self.client.get(f"{result}status/", name="fragment")
        count_result(self, begun)

    def poll(self, address):
        """Poll until the result is stored, as the page's script does."""
        ms = 200
        while ms:
            gevent.sleep(ms / 1000)
            answer = self.client.get(address, name="waiting")
            ms = int(answer.headers.get("Ask-Again-Ms", 0))


def count_result(user, begun):
    """Count a result, timed from the sending of the photo."""
    user.environment.events.request.fire(
        request_type="",
        name="result",
        response_time=1000 * (time.perf_counter() - begun),
        response_length=0,
        exception=None,
        context={},
    )
