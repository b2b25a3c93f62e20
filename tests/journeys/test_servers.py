"""The servers of compose.yaml, set up by its scripts: TLS, roles and the bucket's account."""

import os
import re
import subprocess

import boto3
import psycopg
import pytest
import redis
from botocore.exceptions import ClientError, SSLError
from django.core.files.base import ContentFile
from kombu import Connection
from psycopg.errors import InsufficientPrivilege

from diagnosis.photos.encryption import EncryptedStorage, StoreError
from skinscreen.backends import photo_store
from tests.journeys.conftest import caddy
from tests.journeys.servers import PASSWORD, answers, started
from tests.journeys.stack import ROOT, eventually, free_port
from tests.journeys.test_backup import run

pytestmark = pytest.mark.journeys


def test_the_broker_needs_tls_and_its_password(tls, other_authority, tmp_path):
    port = free_port()
    options = f"ssl_cert_reqs=required&ssl_ca_certs={tls}/ca.crt"
    url = f"rediss://:{PASSWORD}@localhost:{port}/0?{options}"
    settings = {"REDIS_PASSWORD": PASSWORD, "BROKER_PORT": port, "DATA": tmp_path}
    with started("broker.sh", tls, SERVER="redis-server", **settings):
        eventually(lambda: answers(redis.Redis.from_url(url).ping), within=30)
        with Connection(url) as connection:
            connection.ensure_connection(max_retries=1)
        with pytest.raises(redis.ConnectionError):
            redis.Redis(port=port).ping()
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(url.replace(f":{PASSWORD}@", "")).ping()
        with pytest.raises(redis.ConnectionError, match="certificate verify failed"):
            redis.Redis.from_url(url.replace(str(tls / "ca.crt"), str(other_authority))).ping()


def test_the_stores_account_can_only_use_the_photos_bucket(photos):
    name = photos.save("ab/abc.jpg", ContentFile(b"what a person sent"))
    assert photos.open(name).read() == b"what a person sent"
    assert photos.listdir("") == (["ab"], [])
    assert photos.get_modified_time(name)
    photos.delete(name)
    assert not photos.exists(name)
    client = photos.inner.connection.meta.client
    for act in (
        lambda: client.create_bucket(Bucket="others"),
        lambda: client.delete_bucket(Bucket="photos"),
        lambda: client.put_object(Bucket="others", Key="x", Body=b"x"),
        lambda: client.put_bucket_policy(Bucket="photos", Policy="{}"),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            act()


def test_a_store_with_another_certificate_or_without_tls_is_refused(
    photos, monkeypatch, other_authority
):
    monkeypatch.setenv("SKINSCREEN_S3_CA", str(other_authority))
    stranger = EncryptedStorage(inner=photo_store.inner(has_keys=True), keys=[b"k" * 32])
    with pytest.raises(StoreError, match="SSLError"):
        stranger.inner.check()
    plain = boto3.client(
        "s3",
        endpoint_url=os.environ["SKINSCREEN_S3_ENDPOINT"].replace("https", "http"),
        aws_access_key_id="skinscreen",
        aws_secret_access_key=PASSWORD,
    )
    with pytest.raises((ClientError, SSLError)):
        plain.head_bucket(Bucket="photos")


def test_the_proxys_configuration_files_are_valid(tmp_path):
    documented = (ROOT / "docs" / "operating.md").read_text()
    (sample,) = re.findall(r"^```\n(skin\.example\.org \{.*?)^```", documented, re.M | re.S)
    (tmp_path / "Caddyfile").write_text(sample)
    for file in (ROOT / "deploy" / "Caddyfile", tmp_path / "Caddyfile"):
        ended = subprocess.run(
            [caddy(), "validate", "--adapter", "caddyfile", "--config", file],
            env={"SKINSCREEN_ALLOWED_HOSTS": "one.example.org, two.example.org"},
            check=False,
        )
        assert ended.returncode == 0, file


def test_the_serving_account_can_only_add_to_the_audit_trail(database, tmp_path):
    owner, serving = database["skinscreen_owner"], database["skinscreen"]
    for command in (
        ["migrate", "--verbosity=0"],
        ["createcachetable"],
        ["grant_role", "skinscreen"],
    ):
        ended = run(tmp_path / "home", owner, *command)
        assert ended.returncode == 0, ended.stderr
    for command in (["seed_screenings", "--count=3", "--people=1"], ["verify_audit"]):
        ended = run(tmp_path / "home", serving, *command)
        assert ended.returncode == 0, ended.stderr
    with psycopg.connect(serving, autocommit=True) as connection:
        for statement in (
            "UPDATE diagnosis_auditentry SET subject = ''",
            "DELETE FROM diagnosis_auditentry",
            "TRUNCATE diagnosis_auditentry",
            "DROP TABLE diagnosis_auditentry",
            "DELETE FROM django_migrations",
            "CREATE TABLE mine (id int)",
        ):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(statement)


def test_grant_role_refuses_a_missing_role_and_sqlite(database, tmp_path):
    missing = run(tmp_path / "home", database["skinscreen_owner"], "grant_role", "nobody")
    assert missing.stderr.strip().splitlines()[-1].startswith("CommandError: Nothing was granted")
    assert "SQLite has no roles" in run(tmp_path / "home", "", "grant_role", "nobody").stderr
