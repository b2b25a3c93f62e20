"""Changes the members of backup archives, as damage or a forger would."""

import hashlib
import io
import json
import tarfile

from diagnosis.operations.backup import archive


def members(file):
    with tarfile.open(file) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar.getmembers()}


def rewrite(file, **changes):
    """Rewrite an archive with some members changed, or removed if their content is None."""
    content = members(file) | changes
    with tarfile.open(file, "w") as tar:
        for name, data in content.items():
            if data is not None:
                add(tar, tarfile.TarInfo(name), data)


def plant(file, info, data=b"x"):
    """Add a member to an archive and name it in the manifest."""
    content = members(file)
    facts = json.loads(content.pop(archive.MANIFEST))
    facts["files"][info.name] = hashlib.sha256(data).hexdigest()
    with tarfile.open(file, "w") as tar:
        for name, file_content in content.items():
            add(tar, tarfile.TarInfo(name), file_content)
        add(tar, info, data)
        add(tar, tarfile.TarInfo(archive.MANIFEST), encoded(facts))


def add(tar, info, data):
    info.size = len(data) if info.isreg() else 0
    tar.addfile(info, io.BytesIO(data) if info.isreg() else None)


def manifest(file, **changes):
    return json.loads(members(file)[archive.MANIFEST]) | changes


def encoded(facts):
    return json.dumps(facts).encode()
