import ctypes
import os
import time

from django.apps import AppConfig

from tests.faults import record

# Photos of these widths kill or hang the process that reads them.
DEADLY_WIDTH, ENDLESS_WIDTH = 211, 223
SECONDS = float(os.environ.get("SLOW_SECONDS", record.SLOW_SECONDS))


class SlowConfig(AppConfig):
    """The real classifier, slowed down so that its process can be killed half-way."""

    name = "tests.faults.slow"

    def ready(self):
        from diagnosis.classification import inference

        classify = inference.classify

        def slowly(screening, model):
            time.sleep(SECONDS)
            if screening.width == DEADLY_WIDTH:
                os.abort()
            if screening.width == ENDLESS_WIDTH:
                # Like C code that holds the GIL: no Python signal handler runs.
                ctypes.PyDLL(None).sleep(600)
            return classify(screening, model)

        inference.classify = slowly
