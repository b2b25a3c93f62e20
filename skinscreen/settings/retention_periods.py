"""How long data is kept. `diagnosis/privacy/retention.py` deletes it after that time."""

from datetime import timedelta

from skinscreen.environment import env

# The time from the refusal of a photo to its deletion, unless a clinician has read it.
KEEP_REFUSED = timedelta(days=env.integer("SKINSCREEN_KEEP_REFUSED_DAYS", 30, least=1, most=3650))
