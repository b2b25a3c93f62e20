"""`python -m tests.load.floors.sender COUNT`: sends tasks, and waits until they are done."""

import sys
import time

import django


def main(count: int) -> None:
    django.setup()
    from diagnosis.models import Heartbeat
    from tests.load.floors import parts

    for _ in range(count):
        parts.nothing.delay()
    parts.done.delay()
    while not Heartbeat.objects.filter(worker=parts.DONE).exists():
        time.sleep(0.05)


if __name__ == "__main__":
    main(int(sys.argv[1]))
