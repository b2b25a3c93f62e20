"""Every file of a large corpus, uploaded to a running site, ends in a message or a clean photo."""

import io
import os
import random
import re
import tarfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from diagnosis.screenings.texts import IMAGE_FAULTS
from tests.factories import encoded
from tests.journeys.conftest import running
from tests.journeys.stack import ROOT, eventually
from tests.malformed_files import READABLE, UNUSABLE
from tests.pictures import dermoscopy_like

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(3600)]

FILES = int(os.environ.get("SKINSCREEN_FUZZ_FILES", "2400"))
USUAL = "20261125"
SEED = int(os.environ.get("SKINSCREEN_FUZZ_SEED", USUAL))
OURS = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}  # `Image.info` of a stored photo
MOST_SECONDS, MOST_MEGABYTES = 2, 700
REPORT = ROOT / "docs" / "fuzz.md"
KINDS = {str(text): fault.value for fault, text in IMAGE_FAULTS.items()} | {
    "This file is empty. Choose the photo again.": "empty"
}


@dataclass
class Answer:
    source: str
    name: str
    kind: str
    seconds: float


def pillows(folder):
    """Yield Pillow's own test files, from its source distribution."""
    for archive in sorted(folder.glob("pillow-*.tar.gz")):
        with tarfile.open(archive) as files:
            for member in files:
                if member.isfile() and "/Tests/" in member.name and member.name[-3:] != ".py":
                    yield Path(member.name).name, files.extractfile(member).read()


def mutated(seeds, count):
    """Yield seeds with bytes overwritten, removed, inserted or cut off."""
    chance = random.Random(SEED)
    for number in range(count):
        name, data = chance.choice(seeds)
        data = bytearray(data)
        for _ in range(chance.randint(1, 12)):
            start = chance.randrange(len(data) + 1)
            data[start : start + chance.randint(0, 8)] = chance.randbytes(chance.randint(0, 8))
        if chance.random() < 0.3:
            del data[chance.randint(1, len(data)) :]
        yield f"{number}-{name}", bytes(data)


def corpus():
    seeds = [(name, data) for name, data in READABLE.items()]
    seeds += [(name, data) for name, (data, _) in UNUSABLE.items()]
    pillow_files = list(pillows(Path(os.environ["SKINSCREEN_CORPUS"])))
    pictures = [
        pair for pair in seeds + pillow_files if pair[1][:4] in MAGIC and len(pair[1]) > 1000
    ]
    files = [("made here", *pair) for pair in seeds] + [
        ("Pillow's", *pair) for pair in pillow_files
    ]
    missing = max(0, FILES - len(files))
    files += [("mutated", *pair) for pair in mutated(pictures, missing)]
    random.Random(SEED).shuffle(files)
    return files[:FILES]


MAGIC = {
    b"\xff\xd8\xff\xe0",
    b"\xff\xd8\xff\xe1",
    b"\x89PNG",
    b"RIFF",
    b"\0\0\0\x1c",
    b"\0\0\0\x18",
}


def sent(stack, session, token, data):
    """Upload a file. Return the kind of the site's answer, and the seconds until it came."""
    began = time.monotonic()
    answer = session.post(
        f"{stack.url}/screenings/send/",
        data={"capture": "camera", "csrfmiddlewaretoken": token},
        files={"photo": ("spot.jpg", data)},
        timeout=60,
    )
    seconds = time.monotonic() - began
    if answer.status_code == 200:
        return "accepted", seconds
    assert answer.status_code == 422, answer.text
    ((field, (error,)),) = answer.json()["errors"].items()
    assert field == "photo"
    return KINDS[error["message"]], seconds


def peak(stack, peaks):
    """Update the peak memory (MB) of each web and decoder process."""
    for name in ("skinscreen.wsgi", "diagnosis.decoder.process"):
        for pid in stack.processes(name):
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if match := re.search(r"VmHWM:\s+(\d+)", status):
                peaks[name, pid] = int(match[1]) // 1024


def test_every_file_ends_in_a_message_or_a_clean_photo(tmp_path):
    if "SKINSCREEN_CORPUS" not in os.environ:
        pytest.skip("make fuzz downloads the corpus and sets SKINSCREEN_CORPUS")
    memory, answers = {}, []
    with running(tmp_path / "home", SKINSCREEN_UPLOADS_PER_HOUR="100000") as stack:
        session = stack.person()
        page = session.get(f"{stack.url}/screenings/new/", timeout=10).text
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)[1]
        for number, (source, name, data) in enumerate(corpus()):
            answers.append(Answer(source, name, *sent(stack, session, token, data)))
            if number % 20 == 0:
                peak(stack, memory)
        peak(stack, memory)
        eventually(lambda: not {"pending", "running"} & set(stack.statuses()), within=900)
        statuses, photos, log = Counter(stack.statuses()), stack.photos(), stack.log
        pictures = [path.read_bytes() for path in photos if path.suffix == ".jpg"]
        kept = [set(Image.open(io.BytesIO(picture)).info) for picture in pictures]
        # The gate may have refused all files, so a photo of a spot tests whether photos are read.
        stack.upload(session, encoded(dermoscopy_like(5)))
        eventually(lambda: stack.statuses().count("done") > statuses["done"], within=300)
    summary = report(answers, memory, statuses)
    print(summary)  # noqa: T201 - make fuzz shows it
    assert log.count("spawned: 'worker'") == log.count("spawned: 'web'") == 1
    assert set(statuses) <= {"done", "refused"}
    assert sum(statuses.values()) == sum(answer.kind == "accepted" for answer in answers)
    assert all(info <= OURS for info in kept)
    assert max(memory.values()) < MOST_MEGABYTES
    if str(SEED) == USUAL:
        REPORT.write_text(summary)
    assert not [answer for answer in answers if answer.seconds >= MOST_SECONDS]


def report(answers, memory, statuses):
    sources, kinds = (sorted({getattr(a, name) for a in answers}) for name in ("source", "kind"))
    count = Counter((answer.kind, answer.source) for answer in answers)
    rows = [[kind, *(str(count[kind, source]) for source in sources)] for kind in kinds]
    seconds = sorted(answer.seconds for answer in answers)
    slowest = max(answers, key=lambda answer: answer.seconds)
    most = {
        name: max((mb for (process, _), mb in memory.items() if process == name), default=0)
        for name in ("diagnosis.decoder.process", "skinscreen.wsgi")
    }
    lines = [
        "# What becomes of malformed and malicious files",
        "",
        f"`make fuzz` uploaded {len(answers)} files to a running site. No answer was a "
        "server error, no file ended the web server or the worker, and no stored photo has "
        "metadata.",
        "",
        *(f"| {' | '.join(row)} |" for row in [["answer", *sources], ["---"] * (len(sources) + 1)]),
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        "The status of the accepted photos: "
        + ", ".join(f"{n} {status}" for status, n in statuses.items())
        + ".",
        f"Half of the files were answered within {seconds[len(seconds) // 2]:.2f} s, all but one "
        f"in a hundred within {seconds[int(len(seconds) * 0.99)]:.2f} s; the slowest, "
        f"{slowest.name}, took {slowest.seconds:.2f} s.",
        f"The most memory: {most['diagnosis.decoder.process']} MB in a decoder, "
        f"{most['skinscreen.wsgi']} MB in a web process.",
        f"The machine has {os.cpu_count()} cores and a load of {os.getloadavg()[1]:.0f}. Other "
        "programs affect the seconds, not the memory.",
        "",
    ]
    return "\n".join(lines)
