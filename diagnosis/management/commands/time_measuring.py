import json
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, TypeVar

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from diagnosis.classification import active_model
from diagnosis.measurement import analysis
from ml.data import picture_files
from ml.errors import OperatorError
from ml.paths import RECORDS
from ml.preprocessing.images import decode
from ml.preprocessing.views import Views

T = TypeVar("T")


class Command(BaseCommand):
    help = "Compare the processor time of measuring and of classifying each photo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pictures", type=Path, help="folder or zip of photos")
        parser.add_argument(
            "--count", type=int, default=60, help=("number of photos, from the first")
        )
        parser.add_argument("--record", type=Path, default=RECORDS / "measuring.json")

    def handle(self, *_: Any, pictures: Path, count: int, record: Path, **__: Any) -> None:
        try:
            names = picture_files.list_names(pictures)[:count]
        except OperatorError as error:
            raise CommandError(str(error)) from error
        result = _time(pictures, names)
        record.write_text(json.dumps(result, indent=1) + "\n")
        self.stdout.write(f"Measuring takes {result['ratio']} times as long as an answer: {record}")


def _time(pictures: Path, names: list[str]) -> dict[str, Any]:
    """Return the median processor times in ms, and the median of the photos' ratios.

    Measuring and classifying use the views, which the site makes when a photo is sent. So decoding
    is not timed.
    """
    model = active_model.classifier()
    answer_times, measuring_times, faults = [], [], 0
    opened = tqdm(picture_files.read_pictures(pictures, names), "timing", len(names), unit="photo")
    for number, picture in enumerate(opened):
        views = Views.of(decode(picture.stream))
        answer, _ = _timed(partial(model.classify_view, views.framed))
        measuring, (measurement, _) = _timed(partial(analysis.examine, views, model))
        if number:  # the first photo also loads the networks
            answer_times.append(answer)
            measuring_times.append(measuring)
            faults += bool(measurement.fault)
    return {
        "measured_by": analysis.version(),
        "answered_by": model.card.version,
        "photos": len(answer_times),
        "without_figures": faults,
        "answer_ms": round(median(answer_times), 1),
        "measuring_ms": round(median(measuring_times), 1),
        "ratio": round(float(np.median(np.array(measuring_times) / answer_times)), 2),
    }


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begin = process_time()
    result = work()
    return 1000 * (process_time() - begin), result
