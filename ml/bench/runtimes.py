"""`python -m ml.bench.runtimes NAME PHOTOS MODEL EXPORTS BEGUN`: times one way to serve a model.

Each way runs in its own process, so that its memory and start-up time can be measured. The process
prints one line of JSON.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from ml.bench.machine import resident_mib
from ml.labels import DIAGNOSES, Kind
from ml.preprocessing import images, network_input
from ml.serving.card import Card
from ml.serving.card_files import read as read_card
from ml.serving.classifier import CLASSIFY, LITERT, Classifier, Network
from ml.serving.odds import melanoma_log_odds

ROUNDS = 3
KIND = Kind.DERMOSCOPIC

Answer = Callable[[Any], float | None]  # a probability of melanoma, or None for a refusal


class Runtime(NamedTuple):
    """A way to serve.

    `prepare` makes the input from a JPEG file. `load` takes the model folder and the folder of
    exports, and returns the function that answers.
    """

    prepare: Callable[[bytes], Any]
    load: Callable[[Path, Path], Answer]


def _decoded(photo: bytes) -> Any:
    return images.decode(BytesIO(photo))


def _inputs(count: int) -> Callable[[bytes], Any]:
    """Return a function that makes the network's input, (count, 150, 200, 3) float32."""
    return lambda photo: network_input.averaged(
        network_input.framed_view(_decoded(photo)), network_input.SCALES[:count]
    )


def _worker(model: Path, exports: Path) -> Answer:
    classifier = Classifier.load(model)
    return lambda photo: classifier.classify(_decoded(photo), KIND).melanoma


def _worker_one_view(model: Path, exports: Path) -> Answer:
    """The worker with a single view and no averaging, as in Keras's `predict`."""
    card = read_card(model)
    network = Network(model / LITERT, network_input.SCALES[:1], card.diagnoses)
    classifier = Classifier(network, card)
    return lambda photo: classifier.classify(_decoded(photo), KIND).melanoma


def _worker_decoded(model: Path, exports: Path) -> Answer:
    classifier = Classifier.load(model)
    return lambda image: classifier.classify(image, KIND).melanoma


def _keras_photo(count: int) -> Callable[[Path, Path], Answer]:
    """Keras's own way: decode, resize, `predict`, on as many cores as Keras uses."""

    def load(model: Path, exports: Path) -> Answer:
        answer, prepare = _keras_predict(model), _inputs(count)
        return lambda photo: answer(prepare(photo))

    return load


def _keras_predict(model: Path) -> Answer:
    import keras

    network, card = keras.saving.load_model(model / "model.keras"), read_card(model)
    return lambda x: _probability(card, network.predict(x, verbose=0)["diagnoses"])


def _keras(model: Path, exports: Path) -> Answer:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return _keras_predict(model)


def _litert(count: int) -> Callable[[Path, Path], Answer]:
    def load(model: Path, exports: Path) -> Answer:
        from ai_edge_litert.interpreter import Interpreter

        network, card = Interpreter(str(model / LITERT), num_threads=1), read_card(model)
        position = network.get_input_details()[0]["index"]
        network.resize_tensor_input(position, (count, network_input.HEIGHT, network_input.WIDTH, 3))
        network.allocate_tensors()
        run = network.get_signature_runner(CLASSIFY)
        return lambda x: _probability(card, run(rgb=x)["diagnoses"])

    return load


def _onnx(model: Path, exports: Path) -> Answer:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(exports / "model.onnx", options)
    name, card = session.get_inputs()[0].name, read_card(model)
    return lambda x: _probability(card, logits_of(session.run(None, {name: x})))


def _openvino(model: Path, exports: Path) -> Answer:
    import openvino

    network, card = openvino.Core().read_model(exports / "model.xml"), read_card(model)
    network.reshape([1, network_input.HEIGHT, network_input.WIDTH, 3])
    # By default, OpenVINO computes in bfloat16 if the processor can. This distorts probabilities.
    options = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.compile_model(network, "CPU", options)
    return lambda x: _probability(card, logits_of(compiled(x).values()))


def logits_of(outputs: Iterable[Any]) -> Any:
    """Return the output with one column per diagnosis, since exports lose the outputs' names."""
    return next(output for output in outputs if output.shape[-1] == len(DIAGNOSES))


def _probability(card: Card, diagnoses: Any) -> float:
    log_odds = melanoma_log_odds(diagnoses.mean(0))
    return float(card.kinds[KIND].melanoma.probability(log_odds))


RUNTIMES = {
    "worker": Runtime(bytes, _worker),
    "worker_one_view": Runtime(bytes, _worker_one_view),
    "keras_predict": Runtime(bytes, _keras_photo(1)),
    "keras_predict_four_views": Runtime(bytes, _keras_photo(4)),
    "worker_decoded": Runtime(_decoded, _worker_decoded),
    "litert_four_views": Runtime(_inputs(4), _litert(4)),
    "litert": Runtime(_inputs(1), _litert(1)),
    "onnx_runtime": Runtime(_inputs(1), _onnx),
    "openvino": Runtime(_inputs(1), _openvino),
    "keras": Runtime(_inputs(1), _keras),
}


def run(name: str, photos: Path, model: Path, exports: Path, begun: float) -> dict[str, Any]:
    """Return the figures of a runtime; `begun` is `time.monotonic()` at the process's start."""
    runtime = RUNTIMES[name]
    answer = runtime.load(model, exports)
    loaded = time.monotonic()
    items = [runtime.prepare(file.read_bytes()) for file in sorted(photos.iterdir())]
    prepared = time.monotonic()
    answer(items[0])
    startup = loaded - begun + time.monotonic() - prepared
    answers, seconds, core_seconds = [], [], []
    for item in items * ROUNDS:
        before, worked = time.perf_counter(), time.process_time()
        answers.append(answer(item))
        seconds.append(time.perf_counter() - before)
        core_seconds.append(time.process_time() - worked)
    return {
        "startup_s": startup,
        "peak_mib": resident_mib(),
        "seconds": seconds,
        "core_seconds": core_seconds,
        "probabilities": answers[: len(items)],
    }


if __name__ == "__main__":
    paths = [Path(argument) for argument in sys.argv[2:5]]
    print(json.dumps(run(sys.argv[1], paths[0], paths[1], paths[2], float(sys.argv[5]))))
