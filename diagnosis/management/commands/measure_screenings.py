import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from diagnosis.measurement import analysis, measuring
from diagnosis.models import Screening

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Measure photos that the current version has not measured; can be stopped and repeated."

    def handle(self, *_: Any, **__: Any) -> None:
        rows = Screening.objects.unmeasured_by(analysis.version())
        # A photo is registered to the previous photo, which has to be measured first.
        keys = [*rows.order_by("created_at").values_list("pk", flat=True)]
        held_by_workers = set()
        for pk in tqdm(keys, "measuring", unit="photo"):
            try:
                if not measuring.measure_unmeasured(pk):
                    held_by_workers.add(pk)
            except Exception:
                # A photo that fails must not prevent the others from being measured.
                logger.exception("screening %s: not measured", pk)
        remaining = set(rows.filter(pk__in=keys).values_list("pk", flat=True))
        if failed := len(remaining - held_by_workers):
            raise CommandError(f"Photos that could not be measured: {failed}. The log says why.")
        if remaining:
            self.stdout.write(f"Photos left to the site's workers: {len(remaining)}.")
        else:
            self.stdout.write("Every photo with a result is measured.")
