"""Everything that is stored about a person, as a ZIP file of JSON and photos.

`static/export.schema.json` describes the JSON.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from PIL import Image

from accounts.models import User
from diagnosis.audit import trail
from diagnosis.models import (
    Answers,
    AuditEntry,
    Lesion,
    Measurement,
    Notice,
    Prediction,
    Profile,
    Registration,
    Reminder,
    Screening,
)
from diagnosis.privacy import batches
from diagnosis.privacy.batches import Batch
from ml.preprocessing.views import OutdatedViewsError, Views

FORMAT = "skinscreen-export-2"
DATA, SEEN = "data.json", "seen"


def archive(*, by: User) -> IO[bytes]:
    """Return the ZIP file. Only this process can open it, and closing deletes it."""
    # In the home folder, because a large account would fill a /tmp that is kept in memory.
    file = TemporaryFile(dir=settings.HOME)  # noqa: SIM115 - closed by whoever sends it
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
    """Add the photos as they are stored. Skip lost photos."""
    for name, kept in _files(user):
        with suppress(FileNotFoundError, OutdatedViewsError), default_storage.open(kept) as file:
            target.writestr(name, _as_picture(name, file.read()))


def _as_picture(name: str, content: bytes) -> bytes:
    """Return a file that any viewer opens. The networks' views have a format of our own."""
    if not name.startswith(SEEN):
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
        yield _photo_name(screening), photo
        if views:
            yield _seen_name(screening), views
    overlays = Measurement.objects.filter(screening__in=own.told()).exclude(overlay="")
    for screening, measurement, overlay in overlays.values_list("screening", "pk", "overlay"):
        yield _overlay_name(screening, measurement), overlay


def text(user: User) -> Iterator[str]:
    """Yield the JSON in pieces, so that no account is too large."""
    looks = AuditEntry.objects.looks_at(Screening.objects.owned_by(user)).iterator()
    yield _json({"format": FORMAT, "account": _account(user)})[:-1]
    lists = {
        "sessions": map(_session, UserSession.objects.filter(user=user)),
        "second_steps": map(_second_step, Authenticator.objects.filter(user=user)),
        "people": map(_person, Profile.objects.filter(owner=user).select_related("owner")),
        "lesions": _lesions(user),
        "looks": map(_look, looks),
    }
    for name, rows in lists.items():
        yield f', "{name}": ['
        for number, row in enumerate(rows):
            yield f"{', ' if number else ''}{_json(row)}"
        yield "]"
    yield "}"


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)


def _account(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "joined_at": user.date_joined,
        "skin_type": user.skin_type,
        "allows_training_since": user.allows_training_since,
        "consent_version": user.consent_version,
        "consented_at": user.consented_at,
        "time_zone": user.time_zone,
        "is_reminded": user.is_reminded,
    }


def _session(session: UserSession) -> dict[str, Any]:
    return {
        "ip": session.ip,
        "browser": session.user_agent,
        "created_at": session.created_at,
        "last_seen_at": session.last_seen_at,
    }


def _second_step(step: Authenticator) -> dict[str, Any]:
    # The secret is left out, so that nobody who finds the file can sign in with it.
    return {
        "kind": step.type,
        "created_at": step.created_at,
        "last_used_at": step.last_used_at,
    }


def _person(profile: Profile) -> dict[str, Any]:
    names = ("birth_year", "sex", "skin_type", "is_immune_weak", "had_melanoma", "had_skin_cancer")
    kept = {name: getattr(profile, name) for name in names}
    return {"id": profile.pk, "name": profile.name, **kept, "answered_at": profile.answered_at}


def _lesions(user: User) -> Iterator[dict[str, Any]]:
    for batch in batches.of(user):
        for lesion in batch.lesions:
            yield _lesion(lesion, batch)


def _lesion(lesion: Lesion, batch: Batch) -> dict[str, Any]:
    return {
        "id": lesion.pk,
        "person": lesion.profile_id,
        "name": lesion.name,
        "number": lesion.number,
        "body_site": lesion.body_site,
        "side": lesion.side,
        "created_at": lesion.created_at,
        "screenings": [_screening(one, batch) for one in batch.screenings[lesion.pk]],
        "biopsies": [
            {"diagnosis": biopsy.diagnosis, "taken_on": biopsy.taken_on}
            for biopsy in batch.biopsies[lesion.pk]
        ],
        "reminders": [_reminder(reminder) for reminder in batch.reminders[lesion.pk]],
    }


def _reminder(reminder: Reminder) -> dict[str, Any]:
    names = ("kind", "due_at", "sent_at", "closed_at", "answer")
    return {name: getattr(reminder, name) for name in names}


def _screening(screening: Screening, batch: Batch) -> dict[str, Any]:
    answers = next(iter(batch.answers[screening.pk]), None)
    news = next(iter(batch.news[screening.pk]), None)
    return {
        "id": screening.pk,
        "photo": _photo_name(screening.pk),
        "seen": _seen_name(screening.pk),
        "width": screening.width,
        "height": screening.height,
        "sha256": screening.sha256,
        "sent_at": screening.created_at,
        "finished_at": screening.finished_at,
        "capture": screening.capture,
        "note": screening.note,
        "status": screening.status,
        "refusal": screening.refusal,
        "failure": screening.failure,
        "predictions": [_prediction(one) for one in batch.predictions[screening.pk]],
        "mm_per_px": screening.mm_per_px,
        "measurements": [_measurement(one) for one in batch.measurements[screening.pk]],
        "has_grown": screening.has_grown,
        "grown_at": screening.grown_at,
        "registrations": [_registration(one) for one in batch.registrations[screening.pk]],
        "answers": answers and _answers(answers),
        "news": news and _news(news),
        # The reader's name and the note for clinicians are left out.
        "readings": [
            {
                "verdict": reading.verdict,
                "message": reading.message,
                "read_at": reading.reviewed_at,
            }
            for reading in batch.reviews[screening.pk]
        ],
    }


def _answers(answers: Answers) -> dict[str, Any]:
    names = ("unsure", "answered_at")
    return {"yes_to": answers.ticked, **{name: getattr(answers, name) for name in names}}


def _news(notice: Notice) -> dict[str, Any]:
    names = ("is_reading", "noted_at", "mailed_at", "opened_at", "reached_at")
    return {name: getattr(notice, name) for name in names}


def _prediction(prediction: Prediction) -> dict[str, Any]:
    return {
        "model_version": prediction.model_version,
        "kind": prediction.kind,
        "tier": prediction.tier,
        "is_uncertain": prediction.is_uncertain,
        "cancer": prediction.cancer,
        "melanoma": prediction.melanoma,
        "cancers_per_100": prediction.cancers_per_100,
        "melanomas_per_100": prediction.melanomas_per_100,
        "probabilities": prediction.probabilities,
        "created_at": prediction.created_at,
    }


def _measurement(measurement: Measurement) -> dict[str, Any]:
    names = ("version", "fault", "confidence", "outline", "axes", "figures", "percentiles")
    return {name: getattr(measurement, name) for name in names} | {
        "overlay": _overlay_name(measurement.screening_id, measurement.pk)
        if measurement.overlay
        else "",
        "map_version": measurement.map_version,
        "inside": measurement.inside,
        "created_at": measurement.created_at,
    }


def _registration(registration: Registration) -> dict[str, Any]:
    names = ("version", "fault", "transform", "ratio", "low", "high", "created_at")
    kept = {name: getattr(registration, name) for name in names}
    return {"before": registration.before_id, **kept}


def _look(look: dict[str, Any]) -> dict[str, Any]:
    return {
        "screening": look["screening"],
        "at": look["minute"],
        "by": "operator" if look["is_operator"] else "clinician",
    }


def _photo_name(screening: UUID) -> str:
    return f"photos/{screening}.jpg"


def _seen_name(screening: UUID) -> str:
    return f"{SEEN}/{screening}.bmp"


def _overlay_name(screening: UUID, measurement: int) -> str:
    return f"looked/{screening}-{measurement}.png"
