"""The servers of compose.yaml, started by its scripts, and their certificates and accounts."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
import redis
from django.core.files.base import ContentFile

from diagnosis.photos.encryption import EncryptedStorage, StoreError
from skinscreen import certificates
from skinscreen.backends import photo_store
from tests.journeys.stack import ROOT, eventually, free_port, is_free

PASSWORD = "a-password-of-nobody"


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A certificate for this machine under each server's name."""
    folder = tmp_path_factory.mktemp("tls")
    certificates.make(folder, {"localhost": os.getuid()})
    for server in ("broker", "store"):
        for ending in ("crt", "key"):
            shutil.copy(folder / f"localhost.{ending}", folder / f"{server}.{ending}")
    return folder


@pytest.fixture(scope="module")
def other_authority(tmp_path_factory):
    """The certificate of an authority that issued none of the servers' certificates."""
    folder = tmp_path_factory.mktemp("other-authority")
    certificates.make(folder, {"localhost": os.getuid()})
    return folder / "ca.crt"


def answers(ask):
    with suppress(redis.ConnectionError, StoreError, FileNotFoundError):
        ask()
        return True


@contextmanager
def started(script, tls, **variables):
    """Run a server by its script, and check that its command line contains no password."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            ["sh", ROOT / "deploy" / script],
            env={
                "PATH": path,
                "TLS": str(tls),
                **{name: str(value) for name, value in variables.items()},
            },
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
            assert PASSWORD not in Path(f"/proc/{process.pid}/cmdline").read_text()
        except BaseException as error:
            # Not with `seek`, which would move the place where the server writes.
            ending = os.pread(log.fileno(), 1_000_000, 0)[-5000:].decode(errors="replace")
            error.add_note(f"The server's log ends with:\n{ending}")
            raise
        finally:
            os.killpg(process.pid, 9)
            process.wait()


def low_port():
    """Return a free port whose number plus 10,000 is also free, since SeaweedFS uses both."""
    return next(port for port in iter(free_port, None) if is_free(port + 10_000))


@pytest.fixture
def ports():
    return {name: low_port() for name in ("S3_PORT", "MASTER_PORT", "VOLUME_PORT", "FILER_PORT")}


@pytest.fixture
def photos(tls, tmp_path, monkeypatch, ports):
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("SKINSCREEN_S3_BUCKET", "photos")
    monkeypatch.setenv("SKINSCREEN_S3_ENDPOINT", f"https://localhost:{ports['S3_PORT']}")
    monkeypatch.setenv("SKINSCREEN_S3_CA", str(tls / "ca.crt"))
    monkeypatch.setenv("SKINSCREEN_S3_ACCESS_KEY", "skinscreen")
    monkeypatch.setenv("SKINSCREEN_S3_SECRET_KEY", PASSWORD)
    variables = {"S3_PASSWORD": PASSWORD, "DATA": tmp_path / "data", "CONFIG": tmp_path / "s3.json"}
    with started("store.sh", tls, **ports, **variables, S3_BIND="127.0.0.1"):
        storage = EncryptedStorage(inner=photo_store.inner(has_keys=True), keys=[b"k" * 32])
        # The store answers before it can store anything.
        eventually(lambda: answers(lambda: written(storage)), within=60)
        yield storage


def written(storage):
    # An earlier attempt may have stored the file, and failed later.
    storage.delete("ready")
    storage.delete(storage.save("ready", ContentFile(b"")))


@pytest.fixture(scope="module")
def database(own_postgres):
    """Return the addresses of deploy/database.sh's two accounts, on a server with TLS."""
    tls = own_postgres.folder / "tls"
    tls.mkdir()
    uid = pwd.getpwnam("postgres").pw_uid if os.getuid() == 0 else os.getuid()
    certificates.make(tls, {"localhost": uid})
    with psycopg.connect(own_postgres.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE postgres SUPERUSER LOGIN")
    admin = own_postgres.url.replace("//skinscreen@", "//postgres@")
    with psycopg.connect(admin, autocommit=True) as connection:
        # The script creates an account of this name.
        connection.execute("ALTER ROLE skinscreen RENAME TO first")
        connection.execute(f"ALTER SYSTEM SET ssl_cert_file = '{tls}/localhost.crt'")
        connection.execute(f"ALTER SYSTEM SET ssl_key_file = '{tls}/localhost.key'")
        connection.execute("ALTER SYSTEM SET ssl = on")
        connection.execute("SELECT pg_reload_conf()")
    return {
        role: f"postgres://{role}@localhost:{own_postgres.port}/skinscreen"
        f"?sslmode=verify-full&sslrootcert={tls}/ca.crt"
        for role in made_by_script(own_postgres)
    }


def made_by_script(postgres):
    variables = {
        "PATH": os.environ["PATH"],
        "PGHOST": postgres.host,
        "PGPORT": str(postgres.port),
        "POSTGRES_USER": "postgres",
        "POSTGRES_DB": "app",
        "OWNER_PASSWORD": PASSWORD,
        "SERVING_PASSWORD": PASSWORD,
    }
    subprocess.run(["sh", ROOT / "deploy" / "database.sh"], env=variables, check=True)
    return "skinscreen_owner", "skinscreen"
