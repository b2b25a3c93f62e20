"""Makes the objects that tests need: people, photos, screenings in any state."""

import io
import json
import shutil
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.privacy import consent
from diagnosis.decoder import cleaning
from diagnosis.models import (
    Histology,
    Lesion,
    Measurement,
    ModelVersion,
    Prediction,
    Registration,
    Reminder,
    Review,
    Screening,
    ShadowPrediction,
)
from diagnosis.photos import photo_files
from diagnosis.screenings.services import submit
from ml.paths import DEFAULT_MODEL
from ml.serving import card

PASSWORD = "a-long-and-quiet-river"
SECRET = "JBSWY3DPEHPK3PXP"
# Fields of the sign-up form besides address and password.
AGREED = {"is_adult": "on", "consent": "on"}
# Fields that the form about a person requires.
ABOUT = {"birth_year": "1970", "is_immune_weak": "no", "earlier": "no"}
# Fields that the database requires of a screening in each status.
STATES = {
    "pending": {},
    "running": {"attempts": 1, "lease_expires_at": timezone.now() + timedelta(days=1)},
    "done": {"attempts": 1, "finished_at": timezone.now()},
    "refused": {"attempts": 1, "finished_at": timezone.now(), "refusal": "blurred"},
    "failed": {"attempts": 3, "finished_at": timezone.now(), "failure": "attempts_exhausted"},
}

OLD = {"melanoma": 0.4, "melanomas_per_100": 31}
NEW = {
    "kind": "dermoscopic",
    "cancer": 0.4,
    "melanoma": 0.2,
    "cancers_per_100": 31,
    "probabilities": {"mel": 0.2, "nv": 0.6, "bcc": 0.2},
}
# Fields that the database requires of a prediction, by tier.
FIGURES = {"elevated": OLD, "lower": OLD, "": {}, "urgent": NEW, "soon": NEW, "watch": NEW}


def make_user(email, **fields):
    agreed = {"consent_version": consent.VERSION, "consented_at": timezone.now()}
    user = get_user_model().objects.create_user(email=email, password=PASSWORD, **agreed | fields)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def make_second_step(user, secret=SECRET):
    """Give a person an authenticator app."""
    return TOTP.activate(user, secret).instance


def code_of_app(secret=SECRET):
    """Return the code that the app shows now."""
    _before, now, _after = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, now))


def next_code_of_app(secret=SECRET):
    """Return the app's next code, which is already accepted."""
    _before, _now, after = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, after))


def encoded(image, image_format="JPEG", **options):
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


@lru_cache(maxsize=8)
def _cleaned(jpeg):
    return cleaning.clean(io.BytesIO(jpeg))


def make_screening(owner, jpeg, status="pending", *, lesion=None, tier=None, **fields):
    """Submit a photo and set its status. If a tier is given, even "", add a prediction."""
    photo = _cleaned(jpeg)
    lesion = lesion or Lesion(owner=owner)
    screening = submit(Screening(capture="dermatoscope"), photo, lesion, by=owner)
    Screening.objects.filter(pk=screening.pk).update(status=status, **STATES[status] | fields)
    screening.refresh_from_db()
    if tier is not None:
        make_prediction(screening, tier=tier)
    return screening


def lose(screening, *columns):
    """Delete stored files that the row still names."""
    for column in columns:
        default_storage.delete(str(getattr(screening, column)))


def make_prediction(screening, *, table=Prediction, **fields):
    tier = fields.setdefault("tier", "urgent")
    defaults = {"model_version": "test-1", **FIGURES[tier if tier in FIGURES else "urgent"]}
    return table.objects.create(screening=screening, **defaults | fields)


def make_shadow_prediction(screening, **fields):
    return make_prediction(screening, table=ShadowPrediction, **fields)


def make_review(screening, by, verdict="refer", **fields):
    prediction = screening.prediction
    defaults = {"tier": prediction.tier if prediction else ""}
    return Review.objects.create(
        screening=screening, reviewed_by=by, verdict=verdict, **defaults | fields
    )


def make_reminder(lesion, days=-1, *, screening=None, **fields):
    """Make a reminder that is due in `days` days. With a screening, it is about a visit."""
    kind = "visit" if screening else "recheck"
    due_at = timezone.now() + timedelta(days=days)
    return Reminder.objects.create(
        kind=kind, lesion=lesion, screening=screening, due_at=due_at, **fields
    )


def install_model(settings, version, *, is_changed=True, **changes):
    """Put a copy of the shipped model into the home folder, under a new name.

    With `is_changed=False` all files but the card are links, which saves time and space.
    """
    folder = settings.MODELS_ROOT / version
    shutil.copytree(DEFAULT_MODEL, folder, copy_function=shutil.copy if is_changed else _link)
    change_card(folder, version=version, **changes)
    return folder


def change_card(folder, **changes):
    path = folder / card.NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def _link(source, target):
    if Path(source).name == card.NAME:
        shutil.copy(source, target)
    else:
        Path(target).symlink_to(source)


def serve_without_cameras(settings):
    """Serve a model that was trained only on photos taken through a dermatoscope."""
    kinds = json.loads((DEFAULT_MODEL / card.NAME).read_text())["kinds"]
    folder = install_model(
        settings, "no-cameras", is_changed=False, kinds={"dermoscopic": kinds["dermoscopic"]}
    )
    settings.MODEL_DIR = str(folder)


def make_version(version="lite0-1", state="idle", **fields):
    """Make the row of a model, with the fields that the database requires of its state."""
    required = {"card_sha256": "0" * 64, "activated_at": timezone.now()} if state != "idle" else {}
    return ModelVersion.objects.create(version=version, state=state, **required | fields)


def make_histology(lesion, diagnosis="benign", **fields):
    defaults = {"taken_on": timezone.localdate()}
    return Histology.objects.create(lesion=lesion, diagnosis=diagnosis, **defaults | fields)


def make_registration(screening, before, ratio, low, high, **fields):
    """Make the registration of a photo to the previous photo."""
    defaults = {"version": "test-1", "transform": [1, 0, 0, 1, 0, 0]}
    return Registration.objects.create(
        screening=screening, before=before, ratio=ratio, low=low, high=high, **defaults | fields
    )


def make_measurement(screening, *, overlay=b"", **fields):
    """Make the measurement of a photo."""
    defaults = {"version": "test-1", "map_version": "test-1"}
    name = ""
    if overlay:
        name = default_storage.save(photo_files.random_name("png"), ContentFile(overlay))
    return Measurement.objects.create(screening=screening, overlay=name, **defaults | fields)
