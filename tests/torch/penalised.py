"""A small convolutional network with penalties, its spikes, and losses by hand, for tests of penalties."""

from typing import Any

import torch

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Loss
from spikegraph.program.program import Program

SPAN = Span("n.sdhs", 7, 3, 7, 9)

NETWORK = """sdhs 1
neuron lif { decay = 0.6  threshold = 0.4  surrogate = superspike(b = 3) }
network net {
  input x : spike[2, 9, 7]
  a = x -> conv(3, out = 4, stride = 2, padding = 1) -> lif
  b = a -> conv(3, out = 6, groups = 2, dilation = 2, padding = 2) -> lif
  s = a -> conv(1, out = 6, padding = 0) -> lif
  c = add(b, s) -> conv(2, out = 5, padding = 1) -> lif
  output logits = c -> pool -> linear(3) -> mean(time)
}
"""

LAYERS = {"a": (4, 3, 2, 1, 1, 1), "b": (6, 3, 1, 2, 2, 2), "s": (6, 1, 1, 0, 1, 1), "c": (5, 2, 1, 1, 1, 1)}
"""Channels, kernel, stride, padding, dilation and groups of the convolutions."""

STEPS, SAMPLES = 4, 3


def penalty(name: str, *places: str, model: str | None = None, weight: float = 1.0) -> Loss:
    """A penalty at places, by default everywhere."""
    return Loss(weight, name, None, {}, SPAN, places=places or ("all",), model=model)


def built() -> Any:
    """The network's graphs."""
    return Program.of_text(NETWORK, "n").build("retrain")


def model_and_losses(*terms: Loss, fast: bool = True) -> tuple[Any, Losses]:
    """The network in float64 with seeded weights, as the passes made it faster or not, and the losses."""
    found = built()
    torch.manual_seed(0)
    model = lower(found.graph if fast else found.plain).double().train()
    return model, Losses(model.graph, terms, found.plain)


def batch(samples: int = SAMPLES, lengths: list[int] | None = None) -> Batch:
    """Random input spikes with targets."""
    random = torch.Generator().manual_seed(1)
    x = (torch.rand(STEPS, samples, 2, 9, 7, generator=random) < 0.4).double()
    of = None if lengths is None else torch.tensor(lengths)
    return Batch({"x": x}, torch.arange(samples) % 3, torch.ones(samples, dtype=torch.bool), of)
