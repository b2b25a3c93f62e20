"""After which time what is deleted. `diagnosis/privacy/retention.py` does it."""

from datetime import timedelta

from skinscreen.environment import env

# From the refusal of a photo to its deletion, unless a clinician has read it.
KEEP_REFUSED = timedelta(days=env.integer("SKINSCREEN_KEEP_REFUSED_DAYS", 30, least=1, most=3650))
