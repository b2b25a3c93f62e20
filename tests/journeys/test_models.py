"""Models are put into shadow, made active and rolled back while real workers run."""

import re
import shutil

import pytest

from ml.paths import DEFAULT_MODEL
from tests.factories import change_card
from tests.journeys.conftest import running
from tests.journeys.stack import eventually

pytestmark = pytest.mark.journeys

LIST = "/admin/diagnosis/modelversion/"
SERVED = DEFAULT_MODEL.name
SUPERUSER = "from accounts.models import User; User.objects.update(is_superuser=True)"


@pytest.fixture
def stack(tmp_path):
    haste = {"SKINSCREEN_LEASE_SECONDS": "6", "SKINSCREEN_SWEEP_SECONDS": "1"}
    with running(tmp_path / "home", **haste) as started:
        yield started


@pytest.fixture
def superuser_session(stack):
    session = stack.person("root@example.org")
    stack.manage("shell", "-c", SUPERUSER)
    return session


def become(stack, superuser_session, version, state):
    """Follow a version's link in the list. Return the page that it leads to."""
    page = superuser_session.get(stack.url + LIST, timeout=60).text
    row = next(row for row in re.findall(r"<tr>.*?</tr>", page, re.S) if f">{version}<" in row)
    address = re.search(rf'href="({LIST}\d+/become/{state}/)"', row).group(1)
    return stack.post(superuser_session, address, {}).text


def answers(stack, table):
    rows = stack.query(f"SELECT model_version FROM diagnosis_{table} ORDER BY created_at")
    return [version for (version,) in rows]


def install(stack, version):
    """Install the default model under another version."""
    folder = stack.home / "models" / version
    shutil.copytree(DEFAULT_MODEL, folder)
    change_card(folder, version=version)
    return folder


def is_read_by(stack, superuser_session, address, version):
    stack.answer_first(superuser_session, address)
    page = superuser_session.get(address, timeout=60).text
    return f'Read by model <span class="unbroken">{version}</span>' in page


def test_the_next_photo_is_read_by_the_newly_active_model(stack, superuser_session, jpeg):
    workers = stack.processes("celery")
    install(stack, "other-1")
    assert "In shadow from now on: other-1." in become(
        stack, superuser_session, "other-1", "shadow"
    )
    first = stack.upload(superuser_session, jpeg).url
    eventually(lambda: answers(stack, "shadowprediction") == ["other-1"])
    eventually(lambda: is_read_by(stack, superuser_session, first, SERVED))

    assert "Active from now on: other-1." in become(stack, superuser_session, "other-1", "active")
    second = stack.upload(superuser_session, jpeg).url
    eventually(lambda: is_read_by(stack, superuser_session, second, "other-1"))
    assert answers(stack, "shadowprediction") == ["other-1"]
    assert stack.processes("celery") == workers


def test_photos_wait_while_the_active_model_is_damaged(stack, superuser_session, jpeg):
    folder = install(stack, "mine-1")
    become(stack, superuser_session, "mine-1", "active")
    (folder / "model.tflite").write_bytes(b"damaged")
    stack.upload(superuser_session, jpeg)
    eventually(lambda: "photos wait, since the model cannot be served" in stack.log)
    assert "Photos wait" in superuser_session.get(f"{stack.url}/admin/", timeout=60).text
    assert stack.query("SELECT attempts FROM diagnosis_screening WHERE status = 'pending'") == [
        (0,)
    ]

    become(stack, superuser_session, SERVED, "active")
    eventually(lambda: set(stack.statuses()) == {"done"})
    assert answers(stack, "prediction")[-1] == SERVED
