"""Penalties of a loss: the spikes of neurons, and the energy of an inference (docs/energy.md).

Both are means over samples, and linear in spikes. Their gradient reaches the weights by the surrogates of the neurons, and the
architecture parameters of a supernet by the values and by the probabilities of operations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.analysis.mixture import Probabilities
from spikegraph.analysis.penalties import deployed, neurons_at, priced, prices_at, spiking
from spikegraph.analysis.prices import Price
from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.kernels.arrivals import weights_met
from spikegraph.backends.torch.train.sources import BySteps, Read, Sources
from spikegraph.base.errors import OutputError, UntrainableError
from spikegraph.dsl.schema.penalties import ALL, EmptyPlaceError
from spikegraph.dsl.spec import Loss
from spikegraph.ir.graph import Graph
from spikegraph.ir.traits import Mixture
from spikegraph.plugins.later import found
from spikegraph.plugins.returned import of_type

Values = Mapping[str, Tensor]


@runtime_checkable
class PenaltyTerm(Protocol):
    """A penalty, bound to a graph."""

    @property
    def label(self) -> str:
        """Its name in the journal."""
        ...

    @property
    def loss(self) -> Loss:
        """The declaration."""
        ...

    @property
    def wants(self) -> tuple[str, ...]:
        """The names of the nodes whose values it needs."""
        ...

    def __call__(self, values: Values, batch: Batch, architecture: Mapping[str, Tensor]) -> Tensor:
        """The unweighted term, a scalar [], a mean over the batch's samples."""
        ...

    def count(self, values: Values, batch: Batch) -> int:
        """The number of samples."""
        ...


def penalty_term(loss: Loss, graph: Graph, plain: Graph, supernet: Graph, *, checked: bool) -> PenaltyTerm:
    """A penalty, bound to a graph; arguments as of `Losses`.

    Raises:
        UntrainableError: It can't be computed of this network.
        TypeError: `bind` of a plug-in returned something else.
    """
    assert loss.penalty is not None
    try:
        with suppress(*(EmptyPlaceError,) if checked else ()):
            loss.penalty.check(loss, supernet)
        bind = found(loss.penalty.bind)
        return of_type(PenaltyTerm, bind(loss, graph, plain, supernet), bind, f"`bind` of the penalty `{loss.name}`")
    except OutputError as error:
        raise UntrainableError(f"{loss.span.start}: {error.summary}", error.help) from error


class _OverSamples:
    """A mean over samples.

    Attributes:
        loss: The declaration.
        plain: The graph before the passes that make it faster, without what losses alone take.
        sources: The values that it reads.
        open: Whether choices are open.
    """

    def __init__(self, loss: Loss, graph: Graph, plain: Graph) -> None:
        self.loss, self.plain = loss, deployed(plain)
        self.sources = Sources(graph, self.plain)
        self.open = any(node.op.mixture(*node.operand_values) is not None for node in self.plain)

    @property
    def label(self) -> str:
        """Its name in the journal: `spikes(all)`, `energy(simple)`, `energy(simple, stem)`."""
        places = self.loss.places or ()
        named = () if self.loss.model is None else (self.loss.model,)
        shown = () if named and ALL in places else places
        return f"{self.loss.name}({', '.join((*named, *shown))})"

    def count(self, values: Values, batch: Batch) -> int:
        """The number of samples."""
        return batch.counted.shape[-1]

    def weighted(
        self, parts: Mapping[str, Float[Tensor, " N"]], architecture: Mapping[str, Tensor], batch: Batch
    ) -> Float[Tensor, " N"]:
        """The sum of parts of the network, [N] each, by node: each times its probability while choices are open."""
        if not parts:
            return torch.zeros(self.count({}, batch), device=batch.counted.device)
        found = torch.stack(list(parts.values()))
        if not self.open:
            return found.sum(0)
        chances = Probabilities(self.plain, _shares(architecture), _capped, torch.minimum, found.new_ones(())).of_nodes()
        return torch.stack([chances[name] for name in parts]).to(found.dtype) @ found


class SpikePenalty(_OverSamples):
    """Spikes of a neuron in a time step, over the neurons at its places: sum of spikes / (neurons * steps).

    While choices are open, neurons count with their probability, and the number of neurons is that with equal probabilities: it
    doesn't change, so that silent neurons don't make the penalty smaller.
    """

    def __init__(self, loss: Loss, graph: Graph, plain: Graph, supernet: Graph) -> None:
        """Finds the neurons.

        Args:
            loss: The declaration.
            graph: The graph that runs.
            plain: The one before the passes that made it faster.
            supernet: The one in comparison with which it counts: `plain`, or that of the supernet of which this is a part.
        """
        super().__init__(loss, graph, plain)
        self.most = spiking(loss, supernet) or 1.0  # without neurons the penalty is 0
        self.nodes = [node.name for node in neurons_at(loss, plain)]
        self.wants = self.sources.wants(self.nodes)

    def __call__(self, values: Values, batch: Batch, architecture: Mapping[str, Tensor]) -> Float[Tensor, ""]:
        """The mean over the batch's samples, a scalar []."""
        read = self.sources.read(values, batch)
        spikes = {name: read.total(name) for name in self.nodes}
        return (self.weighted(spikes, architecture, batch) / (self.most * read.steps)).mean()


class EnergyPenalty(_OverSamples):
    """The energy of an inference, divided by that if each neuron fires at each time step.

    While choices are open, operations count with their probability, and the divisor is that of equal choices: it is constant.
    """

    def __init__(self, loss: Loss, graph: Graph, plain: Graph, supernet: Graph) -> None:
        """Prices the operations; arguments as of `SpikePenalty`.

        Raises:
            OutputError: There is no such model, or it can't price the operations.
        """
        super().__init__(loss, graph, plain)
        most = priced(loss, supernet)
        self._most = BySteps(most if most.prices else lambda steps: 1.0)  # without operations the penalty is 0
        prices = most.prices if supernet is plain else prices_at(loss, plain)
        together = {"": prices} if not self.open else {price.node.name: [price] for price in prices}
        self._sums = {name: _Sum(of) for name, of in together.items()}
        self.wants = self.sources.wants(name for price in prices for name in price.reads)

    def __call__(self, values: Values, batch: Batch, architecture: Mapping[str, Tensor]) -> Float[Tensor, ""]:
        """The mean over the batch's samples, a scalar []."""
        read = self.sources.read(values, batch)
        energies = {name: of(read) for name, of in self._sums.items()}
        return (self.weighted(energies, architecture, batch) / read.by_steps(self._most)).mean()


class _Sum:
    """The energy of some operations, in millijoules."""

    def __init__(self, prices: Sequence[Price]) -> None:
        self._prices = prices
        self._silent = BySteps(lambda steps: sum(price.silent(steps) for price in prices))
        self._spike = defaultdict[tuple[str, bool], float](float)
        for price in prices:
            for name, each in price.spike.items():
                self._spike[name, price.node.value.steps] += each
        self._weights = dict[tuple[torch.device, torch.dtype], dict[tuple[str, bool], Tensor]]()

    def __call__(self, read: Read) -> Float[Tensor, " N"]:
        """The energy of each sample's inference, [N]."""
        found = read.by_steps(self._silent)
        for (name, timed), each in self._spike.items():
            found = found + each * read.total(name, timed=timed)
        for (name, timed), weights in self._additions(found).items():
            found = found + read.placed(name, weights, timed=timed)
        return found

    def _additions(self, like: Tensor) -> Mapping[tuple[str, bool], Float[Tensor, " *size"]]:
        """What a spike costs at each place of a value, by its name, on a device; made once, so that no step waits for it."""
        key = (like.device, like.dtype)
        if key not in self._weights:
            found: dict[tuple[str, bool], Tensor] = {}
            for price in (p for p in self._prices if p.addition):
                at = (price.node.operands[0], price.node.value.steps)
                each = price.addition * weights_met(price.node)
                found[at] = found[at] + each if at in found else each
            self._weights[key] = {at: weights.to(like.device, like.dtype) for at, weights in found.items()}
        return self._weights[key]


def _shares(architecture: Mapping[str, Tensor]) -> Callable[[Mixture], Sequence[Tensor]]:
    """The weights of the operands of an open choice, scalars [], by its architecture parameter."""
    rows: dict[tuple[str, tuple[tuple[int, ...], ...]], Sequence[Tensor]] = {}

    def of(mixture: Mixture) -> Sequence[Tensor]:
        parameter = architecture[mixture.parameter]
        for among in mixture.among:
            if (mixture.parameter, among) not in rows:
                entries = torch.stack([parameter[entry] for entry in among])
                rows[mixture.parameter, among] = (mixture.factor * entries.softmax(0)).clamp(max=1.0).unbind()
        return [rows[mixture.parameter, among][k] for among, k in zip(mixture.among, mixture.taken, strict=True)]

    return of


def _capped(of: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(of)).sum().clamp(max=1.0)
