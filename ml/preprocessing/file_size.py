"""The size limit of photos, in its own module, since checking it needs no Pillow or NumPy."""

MAX_BYTES = 20 * 1024 * 1024
