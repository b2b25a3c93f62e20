"""Apart from what decodes: whoever judges a length needs neither Pillow nor NumPy."""

MAX_BYTES = 20 * 1024 * 1024
