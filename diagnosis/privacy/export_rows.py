"""The fields of each row in an export, and the names of the export's files."""

from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Model

from accounts.models import User
from diagnosis.models import (
    Answers,
    Lesion,
    Measurement,
    Notice,
    Prediction,
    Profile,
    Registration,
    Screening,
)
from diagnosis.privacy.batches import Batch

SEEN = "seen"


def _fields(row: Model, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def account(user: User) -> dict[str, Any]:
    names = ("skin_type", "allows_training_since", "consent_version", "consented_at")
    settings = _fields(user, *names, "time_zone", "is_reminded")
    return {"email": user.email, "joined_at": user.date_joined, **settings}


def session(row: UserSession) -> dict[str, Any]:
    times = _fields(row, "created_at", "last_seen_at")
    return {"ip": row.ip, "browser": row.user_agent, **times}


def second_step(step: Authenticator) -> dict[str, Any]:
    # The secret is left out, so that nobody who finds the file can sign in with it.
    return {"kind": step.type, **_fields(step, "created_at", "last_used_at")}


def person(profile: Profile) -> dict[str, Any]:
    names = ("name", "birth_year", "sex", "skin_type", "is_immune_weak")
    history = ("had_melanoma", "had_skin_cancer", "answered_at")
    return {"id": profile.pk, **_fields(profile, *names, *history)}


def lesion(spot: Lesion, batch: Batch) -> dict[str, Any]:
    return {
        "id": spot.pk,
        "person": spot.profile_id,
        **_fields(spot, "name", "number", "body_site", "side", "created_at"),
        "screenings": [_screening(screening, batch) for screening in batch.screenings[spot.pk]],
        "biopsies": [
            _fields(biopsy, "diagnosis", "taken_on") for biopsy in batch.biopsies[spot.pk]
        ],
        "reminders": [
            _fields(reminder, "kind", "due_at", "sent_at", "closed_at", "answer")
            for reminder in batch.reminders[spot.pk]
        ],
    }


def _screening(screening: Screening, batch: Batch) -> dict[str, Any]:
    answers = next(iter(batch.answers[screening.pk]), None)
    notice = next(iter(batch.notices[screening.pk]), None)
    return {
        "id": screening.pk,
        "photo": photo_name(screening.pk),
        "seen": seen_name(screening.pk),
        **_fields(screening, "width", "height", "sha256"),
        "sent_at": screening.created_at,
        **_fields(screening, "finished_at", "capture", "note", "status", "refusal", "failure"),
        "predictions": [_prediction(prediction) for prediction in batch.predictions[screening.pk]],
        "mm_per_px": screening.mm_per_px,
        "measurements": [
            _measurement(measurement) for measurement in batch.measurements[screening.pk]
        ],
        **_fields(screening, "has_grown", "grown_at"),
        "registrations": [
            _registration(registration) for registration in batch.registrations[screening.pk]
        ],
        "answers": answers and _answers(answers),
        "news": notice and _news(notice),
        # The reader's name and the note for clinicians are left out.
        "readings": [
            {**_fields(review, "verdict", "message"), "read_at": review.reviewed_at}
            for review in batch.reviews[screening.pk]
        ],
    }


def _answers(answers: Answers) -> dict[str, Any]:
    return {"yes_to": answers.ticked, **_fields(answers, "unsure", "answered_at")}


def _news(notice: Notice) -> dict[str, Any]:
    return _fields(notice, "is_reading", "noted_at", "mailed_at", "opened_at", "reached_at")


def _prediction(prediction: Prediction) -> dict[str, Any]:
    names = ("model_version", "kind", "tier", "is_uncertain")
    figures = ("cancer", "melanoma", "cancers_per_100", "melanomas_per_100", "probabilities")
    return _fields(prediction, *names, *figures, "created_at")


def _measurement(measurement: Measurement) -> dict[str, Any]:
    names = ("version", "fault", "confidence", "outline", "axes", "figures", "percentiles")
    overlay = overlay_name(measurement.screening_id, measurement.pk) if measurement.overlay else ""
    return {
        **_fields(measurement, *names),
        "overlay": overlay,
        **_fields(measurement, "map_version", "inside", "created_at"),
    }


def _registration(registration: Registration) -> dict[str, Any]:
    names = ("version", "fault", "transform", "ratio", "low", "high", "created_at")
    return {"before": registration.before_id, **_fields(registration, *names)}


def look(view: dict[str, Any]) -> dict[str, Any]:
    return {
        "screening": view["screening"],
        "at": view["minute"],
        "by": "operator" if view["is_operator"] else "clinician",
    }


def photo_name(screening: UUID) -> str:
    return f"photos/{screening}.jpg"


def seen_name(screening: UUID) -> str:
    return f"{SEEN}/{screening}.bmp"


def overlay_name(screening: UUID, measurement: int) -> str:
    return f"looked/{screening}-{measurement}.png"
