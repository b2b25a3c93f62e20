"""Runs SkinScreen's real processes, as `make run` does. Tests use HTTP and query the database."""

import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import dj_database_url
import requests
from django.db.utils import ConnectionHandler

from tests.factories import ABOUT, PASSWORD, SECRET, code_of_app

WORKER = "celery --quiet -A skinscreen worker"
BEAT = "skinscreen.beat"
STEP = "/account/second-step/authenticate/"
CLINICIAN = """
from accounts.privacy import consent
from accounts.models import User
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command
call_command("make_reviewer", "{email}", "--password-stdin")
consent.give(User.objects.get(email="{email}"))
TOTP.activate(User.objects.get(email="{email}"), "{secret}")
"""
ROOT = Path(__file__).parents[2]
# By default, the system gives outgoing connections ports from this number upwards.
FIRST_OUTGOING = 32_768


def eventually(condition, within=60):
    """Poll a condition, and return its first true value."""
    remaining = within
    while remaining > 0:
        began = time.monotonic()
        if value := condition():
            return value
        time.sleep(0.05)
        remaining -= (time.monotonic() - began) / crowding()
    raise AssertionError(f"did not come true within {within} s: {condition}")


def crowding():
    """Return the load per processor of this machine, at least 1."""
    return max(1, os.getloadavg()[0] / os.cpu_count())


def is_alive(pid):
    """Return whether a process still runs.

    A zombie has ended: in a container, process 1 may take a while to reap an orphan.
    """
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}


def free_port():
    """Return a free port below those that the system gives to outgoing connections.

    `random` is unsuitable, since it has the same seed in all processes of the tests.
    """
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        if is_free(port):
            return port


def is_free(port):
    """Return whether the port is free, and never given to an outgoing connection."""
    with socket.socket() as probe, suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return port < FIRST_OUTGOING
    return False


@dataclass
class Stack:
    """A running SkinScreen with its own home folder."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None
    python: str | Path = sys.executable
    # By e-mail address. A new sign-in could take 30 s, since an app's code works only once.
    cookies: dict[str, requests.cookies.RequestsCookieJar] = field(default_factory=dict, repr=False)

    @property
    def url(self):
        return f"http://localhost:{self.port}"

    @property
    def environment(self):
        own = {"SKINSCREEN_HOME": str(self.home), "SKINSCREEN_PORT": str(self.port)}
        return {**os.environ, **own, **self.variables}

    @property
    def log(self):
        return self.log_file.read_text()

    @property
    def log_file(self):
        return self.home.with_name(f"{self.home.name}.log")

    def start(self):
        with self.log_file.open("a") as log:
            self.process = subprocess.Popen(
                [self.python, "-m", "skinscreen.launch"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(self.is_up, within=150)

    def is_up(self):
        assert self.process.poll() is None, self.log
        try:
            return requests.get(self.url, timeout=5).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def stop(self):
        """Send SIGINT, as Ctrl-C does. Return the processes that are left over."""
        running = self.processes()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60 * crowding())
        with suppress(AssertionError):
            # Processes need a moment to notice the end of their parent.
            eventually(lambda: not any(map(is_alive, running)), within=5)
        return [pid for pid in running if is_alive(pid)]

    def cut_power(self):
        """Send SIGKILL to everything at once, the supervisor first."""
        for pid in self.processes():
            # A process that has noticed the supervisor's end may be gone.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def processes(self, name="", root=None):
        """Return the ids of the processes with `name` on their command line, parents first."""
        result = subprocess.run(
            ["ps", "-eww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        )
        rows = [line.split(maxsplit=2) for line in result.stdout.splitlines()]
        tree = [root or self.process.pid]
        for pid in tree:  # the list grows during the loop, so parents come before their children
            tree += [int(child) for child, parent, _ in rows if int(parent) == pid]
        words = {int(pid): args for pid, _, args in rows}
        return [pid for pid in tree if name in words.get(pid, "")]

    def listening(self):
        """Return the addresses on which the processes listen."""
        result = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True)
        ours = {f"pid={pid}," for pid in self.processes()}
        rows = [row for row in result.stdout.splitlines() if any(pid in row for pid in ours)]
        return {row.split()[3].rpartition(":")[0] for row in rows}

    def is_locked(self):
        """Return whether a process holds SQLite's write lock for more than a moment."""
        database = self.home / "skinscreen.sqlite3"
        if not database.exists():
            return False
        with closing(sqlite3.connect(database, timeout=0.5)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
        return False

    @contextmanager
    def frozen(self, name):
        """Freeze processes for a while."""
        pids = self.processes(name)
        try:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            # A process that is frozen in an SQLite transaction would keep the others from writing.
            while self.is_locked():
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
                time.sleep(0.05)
                for pid in pids:
                    os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in filter(is_alive, pids):
                os.kill(pid, signal.SIGCONT)

    @contextmanager
    def also(self, *command, **variables):
        """Run another process beside the supervised ones."""
        with self.log_file.open("a") as log:
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=ROOT,
                env=self.environment | variables,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=60 * crowding())

    def kill(self, name, *, is_child=False):
        """Wait for a process or a worker's child to start, and send SIGKILL to it."""
        pids = eventually(lambda: self.processes(name)[is_child:])
        os.kill(pids[-1] if is_child else pids[0], signal.SIGKILL)

    @contextmanager
    def connected(self, *pieces):
        """Open a connection, and send only these bytes."""
        with socket.create_connection(("localhost", self.port), timeout=60) as client:
            for piece in pieces:
                client.sendall(piece)
            yield client

    def manage(self, *arguments, text=""):
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=text,
            text=True,
            check=True,
        )

    def photos(self):
        """Return the files of photos, except overlays, which are made later."""
        stored = (self.home / "photos").rglob("*.*")
        return sorted(path for path in stored if path.suffix in {".jpg", ".views"})

    def query(self, sql):
        url = self.variables.get("DATABASE_URL", f"sqlite:///{self.home}/skinscreen.sqlite3")
        connection = ConnectionHandler({"default": dj_database_url.parse(url)})["default"]
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()
        finally:
            connection.close()

    def statuses(self):
        return [status for (status,) in self.query("SELECT status FROM diagnosis_screening")]

    def clinician(self, email):
        """Make a reviewer's account, with an app for the second step."""
        code = CLINICIAN.format(email=email, secret=SECRET)
        self.manage("shell", "-c", code, text=f"{PASSWORD}\n")

    def person(self, email="olga@example.org"):
        """Return a signed-in HTTP session. An address's first call makes a clinician's account."""
        if email not in self.cookies:
            self.clinician(email)
            self.cookies[email] = self._signed_in(email).cookies
        session = requests.Session()
        session.cookies.update(self.cookies[email])
        return session

    def _signed_in(self, email):
        session = requests.Session()
        self.post(session, "/account/login/", {"login": email, "password": PASSWORD})
        for _ in range(2):  # a code may expire on its way
            response = self.post(session, STEP, {"code": code_of_app()})
            if not response.url.endswith(STEP):
                return session
        raise AssertionError(response.text)

    def upload(self, session, jpeg):
        response = self.post(
            session, "/screenings/new/", {"capture": "dermatoscope"}, {"photo": ("spot.jpg", jpeg)}
        )
        assert "/screenings/new/" not in response.url, response.text
        return response

    def answer_first(self, session, address):
        """Answer the questions about person and spot that come before a first result."""
        page = session.get(address, timeout=30 * crowding()).text
        if person := re.search(r'href="(/people/[0-9a-f-]+/)', page):
            self.post(session, person[1], ABOUT | {"skin_type": "II"})
        self.post(session, f"{address.removeprefix(self.url)}questions/", {})

    def send(self, session, jpeg, key):
        """Send a photo under a key as the page's script does.

        Return the photo's address, or None if the photo was not accepted.
        """
        headers = {"X-CSRFToken": session.cookies["csrftoken"]}
        data, files = {"capture": "dermatoscope", "key": key}, {"photo": ("spot.jpg", jpeg)}
        try:
            answer = session.post(
                f"{self.url}/screenings/send/",
                data=data,
                files=files,
                headers=headers,
                timeout=30 * crowding(),
            )
        except requests.RequestException:
            return None
        return answer.json()["url"] if answer.status_code == 200 else None

    def post(self, session, path, data, files=None):
        page = session.get(self.url + path, timeout=30 * crowding())
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.text).group(1)
        data = {**data, "csrfmiddlewaretoken": token}
        return session.post(self.url + path, data=data, files=files, timeout=30 * crowding())


@dataclass
class Redis:
    """Debian's Redis with an append-only file. Tests can stop and start it."""

    folder: Path
    host: str = "127.0.0.1"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    @property
    def url(self):
        return f"redis://{self.host}:{self.port}/0"

    def start(self):
        options = {"port": self.port, "dir": self.folder, "bind": self.host, "appendonly": "yes"}
        # In protected mode without a password, Redis refuses other machines.
        options["protected-mode"] = "no"
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self.process = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)

    def stop(self):
        self.process.kill()
        self.process.wait()

    def restart(self):
        self.stop()
        self.start()

    def wipe(self):
        """Delete all data."""
        server = ["-h", self.host, "-p", str(self.port)]
        subprocess.run(["redis-cli", *server, "flushall"], check=True)


# No protection from power failures, since the tests only kill processes.
UNSAFE = "-c fsync=off -c full_page_writes=off"


@dataclass
class Postgres:
    """A temporary PostgreSQL cluster. If the tests run as root, the cluster runs as postgres."""

    folder: Path
    binaries: Path
    host: str = "127.0.0.1"
    port: int = field(default_factory=free_port)

    @property
    def url(self):
        return f"postgres://skinscreen@{self.host}:{self.port}/app"

    def create(self):
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "-U", "skinscreen", "-A", "trust", "--no-sync", "-D", self._data)
        with (self._data / "pg_hba.conf").open("a") as rules:
            rules.write("host all all samenet trust\n")
        self.start()
        self.add("app")

    def add(self, name):
        """Make another, empty database. Return its address."""
        self._run("createdb", "-h", self.host, "-p", str(self.port), "-U", "skinscreen", name)
        return self.url.removesuffix("app") + name

    def start(self):
        options = f"-p {self.port} -k {self.folder} -c listen_addresses={self.host} {UNSAFE}"
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self._data, "-o", options, "-l", log, "-w", "start")

    def stop(self):
        """Drop every connection in the middle of its work, as a crash would."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    @contextmanager
    def frozen(self):
        """Freeze the server for a while. The kernel keeps connections, and accepts new ones."""
        main = (self._data / "postmaster.pid").read_text().split()[0]
        os.kill(int(main), signal.SIGSTOP)
        children = subprocess.run(["pgrep", "-P", main], capture_output=True, text=True, check=True)
        others = [int(pid) for pid in children.stdout.split()]
        for pid in others:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in [*others, int(main)]:
                os.kill(pid, signal.SIGCONT)

    @property
    def _data(self):
        return self.folder / "data"

    def _run(self, program, *arguments):
        subprocess.run(
            [self.binaries / program, *arguments],
            check=True,
            user="postgres" if os.getuid() == 0 else None,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
