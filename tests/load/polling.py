"""Reads from a page what its script polls."""

import re


def poll_address(page: str, address: str) -> str:
    """Return the address to poll until the part of a page that comes from `address` is ready.

    Return an empty string if that part is ready already.
    """
    part = re.search(rf'hx-get="{re.escape(address)}"[^>]*data-waiting="([^"]+)"', page)
    return part[1] if part else ""
