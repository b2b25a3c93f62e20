"""How long refused photos are kept before `diagnosis/privacy/retention.py` deletes them."""

from datetime import timedelta

from skinscreen.environment import env

# From the refusal of a photo to its deletion. Photos that are still in use are kept.
KEEP_REFUSED = timedelta(days=env.integer("SKINSCREEN_KEEP_REFUSED_DAYS", 30, least=1, most=3650))
