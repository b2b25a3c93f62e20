"""Other local users cannot reach the broker, take its place, or read folders in shared memory."""

import os
import pwd
import socket
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.conftest import FAST_RECOVERY
from tests.journeys.conftest import running
from tests.journeys.stack import eventually

pytestmark = pytest.mark.faults
REFUSED = 1
NOBODY = pwd.getpwnam("nobody")


@pytest.fixture
def stack(root):
    """A site in a folder that everybody may enter, like /var/lib."""
    with TemporaryDirectory(prefix="open-") as folder:
        Path(folder).chmod(0o755)
        with running(Path(folder) / "home", **FAST_RECOVERY) as started:
            yield started


def refused_to_a_stranger(act):
    """Run an action as another local user. Return whether the system refused it."""
    child = os.fork()
    if not child:
        os._exit(_outcome_as_nobody(act))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == REFUSED


def _outcome_as_nobody(act):
    try:
        os.setgroups([])
        os.setgid(NOBODY.pw_gid)
        os.setuid(NOBODY.pw_uid)
        act()
    except PermissionError:
        return REFUSED
    except BaseException:  # the child process must not continue as the test
        return -1
    return 0


def test_other_users_can_neither_reach_the_broker_nor_replace_it_while_it_is_down(stack, oracle_of):
    oracle, path = oracle_of(stack), str(stack.home / "run" / "broker.sock")

    def connect():
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)

    def take_its_place():
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)

    connect()
    assert refused_to_a_stranger(connect)
    assert stack.listening() == {"127.0.0.1"}
    assert len(listening_sockets(stack)) == 1
    with stack.frozen("supervisord"):
        stack.kill("valkey-server")
        Path(path).unlink()
        assert refused_to_a_stranger(take_its_place)
        oracle.upload(1)
    eventually(lambda: Path(path).exists())
    oracle.mark_repaired()
    oracle.expect(done=1)


def listening_sockets(stack):
    """Return the inodes of the site's listening TCP sockets."""
    table = Path("/proc/net/tcp").read_text().splitlines()[1:]
    listening = {row.split()[9] for row in table if row.split()[3] == "0A"}
    ours = set()
    for pid in stack.processes():
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            ours.add(str(descriptor.readlink()))
    return {inode for inode in listening if f"socket:[{inode}]" in ours}


def test_folders_in_shared_memory_are_private_and_have_unpredictable_names(stack):
    ours = [path for path in Path("/dev/shm").glob("skinscreen-*") if path.is_dir()]
    folder = Path((stack.home / "run" / "metrics-folder").read_text())
    assert folder in ours
    assert refused_to_a_stranger(lambda: list(folder.iterdir()))
    restarted_with_its_folder_taken(stack, folder).rmdir()


def restarted_with_its_folder_taken(stack, folder):
    """Restart the site after another user took its folder's name. The site uses another name."""
    stack.stop()
    assert not folder.exists()
    folder.mkdir(mode=0o755)
    os.chown(folder, NOBODY.pw_uid, NOBODY.pw_gid)
    stack.start()
    assert (stack.home / "run" / "metrics-folder").read_text() != str(folder)
    return folder
