"""The cost of a screening in all processes of a site, from the upload to its measurements.

Pages and polls are excluded. `peers` measures a person's whole visit.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import requests

from diagnosis.classification import active_model
from tests.journeys.stack import eventually
from tests.load import budget, peers, sections
from tests.load.size import Size

FORM, SEND = "/screenings/new/", "/screenings/send/"
# The first photos do not count, since each process loads its libraries only then.
WARMING, COUNTED = 4, 12


def costs(scratch: Path, _: Size) -> dict[str, Any]:
    """Return each photo's processor time by kind of process, and the least possible time."""
    model = active_model.load(active_model.model_dir())
    photos = budget.photos()
    with sections.site(scratch, people=1) as stack:
        server = peers.Server(stack.url, "", partial(peers.roles_of, stack), stack)
        (cookie,) = json.loads((scratch / "crowd.json").read_text())["people"]
        person = requests.Session()
        person.cookies["sessionid"] = cookie
        person.get(server.url + FORM, timeout=600).raise_for_status()
        by_photo = {name: spent(server, person, photo) for name, photo in photos.items()}
    return {
        name: {"ms": ms, "floor": round(floor(photos[name], model), 1)}
        for name, ms in by_photo.items()
    }


def spent(server: peers.Server, person: requests.Session, photo: bytes) -> dict[str, float]:
    screen(server, person, photo, WARMING)
    before = server.cpu_ms()
    screen(server, person, photo, COUNTED)
    return {
        role: round((ms - before.get(role, 0)) / COUNTED, 1) for role, ms in server.cpu_ms().items()
    }


def screen(server: peers.Server, person: requests.Session, photo: bytes, count: int) -> None:
    for _ in range(count):
        token = {"X-CSRFToken": person.cookies["csrftoken"]}
        files = {"photo": ("spot.jpg", photo)}
        address, form = server.url + SEND, {"capture": "camera"}
        sent = person.post(address, form, files=files, headers=token, timeout=600)
        sent.raise_for_status()
        eventually(server.is_idle, within=600)


def floor(photo: bytes, model: Any) -> float:
    """Return the time of one decoding, one encoding and one answer, in one process."""
    works, _ = budget.stages(photo, model)
    return sum(budget.cpu_ms(works[name]) for name in ("decoded", "encoded", "answered"))
