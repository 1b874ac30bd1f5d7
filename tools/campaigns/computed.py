"""One network with drawn weights and inputs: its values and gradients in a way of computing it, and how they are judged."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from random import Random
from zlib import crc32

import numpy as np
import torch
from agreement import Agreement, Judge, Values, equal
from slopes import slope
from torch import Tensor
from ways import PLAIN, Tensors, Way, pieces, skipping, whole

from spikegraph.api.reference import choices_of
from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.parameters import FORBIDDEN
from spikegraph.backends.torch.spikes import neurons
from spikegraph.ir.folding import FOLDED
from spikegraph.ir.graph import Graph
from spikegraph.meaning.api import Reference
from spikegraph.meaning.call import Array
from spikegraph.meaning.composites import flat
from spikegraph.meaning.rounding.bounded import FLOAT64
from spikegraph.passes import pipeline
from spikegraph.program.phases import Built
from spikegraph.validation.compared import CLOSE
from spikegraph.validation.drawn import drawn_inputs, drawn_weights

SHAKEN, SHAKES, MARGIN = 2.0**-48, 3, 8
"""Where gradients differ, weights and inputs of the plain network are changed by so much, relative to themselves, and so often;
its gradients may differ by so many times as much as they are moved by that."""


@dataclass(frozen=True)
class Computed:
    """What a way of computing gives.

    Attributes:
        values: The values.
        gradients: The gradients of inputs and weights by name; empty if they weren't asked for.
    """

    values: Values
    gradients: Mapping[str, Array]


class Network:
    """A network in one phase.

    Attributes:
        plain: Its graph, operation by operation.
        deployed: The same with folded norms; None for one whose choices are open.
        seed: Of weights, inputs and cuts.
    """

    def __init__(self, built: Built, deployed: Built | None, seed: int) -> None:
        self.plain, self.deployed, self.seed = built.plain, None if deployed is None else deployed.plain, seed
        self._simple = flat(built.space, choices_of(built))
        drawn = drawn_weights(self._simple, seed)
        self._state = {
            name: torch.where(tensor == FORBIDDEN, tensor, torch.from_numpy(drawn[name]))
            for name, tensor in Model(built.plain).double().state_dict().items()
        }
        self._weights = drawn | {name: tensor.numpy() for name, tensor in self._state.items()}
        single = {name: x.astype(np.float32) for name, x in drawn_inputs(self._simple, seed).items()}
        self._inputs = {name: x.astype(np.float64) for name, x in single.items()}
        self._judges: dict[bool, Judge] = {}
        self._models: dict[object, Model] = {}
        self._gradients: dict[bool, Mapping[str, Array]] = {}

    def judge(self, *, training: bool) -> Judge:
        """The reference."""
        if training not in self._judges:
            names = tuple(node.name for node in self.plain if node.name in self._simple)
            self._judges[training] = Judge(self._simple, self._weights, self._inputs, training, names)
        return self._judges[training]

    def differs(self, way: Way) -> bool:
        """Whether a way does something with this network that operation by operation doesn't."""
        if way.run is pieces and self.plain.time is not None:
            return False  # its inputs have no time steps to cut
        if way.deployed:
            return self.deployed is not None and any(FOLDED in node.notes for node in self.deployed)
        alone = way.run is whole and way.precision is FLOAT64 and way.passes and way.setting in (nullcontext, skipping)
        return not alone or self._model(way).graph != self.plain

    def agreements(self, way: Way, *, training: bool) -> dict[str, Agreement]:
        """Compares values, and gradients with those of the plain network, by what is compared.

        Raises:
            NotStreamableError: The network needs all time steps at once, and the way takes them in parts.
        """
        found, judge = self.computed(way, training=training), self.judge(training=training)
        if way.precision is not FLOAT64:
            return {way.name: judge.within(found.values, way.precision)}
        agreements = {way.name: judge.exact(found.values)}
        if way is PLAIN:
            self._gradients[training] = found.gradients
        elif way.differentiates:
            agreements[way.of_gradients] = self._alike(found.gradients, training=training)
        return agreements

    def slope(self, *, training: bool) -> Agreement:
        """Compares a gradient of the plain network with differences of the reference."""
        model, judge = self._model(PLAIN), self.judge(training=training)
        model.load_state_dict(self._state)
        reference = Reference(judge.graph, judge.weights, training)
        return slope(model.train(training), reference, self._inputs, judge.nodes, self.seed)

    def computed(self, way: Way, *, training: bool, shaken: int = 0) -> Computed:
        """Runs the network; with `shaken` weights and inputs are changed a little, differently for each number."""
        model = self._model(way)
        (load_folded if way.deployed else Model.load_state_dict)(model, self._state)
        kind = torch.float64 if way.precision is FLOAT64 else torch.float32
        inputs = {name: torch.from_numpy(x).to(kind, copy=True) for name, x in self._inputs.items()}
        if shaken:
            rng = torch.Generator().manual_seed(shaken)
            with torch.no_grad():
                for tensor in (*model.state_dict().values(), *inputs.values()):
                    tensor.mul_(1 + SHAKEN * torch.randn(tensor.shape, generator=rng, dtype=kind))
        for x in inputs.values():
            x.requires_grad_(way.differentiates)
        with way.setting(), torch.set_grad_enabled(way.differentiates):
            values, ends = self._run(model.train(training), way, inputs)
            gradients = self._differentiated(model, inputs, ends) if way.differentiates else {}
        return Computed(values, gradients)

    def _model(self, way: Way) -> Model:
        key = way.passes, way.deployed, way.bf16, way.precision
        if key not in self._models:
            graph = self.deployed if way.deployed else self.plain
            assert graph is not None
            made = Model(pipeline.run(way.passes, graph), plain=graph, low=torch.bfloat16 if way.bf16 else None)
            self._models[key] = made.double() if way.precision is FLOAT64 else made
        return self._models[key]

    def _run(self, model: Model, way: Way, inputs: Tensors) -> tuple[Values, Tensors]:
        """The values, and the tensors of results and losses by name."""
        graph = model.graph
        ends = {**graph.outputs, **graph.taps}
        parts = list(way.run(model, inputs, tuple(dict.fromkeys(ends.values())), Random(self.seed)))
        found = inputs | {
            name: torch.cat([part[name] for part in parts]) if graph.node(name).value.steps else x
            for name, x in parts[-1].items()
        }
        same = {} if way.deployed else {name: x for name, x in found.items() if self._has(graph, name)}
        spikes: Tensors = {}
        for name, of in neurons(graph).items():
            if name in found:
                axis = found[name].dim() - 1 - len(graph.node(name).value.size)
                spikes |= zip(of, torch.split(found[name], list(of.values()), axis), strict=True)
        spikes = {name: x for name, x in spikes.items() if name in self._simple}
        statistics = {name: x for name, x in model.state_dict().items() if ".running_" in name} if model.training else {}
        outputs = {name: found[node] for name, node in graph.outputs.items()}
        values = Values(*map(_arrays, (outputs, same, spikes, statistics)))
        return values, {name: found[node] for name, node in ends.items()}

    def _has(self, graph: Graph, name: str) -> bool:
        """Whether a node of a graph is an operation of the plain one and of the reference."""
        return name in self._simple and name in self.plain and self.plain.node(name).op == graph.node(name).op

    def _differentiated(self, model: Model, inputs: Tensors, ends: Tensors) -> dict[str, Array]:
        """The gradients of a weighted sum of all results."""
        leaves = {**inputs, **dict(model.named_parameters())}
        total = torch.zeros((), dtype=torch.float64)
        for name, y in ends.items():
            weights = np.random.default_rng((self.seed, crc32(name.encode()))).standard_normal(tuple(y.shape))
            total = total + (y * torch.from_numpy(weights)).sum()
        if not total.requires_grad:
            return _arrays({name: torch.zeros_like(x) for name, x in leaves.items()})
        found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True, materialize_grads=True)
        return _arrays(dict(zip(leaves, found, strict=True)))

    def _alike(self, found: Mapping[str, Array], *, training: bool) -> Agreement:
        """Compares gradients with those of the plain network; where rounding moves those as far, they are unknown."""
        wanted = self._plain_gradients(training=training)
        largest = max((float(np.abs(x).max(initial=0)) for x in wanted.values()), default=0.0)
        first = sum((equal(name, x, found[name], CLOSE, largest) for name, x in wanted.items()), Agreement())
        if not first.different:
            return first
        others = [self.computed(PLAIN, training=training, shaken=number).gradients for number in range(1, SHAKES + 1)]
        total = Agreement()
        for name, x in wanted.items():
            moved = MARGIN * max(float(np.abs(other[name] - x).max(initial=0)) for other in others)
            each = equal(name, x, found[name], 1.0, max(CLOSE * largest, moved))
            total += replace(each, unknown=x.size) if moved > CLOSE * largest else each
        return total

    def _plain_gradients(self, *, training: bool) -> Mapping[str, Array]:
        if training not in self._gradients:
            self._gradients[training] = self.computed(PLAIN, training=training).gradients
        return self._gradients[training]


def _arrays(tensors: Mapping[str, Tensor]) -> dict[str, Array]:
    return {name: x.detach().double().numpy() for name, x in tensors.items()}
