import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from diagnosis.measurement import analysis, measuring
from diagnosis.models import Screening

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Measure every photo that this version has not measured; can be stopped and repeated."

    def handle(self, *_: Any, **__: Any) -> None:
        rows = Screening.objects.unmeasured_by(analysis.version())
        # A photo is registered to the previous photo, which has to be measured first.
        keys, failed = [*rows.order_by("created_at").values_list("pk", flat=True)], 0
        for pk in tqdm(keys, "measuring", unit="photo"):
            try:
                measuring.measure_unmeasured(pk)
            except Exception:
                # A photo that fails must not prevent the others from being measured.
                failed += 1
                logger.exception("screening %s: not measured", pk)
        if failed:
            raise CommandError(f"Photos that could not be measured: {failed}. The log says why.")
        if remaining := rows.count():
            self.stdout.write(f"Photos that a worker of the site is measuring now: {remaining}.")
        else:
            self.stdout.write("Every photo with a result is measured.")
