"""What captured CUDA graphs read and start stays, and has values also where tensors have none."""

from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from spikegraph.backends.torch.forecast.counting import Counting
from spikegraph.backends.torch.modules.neuron_sequences import neurons
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.backends.torch.operators import imitated
from spikegraph.backends.torch.triton import launch, library
from spikegraph.ir.neuron import Neuron

pytestmark = pytest.mark.skipif(not library.installed(), reason="Triton isn't installed")
MANY = 1100
LARGE = (2, 1, 4, 100, 100)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What kernels are given in place of running, where tensors of the processor count as those of a card."""
    found = list[Any]()
    monkeypatch.setattr(library, "INTERPRETED", True)
    monkeypatch.setattr(launch, "start", lambda text, name, grid, tensors, constants, double: found.append(tensors))
    return found


def constants_of(decay: float, read: list[Any]) -> torch.Tensor:
    """The constants that the kernel of a neuron with this decay reads, behind its current."""
    read.clear()
    neurons(resolved(Neuron.model_validate({"decay": decay})), torch.zeros(LARGE), None, None)
    return read[0][1]


@pytest.mark.unchecked
@pytest.mark.parametrize("counted", [False, True])
def test_constants_have_values_where_tensors_have_none(counted: bool, read: list[Any]) -> None:
    """Also behind a trace, or a count of bytes, of the same neuron; and a trace makes them, not what runs later."""
    neuron = resolved(Neuron.model_validate({"decay": (decay := 0.125 if counted else 0.375)}))
    before = launch._constants.cache_info().misses
    with FakeTensorMode():
        x = torch.zeros(LARGE)
        counting = Counting(())
        with imitated(counting.compiled) if counted else nullcontext(), counting if counted else nullcontext():
            neurons(neuron, x, None, None)
    assert launch._constants.cache_info().misses == before + (not counted)
    found = constants_of(decay, read)
    assert type(found) is torch.Tensor
    assert decay in found.tolist()
    assert launch._constants.cache_info().misses == before + 1


def test_constants_stay(read: list[Any]) -> None:
    before = constants_of(0.25, read)
    for number in range(MANY):
        launch._constants((float(number),), torch.float32, before.device)
    assert constants_of(0.25, read) is before


def test_kernels_stay() -> None:
    """Triton takes a kernel from the device with the last reference to it."""
    texts = [f"def own():\n    return {number}\n" for number in range(MANY)]
    before = library.kernel(texts[0], "own")
    for text in texts:
        library.kernel(text, "own")
    assert library.kernel(texts[0], "own") is before
