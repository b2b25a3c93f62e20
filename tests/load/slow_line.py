"""How long a phone's photo takes on a slow line: from the tap on the button until it is seen."""

import json
import re
import shutil
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.load import photo_files, sections
from tests.load.size import Size

# "Fast 3G": bytes a second, and milliseconds.
LINE = {"uploadThroughput": 750_000 / 8, "downloadThroughput": 1_600_000 / 8, "latency": 150}
PHONE: ViewportSize = {"width": 390, "height": 844}
SIDES = ((4928, 3696), (2464, 1848))
RESULT = re.compile("/screenings/[0-9a-f-]{36}/$")
SHOWN = "() => document.querySelector('.shown img')?.complete"


def slow_line(scratch: Path, _: Size) -> dict[str, Any]:
    """Return the size of each photo in MB, and the seconds until its page has shown it."""
    photos = [photo_files.drawn(0, sides) for sides in SIDES]
    with sections.site(scratch, people=1) as stack, sync_playwright() as playwright:
        (cookie,) = json.loads((scratch / "crowd.json").read_text())["people"]
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = chromium.new_page(base_url=stack.url, viewport=PHONE)
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": stack.url}])
        page.set_default_timeout(600_000)
        found = [{"mb": len(photo) / 1e6, "seen_s": seconds(page, photo)} for photo in photos]
        chromium.close()
        return {"photos": found}


def seconds(page: Page, photo: bytes) -> float:
    page.goto("/screenings/new/")
    page.set_input_files(
        "input[name=photo]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo}
    )
    page.get_by_label("With a phone or camera").check()
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions", {"offline": False, **LINE}
    )
    began = time.monotonic()
    page.get_by_role("button", name="Send the photo").click()
    page.wait_for_url(RESULT)
    page.wait_for_function(SHOWN)
    return round(time.monotonic() - began, 1)
