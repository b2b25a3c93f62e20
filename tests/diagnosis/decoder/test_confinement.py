"""A photo that executes code in the decoder can reach nothing outside the decoder."""

import ctypes
import errno
import re
import socket
import sys
from pathlib import Path

import pytest
from celery.signals import worker_ready

from diagnosis.decoder import confinement, landlock, seccomp
from diagnosis.decoder.process import CLEAN
from diagnosis.photos.photo_decoder import DecoderError, DecoderProcess
from skinscreen import gunicorn

# In these tests a hostile photo is a Python program, and the answer's width is the error number.
ATTACKED = """
import mmap, os, resource, signal, socket, subprocess, threading
from diagnosis.decoder import process
def made_of(kind, photo):
    try:
        exec(photo)
    except OSError as error:
        return (error.errno, 0), (b"", b"")
    return (0, 0), (b"", b"")
process.made_of = made_of
"""
ATTACKS = {
    "read a file": "open('/etc/passwd').read()",
    "read its parent's memory": "open(f'/proc/{os.getppid()}/mem', 'rb')",
    "write a file": "open('/tmp/left-behind', 'w')",
    "change a file": "os.truncate('/etc/passwd', 0)",
    "remove a file": "os.unlink('/tmp/left-behind')",
    "rename a file": "os.rename('/tmp/left-behind', '/tmp/elsewhere')",
    "check whether a file exists": "os.stat('/etc/passwd')",
    "list a folder": "os.listdir('/')",
    "open a TCP socket": "socket.socket()",
    "open a UDP socket": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "open a UNIX socket": "socket.socket(socket.AF_UNIX)",
    "open a pair of sockets": "socket.socketpair()",
    "start a program": "subprocess.run(['true'])",
    "replace itself by a program": "os.execv('/bin/true', ['true'])",
    "start a process": "os.fork() or os._exit(0)",
    "end its parent": "os.kill(os.getppid(), signal.SIGTERM)",
    "map executable memory": "mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)",
    "make a file in memory": "os.memfd_create('x')",
    "change its account": "os.setuid(os.getuid())",
    "read its parent's limits": "resource.prlimit(os.getppid(), resource.RLIMIT_CORE)",
}
confined = pytest.mark.skipif(bool(confinement.lacking()), reason="this kernel confines no process")


def attacked(last_lines):
    decoder = DecoderProcess((sys.executable, "-c", ATTACKED + last_lines))
    yield decoder
    decoder.stop()


@pytest.fixture(scope="module")
def decoder():
    yield from attacked("process.main()")


@pytest.fixture
def without_seccomp():
    yield from attacked(
        "from diagnosis.decoder import landlock\n"
        "landlock.confine()\n"
        "process.answer(process.sys.stdin.buffer, process.sys.stdout.buffer)"
    )


@pytest.fixture
def open_decoder():
    yield from attacked("process.answer(process.sys.stdin.buffer, process.sys.stdout.buffer)")


def outcome(decoder, code):
    (number, _), *_ = decoder.ask(CLEAN, code.encode())
    return number


@confined
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_every_access_from_the_decoder_is_refused(decoder, attack):
    assert outcome(decoder, attack) in {errno.EPERM, errno.EACCES}


@confined
def test_the_decoder_can_start_threads(decoder):
    started = "t = threading.Thread(target=int); t.start(); t.join()"
    assert outcome(decoder, started) == 0


@confined
def test_the_decoder_has_one_thread(decoder):
    # Landlock confines only the calling thread, and threads that the calling thread starts later.
    outcome(decoder, "0")
    assert len(list(Path(f"/proc/{decoder.process.pid}/task").iterdir())) == 1


@confined
def test_landlock_alone_blocks_files_and_connections(without_seccomp):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        connect = f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]}))"
        for attack in ("open('/etc/passwd')", "os.listdir('/')", connect):
            assert outcome(without_seccomp, attack) == errno.EACCES


def test_without_confinement_the_same_code_succeeds(open_decoder):
    assert outcome(open_decoder, "open('/etc/passwd').read()") == 0
    assert outcome(open_decoder, "socket.socket().close()") == 0


def run(instructions, machine, number, *arguments):
    """Interpret a seccomp filter as the kernel does."""
    words = {0: number, 4: machine, **{16 + 8 * i: value for i, value in enumerate(arguments)}}
    at = value = 0
    while True:
        code, match, other, operand = instructions[at]
        at += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            value = words[operand]
        elif code == 0x15:
            at += match if value == operand else other
        else:
            at += match if value & operand else other


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_system_call_numbers_agree_with_libseccomp(machine):
    try:
        resolve = ctypes.CDLL("libseccomp.so.2").seccomp_syscall_resolve_name_arch
    except OSError:
        pytest.skip("libseccomp2 is missing: apt-get install libseccomp2")
    column = list(seccomp.MACHINES).index(machine)
    calls = seccomp.ALLOWED | seccomp.JUDGED | seccomp.OTHERS
    ours = {name: numbers[column] for name, numbers in calls.items()}
    assert ours == {name: resolve(seccomp.MACHINES[machine], name.encode()) for name in ours}


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_the_filter_of_each_architecture_allows_only_listed_system_calls(machine):
    instructions = seccomp.program(machine, process=77)
    column = list(seccomp.MACHINES).index(machine)
    results = {n: run(instructions, seccomp.MACHINES[machine], n, 0, 0, 0) for n in range(500)}
    allowed = {number for number, action in results.items() if action == 0x7FFF0000}
    listed = {numbers[column] for numbers in seccomp.ALLOWED.values()}
    judged = {seccomp.JUDGED[name][column] for name in ("mmap", "mprotect")}
    assert allowed == listed | judged


@pytest.mark.parametrize("machine", seccomp.MACHINES)
@pytest.mark.parametrize(
    ("call", "arguments", "is_allowed"),
    [
        ("mmap", (0, 4096, 3), True),
        ("mmap", (0, 4096, 7), False),
        ("mprotect", (0, 4096, 1), True),
        ("mprotect", (0, 4096, 5), False),
        ("clone", (0x3D0F00,), True),
        ("clone", (0x1200011,), False),
        ("tgkill", (77, 78, 6), True),
        ("tgkill", (1, 1, 9), False),
    ],
)
def test_the_filter_of_each_architecture_checks_arguments(machine, call, arguments, is_allowed):
    number = seccomp.JUDGED[call][list(seccomp.MACHINES).index(machine)]
    instructions = seccomp.program(machine, process=77)
    action = run(instructions, seccomp.MACHINES[machine], number, *arguments)
    assert (action == 0x7FFF0000) is is_allowed


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_system_calls_of_another_abi_end_the_process(machine):
    (other,) = set(seccomp.MACHINES) - {machine}
    instructions = seccomp.program(machine, process=77)
    assert run(instructions, seccomp.MACHINES[other], 0) == 0x80000000


@pytest.mark.parametrize(
    ("header", "column"),
    [("x86_64-linux-gnu/asm/unistd_64.h", 0), ("asm-generic/unistd.h", 1)],
)
def test_system_call_numbers_agree_with_the_kernel_headers(header, column):
    path = Path("/usr/include") / header
    if not path.exists():
        pytest.skip(f"{path} is not installed")
    # In the generic header, calls that differ between 32 and 64 bits have the prefix __NR3264_.
    header_numbers = dict(
        re.findall(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)", path.read_text(), re.M)
    )
    for name, numbers in (seccomp.ALLOWED | seccomp.JUDGED).items():
        assert int(header_numbers[name]) == numbers[column], name


@pytest.mark.parametrize(
    "start", [lambda: gunicorn.on_starting(None), lambda: worker_ready.send(None)]
)
def test_missing_confinements_are_skipped_and_logged_in_one_line(
    monkeypatch, caplog, tmp_path, start
):
    monkeypatch.setattr(landlock, "is_available", lambda: False)
    monkeypatch.setattr(seccomp, "is_available", lambda: False)
    (tmp_path / "metrics").mkdir()
    monkeypatch.setattr(gunicorn, "metrics_folder", lambda: tmp_path / "metrics")
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    confinement.confine()
    start()
    assert [record.message.split(",")[0] for record in caplog.records] == [
        "photos are decoded without Landlock and seccomp"
    ]


@confined
def test_a_kernel_with_all_confinements_logs_nothing(caplog):
    confinement.warn()
    assert not caplog.records


REFUSED = """
from diagnosis.decoder import landlock, process
def refuse():
    raise OSError
landlock.confine = refuse
process.main()
"""


@pytest.fixture
def refused():
    """A decoder on a kernel that offers Landlock but refuses it."""
    decoder = DecoderProcess((sys.executable, "-c", REFUSED))
    yield decoder
    decoder.stop()


@confined
def test_a_refusing_kernel_is_an_outage_and_not_the_photos_fault(refused, jpeg, settings):
    settings.ACCEPTS_OPEN_DECODER = False
    with pytest.raises(DecoderError, match="SKINSCREEN_ACCEPT_OPEN_DECODER"):
        refused.ask(CLEAN, jpeg)


@confined
def test_an_operator_can_accept_an_unconfined_decoder(refused, jpeg, settings):
    settings.ACCEPTS_OPEN_DECODER = True
    assert refused.ask(CLEAN, jpeg)[0] == (160, 120)


def test_refused_confinements_are_logged_in_one_line(monkeypatch, caplog):
    monkeypatch.setattr(confinement, "lacking", list)
    monkeypatch.setattr(confinement, "TRY", ("echo", "seccomp"))
    confinement.warn()
    (record,) = caplog.records
    assert record.message.startswith(
        "photos are decoded without seccomp, which this kernel refuses"
    )


@confined
def test_a_kernel_that_applies_all_confinements_refuses_none():
    assert confinement.refused() == []


def test_macos_lacks_all_confinements(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    assert confinement.lacking() == ["Landlock", "seccomp"]


def test_an_unknown_architecture_has_no_filter(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert "seccomp" in confinement.lacking()
