"""The limit of a photo's size, apart from the decoder: checking it needs no Pillow or NumPy."""

MAX_BYTES = 20 * 1024 * 1024
