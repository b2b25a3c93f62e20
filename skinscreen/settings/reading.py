"""Settings for reading photos, by the model (see ADR 2 and 3) and by clinicians (see ADR 8)."""

from datetime import timedelta

from skinscreen.environment import env
from skinscreen.settings.core import HOME

MODEL_DIR = env.text("SKINSCREEN_MODEL_DIR")
OUTLINER_DIR = env.text("SKINSCREEN_OUTLINER_DIR")
MODELS_ROOT = HOME / "models"
# Longer than a task's hard time limit, so that no lease expires while its worker is alive. The hard
# limit is shorter than the broker's visibility timeout, so that no task is delivered twice.
LEASE = timedelta(seconds=env.integer("SKINSCREEN_LEASE_SECONDS", 30, least=3, most=150))
SWEEP_SECONDS = env.integer("SKINSCREEN_SWEEP_SECONDS", 10, least=1, most=3600)
MAX_ATTEMPTS = 3
HEARTBEAT = timedelta(seconds=15)
WORKER_CHILDREN = env.integer("SKINSCREEN_WORKER_CHILDREN", 2, least=1, most=256)

# Whether clinicians enter their impression before they see the model's result.
IS_BLIND_FIRST = env.flag("SKINSCREEN_BLIND_FIRST", default=True)
# The folder that `python -m ml index` wrote, for similar cases. Empty for none.
SIMILAR_DIR = env.text("SKINSCREEN_SIMILAR_DIR")
# The time within which clinicians read a photo for which the model has no answer, and the number of
# clinicians who read photos. If the number is None, the reviewer accounts are counted.
READING_WITHIN = timedelta(days=env.integer("SKINSCREEN_READING_DAYS", 7, least=1, most=90))
CLINICIANS = (
    env.integer("SKINSCREEN_CLINICIANS_READING", 0, least=0, most=1000)
    if env.text("SKINSCREEN_CLINICIANS_READING")
    else None
)
# How long a claim is valid: far longer than a reading, but short enough to free a forgotten case.
CLAIM = timedelta(minutes=env.integer("SKINSCREEN_CLAIM_MINUTES", 10, least=1, most=480))
# The most cases that a search for a free case tries: more than the clinicians who search at once.
REVIEWERS_AT_ONCE = 50
