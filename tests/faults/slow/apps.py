import ctypes
import os
import time

from django.apps import AppConfig

from tests.faults import record

# A photo as wide as this kills the process that reads it, or never comes to an end.
DEADLY_WIDTH, ENDLESS_WIDTH = 211, 223
SECONDS = float(os.environ.get("SLOW_SECONDS", record.SLOW_SECONDS))


class SlowConfig(AppConfig):
    """The real classifier, given time in which its process can be killed."""

    name = "tests.faults.slow"

    def ready(self):
        from diagnosis.classification import inference

        classify = inference.classify

        def slowly(screening, model):
            time.sleep(SECONDS)
            if screening.width == DEADLY_WIDTH:
                os.abort()
            if screening.width == ENDLESS_WIDTH:
                # As in C code that holds the interpreter: no signal handler of Python's runs.
                ctypes.PyDLL(None).sleep(600)
            return classify(screening, model)

        inference.classify = slowly
