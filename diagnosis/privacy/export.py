"""The data that is stored about a person, as a ZIP file of JSON and photos.

`static/export.schema.json` describes the JSON. Secrets are left out, and so is what
`templates/privacy/export.html` lists.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO, Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from PIL import Image

from accounts.models import User
from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Measurement, Profile, Screening
from diagnosis.privacy import batches, export_rows
from ml.preprocessing.views import OutdatedViewsError, Views

FORMAT = "skinscreen-export-2"
DATA = "data.json"


def archive(*, by: User) -> IO[bytes]:
    """Return the ZIP file. It has no name, and is deleted when it is closed."""
    # In SKINSCREEN_HOME, because a large account could fill a /tmp that is held in memory.
    file = TemporaryFile(dir=settings.HOME)  # noqa: SIM115 - the response closes it
    with zipfile.ZipFile(file, "w") as target:
        _write_data(by, target)
        _write_photos(by, target)
    trail.record(AuditEntry.Action.EXPORT, by, by=by)
    file.seek(0)
    return file


def _write_data(user: User, target: zipfile.ZipFile) -> None:
    entry = zipfile.ZipInfo(DATA)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with target.open(entry, "w", force_zip64=True) as file:
        for piece in text(user):
            file.write(piece.encode())


def _write_photos(user: User, target: zipfile.ZipFile) -> None:
    """Add the stored files, decrypted. Skip lost files and outdated views."""
    for name, stored_name in _files(user):
        with (
            suppress(FileNotFoundError, OutdatedViewsError),
            default_storage.open(stored_name) as file,
        ):
            target.writestr(name, _as_picture(name, file.read()))


def _as_picture(name: str, content: bytes) -> bytes:
    """Return a file that any viewer opens. The networks' views are converted from our format."""
    if not name.startswith(export_rows.SEEN):
        return content
    buffer = io.BytesIO()
    Image.fromarray(Views.from_bytes(content).framed).save(buffer, "BMP")
    return buffer.getvalue()


def _files(user: User) -> Iterator[tuple[str, str]]:
    """Yield each file's name in the archive, and its name in the store.

    Smaller copies for pages and lists are left out, because they show the same as the photo.
    """
    own = Screening.objects.owned_by(user)
    for screening, photo, views in own.values_list("pk", "photo", "views").iterator():
        yield export_rows.photo_name(screening), photo
        if views:
            yield export_rows.seen_name(screening), views
    overlays = Measurement.objects.filter(screening__in=own.with_visible_result()).exclude(
        overlay=""
    )
    for screening, measurement, overlay in overlays.values_list("screening", "pk", "overlay"):
        yield export_rows.overlay_name(screening, measurement), overlay


def text(user: User) -> Iterator[str]:
    """Yield the JSON in pieces, so that a large account needs no more memory than a small one."""
    views = AuditEntry.objects.looks_at(Screening.objects.owned_by(user)).iterator()
    people = Profile.objects.filter(owner=user).select_related("owner")
    lesion_batches = batches.of(user)
    yield _json({"format": FORMAT, "account": export_rows.account(user)})[:-1]
    lists = {
        "sessions": map(export_rows.session, UserSession.objects.filter(user=user)),
        "second_steps": map(export_rows.second_step, Authenticator.objects.filter(user=user)),
        "people": map(export_rows.person, people),
        "lesions": (
            export_rows.lesion(lesion, batch)
            for batch in lesion_batches
            for lesion in batch.lesions
        ),
        "looks": map(export_rows.look, views),
    }
    for name, rows in lists.items():
        yield f', "{name}": ['
        for number, row in enumerate(rows):
            yield f"{', ' if number else ''}{_json(row)}"
        yield "]"
    yield "}"


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
