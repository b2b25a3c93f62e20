"""Which model version is active, and which one runs in shadow. Every change is audited."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext

from diagnosis.audit import trail
from diagnosis.classification import active_model
from diagnosis.models import AuditEntry, ModelVersion
from diagnosis.models.classification import model_folders
from ml.serving.card import ModelError

State = ModelVersion.State


def register() -> None:
    """Create a row for each model folder. Delete rows that have no folder and never ran."""
    folders = model_folders.folders()
    never_ran = ModelVersion.objects.filter(card_sha256="", replaced_at=None)
    never_ran.exclude(version__in=folders).delete()
    registered = set(ModelVersion.objects.values_list("version", flat=True))
    new = [ModelVersion(version=name) for name in folders if name not in registered]
    ModelVersion.objects.bulk_create(new, ignore_conflicts=True)


def fault() -> str:
    """Return why no photo can be read now, or an empty string."""
    folder, digest = active_model.active_folder()
    return _fault(folder, digest, model_folders.fingerprint(folder))


@lru_cache(maxsize=4)
def _fault(folder: Path, digest: str, _: model_folders.Fingerprint) -> str:
    """Verify every file's checksum, 20 MB in all. The result is cached until a file changes."""
    try:
        model_folders.read(folder, digest)
    except ModelError as error:
        return str(error)
    return ""


def obstacle(version: ModelVersion, state: str) -> str:
    """Return what prevents a version from getting a state, or an empty string."""
    if version.is_answering and state != State.ACTIVE:
        words = gettext("People see the results of {version}: make another version active first.")
        return words.format(version=version)
    if version.is_answering or version.state == state:
        return gettext("{version} already has this state.").format(version=version)
    if state == State.ACTIVE and settings.MODEL_DIR:
        return gettext("SKINSCREEN_MODEL_DIR sets the served model: remove this variable first.")
    return "" if state == State.IDLE else version.fault


@transaction.atomic
def change(pk: int, state: str, *, by: AbstractUser) -> str:
    """Give a version a state. Its predecessor as active or shadow version becomes idle.

    Return what prevents the change, or an empty string.
    """
    # Concurrent changes wait here, and see the result of the first change.
    list(ModelVersion.objects.select_for_update().order_by("pk"))
    version = ModelVersion.objects.with_answering().get(pk=pk)
    if reason := obstacle(version, state):
        return reason
    if state == State.ACTIVE:
        ModelVersion.objects.answering().update(state=State.IDLE, replaced_at=Now())
        version.activated_at, version.activated_by_id = timezone.now(), by.pk
    elif state == State.SHADOW:
        ModelVersion.objects.shadowing().update(state=State.IDLE)
    version.card_sha256 = version.card_sha256 or model_folders.digest_of(version.folder)
    version.state = state
    version.save()
    trail.record(AuditEntry.Action.MODEL, version, by=by, model=version.version, state=state)
    return ""
