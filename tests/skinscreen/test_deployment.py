"""What Dockerfile, compose.yaml and docs/kubernetes.yaml set, SkinScreen reads, and starts with."""

import base64
import re
import runpy
from pathlib import Path

import pytest
import yaml

from skinscreen import env

ROOT = env.BASE_DIR
EXAMPLE = set(re.findall(r"^([A-Z_0-9]+)=", (ROOT / ".env.example").read_text(), re.M))
KEY = "".join(f"{number:02}-key" for number in range(20))
SECRETS = {
    "SKINSCREEN_SECRET_KEY": KEY,
    "SKINSCREEN_ROOT_KEYS": KEY[:50],
    "SKINSCREEN_ALLOWED_HOSTS": "skin.example.org",
    "SKINSCREEN_SMTP_HOST": "smtp.example.org",
    "SKINSCREEN_PHOTO_KEYS": base64.urlsafe_b64encode(b"k" * 32).decode(),
    "SKINSCREEN_S3_ACCESS_KEY": "ann",
    "SKINSCREEN_S3_SECRET_KEY": "a-secret",
}
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
KUBERNETES = list(yaml.safe_load_all((ROOT / "docs" / "kubernetes.yaml").read_text()))
OURS = {name: it for name, it in COMPOSE.items() if it.get("image") == "skinscreen"}


def in_compose():
    values = OURS["web"]["environment"]
    return {
        name: re.sub(r"\$\{(\w+):\?\}", lambda found: SECRETS.get(found[1], "pass"), value)
        for name, value in values.items()
    }


def in_kubernetes():
    values = {}
    for item in KUBERNETES:
        values |= item.get("data", {}) | item.get("stringData", {})
    return {name: value or SECRETS[name] for name, value in values.items()}


@pytest.fixture(params=[in_compose, in_kubernetes])
def variables(request, monkeypatch, tmp_path):
    for name in EXAMPLE:
        monkeypatch.delenv(name, raising=False)
    values = request.param()
    for name, value in {**values, "SKINSCREEN_HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    return values


def test_every_variable_is_one_that_is_read(variables):
    assert set(variables) <= EXAMPLE


def test_the_settings_start_with_them_in_production(variables):
    settings = runpy.run_path(str(ROOT / "skinscreen" / "settings.py"))
    assert settings["IS_PRODUCTION"]
    assert settings["DATABASES"]["default"]["ENGINE"].endswith("postgresql")
    assert settings["STORAGES"]["default"]["OPTIONS"]["inner"]["BACKEND"].endswith("S3Storage")
    assert settings["STORAGES"]["default"]["OPTIONS"]["keys"]


def test_web_worker_and_beat_have_the_same_settings_and_one_beat():
    assert set(OURS) == {"prepare", "web", "worker", "beat"}
    assert all(it["environment"] == OURS["web"]["environment"] for it in OURS.values())
    (beat,) = [it for it in KUBERNETES if it["metadata"]["name"] == "skinscreen-beat"]
    assert (beat["spec"]["replicas"], beat["spec"]["strategy"]["type"]) == (1, "Recreate")


def test_whatever_is_waited_for_is_there_and_can_tell():
    for service in COMPOSE.values():
        for name, wanted in service.get("depends_on", {}).items():
            is_told = "healthcheck" in COMPOSE[name]
            assert is_told == (wanted["condition"] == "service_healthy")


def test_home_in_kubernetes_is_a_folder_that_we_make_and_own():
    home = Path(in_kubernetes()["SKINSCREEN_HOME"])
    pods = [it["spec"]["template"]["spec"] for it in KUBERNETES if "template" in it.get("spec", {})]
    containers = [container for pod in pods for container in pod["containers"]]
    assert len(containers) == 4
    for container in containers:
        assert home.parent in {Path(mount["mountPath"]) for mount in container["volumeMounts"]}


def test_nothing_is_reached_from_outside_but_the_web():
    assert [name for name, it in COMPOSE.items() if "ports" in it] == ["web"]
    assert COMPOSE["web"]["ports"] == ["127.0.0.1:8000:8000"]


def test_the_image_runs_as_nobody_special():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER skinscreen" in lines
    assert lines.index("USER skinscreen") < [line[:3] for line in lines].index("CMD")


def test_what_the_image_leaves_out_is_pinned_under_these_names():
    left_out = re.search(r"\^\(([\w|-]+)\)==", (ROOT / "Dockerfile").read_text())[1].split("|")
    pinned = (ROOT / "requirements.txt").read_text()
    assert [name for name in left_out if f"\n{name}==" not in pinned] == []
