"""How photos are read: by the model (see ADR 2 and 3) and by clinicians (see ADR 8)."""

from datetime import timedelta

from skinscreen.environment import env
from skinscreen.settings.core import HOME

MODEL_DIR = env.text("SKINSCREEN_MODEL_DIR")
OUTLINER_DIR = env.text("SKINSCREEN_OUTLINER_DIR")
MODELS_ROOT = HOME / "models"
# Longer than the hard time limit of a task, so that a lease never ends under a live worker; that
# limit is shorter than the broker's visibility timeout, or a task would be delivered twice.
LEASE = timedelta(seconds=env.integer("SKINSCREEN_LEASE_SECONDS", 30, least=3, most=150))
SWEEP_SECONDS = env.integer("SKINSCREEN_SWEEP_SECONDS", 10, least=1, most=3600)
MAX_ATTEMPTS = 3
HEARTBEAT = timedelta(seconds=15)
WORKER_CHILDREN = env.integer("SKINSCREEN_WORKER_CHILDREN", 2, least=1, most=256)

# Whether a clinician says what they see before they are told what the model found.
IS_BLIND_FIRST = env.flag("SKINSCREEN_BLIND_FIRST", default=True)
# What `python -m ml index` wrote, to show clinicians similar cases; empty: none are shown.
SIMILAR_DIR = env.text("SKINSCREEN_SIMILAR_DIR")
# By when a photo that has no answer is read, and by how many: empty, as many as have the role.
READING_WITHIN = timedelta(days=env.integer("SKINSCREEN_READING_DAYS", 7, least=1, most=90))
CLINICIANS = (
    env.integer("SKINSCREEN_CLINICIANS_READING", 0, least=0, most=1000)
    if env.text("SKINSCREEN_CLINICIANS_READING")
    else None
)
# How long a case stays taken; far longer than a reading, and not so long that one is forgotten.
CLAIM = timedelta(minutes=env.integer("SKINSCREEN_CLAIM_MINUTES", 10, least=1, most=480))
# Cases that are looked at for one that is still free: more than clinicians who ask at once.
REVIEWERS_AT_ONCE = 50
