"""The size limit of photos. Apart from the decoder, since checking it needs no Pillow or NumPy."""

MAX_BYTES = 20 * 1024 * 1024
