"""Spikes and membrane potentials of a trained network while it sees a sample of its test set, for the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Shaped
from numpy.typing import NDArray
from torch import Tensor, nn

from spikegraph.backends.torch.datasets import collate, inputs_of, item
from spikegraph.backends.torch.kernels.base import real
from spikegraph.backends.torch.modules.neuron_models import Numbers
from spikegraph.backends.torch.modules.resolved_neurons import ResolvedNeuron, resolved
from spikegraph.backends.torch.parameters import leaf_at
from spikegraph.backends.torch.train.values import values_of
from spikegraph.data.sets import DataSet
from spikegraph.data.source import spread
from spikegraph.runs.rasters import LayerRaster, Rasters

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model
    from spikegraph.ir.graph import Node

MOST_LAYERS, MOST_UNITS, MOST_STEPS, MOST_POTENTIALS = 40, 64, 200, 6
"""Most layers, neurons of a layer, time steps, and neurons of a layer whose potentials are kept."""

MOST_CELLS = 4000
"""Most neurons times time steps of a layer."""

LARGEST = 96
"""Most pixels of the longer side of a kept picture of events; of larger ones some are left out."""

NEAR = 1e-4
"""A potential that is so near to the threshold may have been rounded to the other side of it."""

AXES = 5
"""[T, N, C, H, W]."""


def rasters_of(model: Model, samples: DataSet) -> Rasters | None:
    """The rasters of the first of the samples whose predictions are kept; restores the model's mode afterwards.

    Neurons are spread evenly over each layer; potentials are those of the neurons among them that fire most.

    Args:
        model: The model, on its device.
        samples: The test set, with at least one sample.

    Returns:
        None for a network without spiking neurons.
    """
    watched = _Watched(model)
    if not watched.layers:
        return None
    index = spread(len(samples), max(1, samples.task.examples))[0]
    sample, training = samples.sample(index), model.training
    batch = collate([item(sample)], samples.task).to(next(iter(model.parameters())).device)
    model.eval()
    try:
        with torch.inference_mode(), _plain(model):
            watched.begin(inputs := inputs_of(batch, tuple(model.graph.inputs())))
            values_of(model, batch, (samples.task.node(model.graph).name,), watch=watched.add)
    finally:
        model.train(training)
    layers = tuple(watched.found[name] for name in watched.layers if name in watched.found)
    return Rasters(sample.name or f"test sample {index + 1}", layers, _events(model, inputs))


class _Watched:
    """Takes the spikes of layers, and computes their potentials from their currents."""

    def __init__(self, model: Model) -> None:
        plain = [node for node in model.plain if node.op.traits.fires and node.op.any_neuron() is not None and node.value.steps]
        self.layers = {plain[k].name: plain[k] for k in spread(len(plain), MOST_LAYERS)}
        self.found: dict[str, LayerRaster] = {}
        self._model = model
        self._uses = Counter(operand for node in self.layers.values() for operand in node.operands)
        self._currents: dict[str, Tensor] = {}

    def begin(self, inputs: Mapping[str, Tensor]) -> None:
        """Takes the network's inputs, which may be currents."""
        self._currents = {name: value for name, value in inputs.items() if self._uses[name]}

    def add(self, name: str, value: Tensor) -> None:
        """Takes the value of a node, after those of its operands."""
        if name in self.layers:
            self.found[name] = self._raster(self.layers[name], value[:MOST_STEPS])
        if self._uses[name]:
            self._currents[name] = value

    def _raster(self, node: Node, value: Shaped[Tensor, "T N *rest"]) -> LayerRaster:
        flat = value[:, 0].flatten(1)
        steps, neurons = flat.shape
        units = spread(neurons, max(1, min(MOST_UNITS, MOST_CELLS // steps)))
        spikes = flat[:, units].float().abs().clamp(max=255).round().to(torch.uint8).cpu().numpy()
        busiest = np.argsort(-spikes.sum(0, dtype=np.int64), kind="stable")[:MOST_POTENTIALS]
        potentials = self._potentials(node, steps, [units[k] for k in sorted(busiest.tolist())])
        chosen = np.array(sorted(busiest.tolist()) if potentials is not None else [], np.int64)
        empty = np.zeros((steps, 0), np.float32)
        kept = empty if potentials is None else potentials
        threshold = _threshold(resolved(_neuron(node)), kept, spikes[:, chosen])
        return LayerRaster(node.name, neurons, threshold, np.array(units, np.int64), spikes, chosen, kept)

    def _potentials(self, node: Node, steps: int, units: list[int]) -> NDArray[np.float32] | None:
        """The potentials u[t] before the reset, [T, units]; None if the model has no equations of one step."""
        given = [self._taken(operand) for operand in node.operands]
        own = resolved(_neuron(node))
        if own.dynamics is None or any(x is None for x in given):
            return None
        timed = [value.steps for value in node.operand_values]
        xs: list[Tensor] = [
            x if t else x.unsqueeze(0).expand(steps, *x.shape) for x, t in zip(given, timed, strict=True) if x is not None
        ]
        leaf = leaf_at(self._model, next(iter(node.leaves))) if node.leaves else None
        numbers = Numbers(own.neuron, own.numbers(leaf, len(node.value.size)), own.temperature)
        found: list[Tensor] = []
        state = own.dynamics.begin(real(xs[0][0]))
        for t in range(steps):
            currents = tuple(real(x[t]) for x in xs) if len(xs) > 1 else real(xs[0][t])
            u, _, state = own.dynamics.step(currents, state, numbers)
            found.append(u[0].flatten()[units])
        return torch.stack(found).float().cpu().numpy()

    def _taken(self, operand: str) -> Tensor | None:
        """A current, which is forgotten after its last use."""
        self._uses[operand] -= 1
        return self._currents.get(operand) if self._uses[operand] else self._currents.pop(operand, None)


def _threshold(own: ResolvedNeuron, potentials: NDArray[np.float32], spikes: NDArray[np.uint8]) -> float | None:
    """The threshold of neurons; None if it is learned, or changes from step to step, so that spikes don't follow from it."""
    if "threshold" in own.forms:
        return None
    found = float(own.values["threshold"])
    near = np.abs(potentials - found) < NEAR * max(1.0, abs(found))
    return found if bool((((potentials > found) == (spikes > 0)) | near).all()) else None


def _neuron(node: Node) -> Any:
    neuron = node.op.any_neuron()
    assert neuron is not None
    return neuron


@contextmanager
def _plain(model: Model) -> Generator[None]:
    """Runs the plain graph, in which each neuron is a node: that is what a model with a hook runs."""
    paths = (name.rpartition(".")[0] for name, _ in model.named_parameters())
    part = next((leaf for path in paths if (leaf := leaf_at(model, path)) is not None), None)
    handle = None if part is None else part.register_forward_hook(_nothing)
    try:
        yield
    finally:
        if handle is not None:
            handle.remove()


def _nothing(module: nn.Module, given: Any, result: Any) -> None:
    """A hook that changes nothing."""


def _events(model: Model, inputs: Mapping[str, Tensor]) -> dict[str, NDArray[np.int8]]:
    """The sign of each input that is an image at each time step; of two channels, their difference."""
    found: dict[str, NDArray[np.int8]] = {}
    for name, node in model.graph.inputs().items():
        if node.value.steps and inputs[name].dim() == AXES:
            frames = inputs[name][:MOST_STEPS, 0].float().cpu().numpy()
            planes = frames[:, 0] - frames[:, 1] if frames.shape[1] == 2 else frames.sum(1)
            every = -(-max(planes.shape[1:]) // LARGEST)
            found[name] = np.sign(planes[:, ::every, ::every]).astype(np.int8)
    return found
