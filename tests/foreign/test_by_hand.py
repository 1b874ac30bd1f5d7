"""Networks whose neurons and loops are written by hand become specs that compute the same; their texts are golden."""

import pkgutil
import re
from importlib import import_module
from itertools import product

import pytest
import torch
from torch import nn

import spikegraph
from spikegraph.foreign.errors import ForeignError

from . import by_hand
from .by_hand.firing import Slope
from .by_hand.image_repeated import Net as Repeated
from .by_hand.steps_last import Net as StepsLast
from .examples import judged
from .refused import said

NAMES = sorted(m.name for m in pkgutil.iter_modules(by_hand.__path__) if m.name != "firing")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def made(name):
    torch.manual_seed(2)
    return import_module(f".by_hand.{name}", __package__).made()


@pytest.mark.parametrize("name", NAMES)
def test_text(name, golden):
    """`from_torch` compares results, spikes and gradients in float64, or raises an error."""
    module, example, options = made(name)
    found = spikegraph.from_torch(module, example, **options)
    assert found.compared.neurons
    assert not found.compared.silent
    assert found.compared.gradients == len(list(module.parameters()))
    golden(found.spec, ".sdhs")


@pytest.mark.parametrize(
    "name", ["steps_in_the_batch", "learned_decay", "adaptive_threshold", "recurrent", "written_in_place", "image_in_a_loop"]
)
def test_other_inputs_at_three_levels(name):
    """In float64, by the module's own passes, evaluating and training; then the norms' statistics."""
    module, example, options = made(name)
    found, swapped = spikegraph.from_torch(module, example, **options), name == "steps_in_the_batch"
    module, model, random = module.double(), found.model().double(), torch.Generator().manual_seed(9)
    for training, level in product((False, True), (0.3, 1, 4)):
        other = level * torch.rand(example.shape, generator=random, dtype=torch.float64)
        wanted, slopes = judged(module.train(training), other, swapped=swapped)
        results, own = judged(model.train(training), other.transpose(0, 1) if swapped else other)
        assert torch.allclose(results, wanted, rtol=0, atol=1e-10)
        assert level < 4 or next(iter(own.values())).any()
        assert {found.origins[key].name for key in own} == slopes.keys()
        for key, slope in own.items():
            origin = found.origins[key]
            assert torch.allclose(origin.of(slope), slopes[origin.name], rtol=1e-10, atol=1e-10)
    state = module.state_dict()
    assert all(torch.allclose(x, state[key], rtol=0, atol=1e-10) for key, x in found.state_dict(model).items())


def test_without_gradients_around_it():
    """`from_torch` compares gradients all the same."""
    module, example, options = made("recurrent")
    with torch.no_grad():
        assert spikegraph.from_torch(module, example, **options).compared.gradients == 3


class Decaying(nn.Module):
    """A neuron whose decay and gain are functions of the step."""

    def __init__(self, decay=lambda t: 0.9, gain=lambda t: 1.0):
        super().__init__()
        self.fc, self.decay, self.gain = nn.Linear(6, 8), decay, gain

    def forward(self, x):
        mem, spikes = torch.zeros(x.shape[1], 8), []
        for t in range(len(x)):
            mem = mem * self.decay(t) + self.fc(x[t]) * self.gain(t)
            spike = Slope.apply(mem - 0.5)
            mem = mem - 0.5 * spike
            spikes.append(spike)
        return torch.stack(spikes)


def test_the_first_decay_takes_no_part():
    found = spikegraph.from_torch(Decaying(decay=lambda t: torch.full((8,), 0.9 if t else 0.3)), torch.rand(4, 2, 6) * 2)
    assert "decay     = 0.9" in found.spec


def test_two_steps_of_which_the_first_is_another_one():
    with pytest.raises(ForeignError) as told:
        spikegraph.from_torch(Repeated(2), torch.rand(1, 3, 8, 8))
    assert said(told.value) == (
        "`fire`, `[...]`: it takes a part of a tensor, [:, 0, ...] "
        "(help: if these are two time steps, give three or more, since the first may be another one; otherwise use layers)"
    )


class OverSteps(nn.BatchNorm2d):
    """A norm that computes its statistics itself, for [N, C, H, W, T]."""

    def forward(self, input):
        mean = input.mean([0, 2, 3, 4])
        variance = input.var([0, 2, 3, 4], unbiased=False)
        shape = (1, -1, 1, 1, 1)
        return (input - mean.view(shape)) / (variance.view(shape) + self.eps).sqrt() * self.weight.view(shape)


def test_a_norm_by_hand_is_none_of_the_language():
    with pytest.raises(ForeignError) as told:
        spikegraph.from_torch(StepsLast(OverSteps), torch.rand(2, 2, 8, 8, 2))
    assert said(told.value) == (
        "`stem.norm`, Tensor.mean: it is a mean over the dimensions [0, 2, 3, 4] "
        "(help: keep the samples, and whole steps, pixels or channels)"
    )


@pytest.mark.parametrize(
    ("functions", "text"),
    [
        ({"gain": lambda t: 1.0 if t else 3.0}, "the result of the neurons at test_by_hand.py:LINE differs by up to "),
        ({"decay": lambda t: 0.9 if t < 3 else 0.3}, "the module: it takes what step 0 of 3 computes "),
        (
            {"decay": lambda t: 0.9 - t / 10},
            "the module: its time steps aren't alike: one has something else at test_by_hand.py:LINE "
            "(help: compute the same at each step, with numbers that don't depend on it, ",
        ),
    ],
)
def test_steps_that_differ(functions, text):
    torch.manual_seed(3)
    module = Decaying(**functions)
    with pytest.raises(ForeignError) as told:
        spikegraph.from_torch(module, torch.rand(4, 2, 6) * 2)
    assert re.sub(r"(\.py):\d+", r"\1:LINE", said(told.value)).startswith(text)
