import time

from django.apps import AppConfig


class SlowConfig(AppConfig):
    """The real classifier, given time in which its process can be killed."""

    name = "tests.journeys.slow"

    def ready(self):
        from diagnosis import inference

        classify = inference.classify

        def slowly(*arguments):
            time.sleep(0.5)
            return classify(*arguments)

        inference.classify = slowly
