"""The forward and backward passes of one iteration of a surrogate search (Che et al., NeurIPS 2022, section 3.4).

Nothing here changes the model. It runs with replacements for its weights: the same tensors without gradients, or the
weights of a candidate. Running statistics are copied.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from spikegraph.analysis.dgs import Group, passes_shared, tempered, with_temperatures
from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.kernels import KERNELS, Call
from spikegraph.backends.torch.modules.mixing import mix
from spikegraph.backends.torch.parameters import leaf_at
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.values import values_of
from spikegraph.base.processes import ONE, Processes
from spikegraph.ir.lifetimes import schedule
from spikegraph.ir.local_subgraph import LocalSubgraph

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model, Watch

Weights = dict[tuple[str, str], Tensor]
"""Tensors by operation and parameter name: `("features.stem0.conv", "weight")`."""


class Replacement(nn.Module):
    """Tensors that replace an operation's own; buffers are copied."""

    def __init__(self, leaf: nn.Module, parameters: Mapping[str, Tensor]) -> None:
        super().__init__()
        for name, value in parameters.items():
            setattr(self, name, value)
        for name, value in leaf.named_buffers(recurse=False):
            setattr(self, name, value.clone())


@dataclass(frozen=True)
class Forward:
    """The result of a forward pass with the current weights and temperatures.

    Attributes:
        loss: A scalar, differentiable in `weights`.
        values: The value of every node that the search reads.
        weights: Replacements of the groups' weights, with gradients.
    """

    loss: Tensor
    values: Mapping[str, Tensor]
    weights: Weights

    def detached(self) -> Forward:
        """The same without the autograd graph, so that its memory can be freed."""
        return Forward(self.loss.detach(), {name: value.detach() for name, value in self.values.items()}, {})


@dataclass(frozen=True)
class Passes:
    """The passes of a surrogate search over several groups.

    Attributes:
        model: The network in training mode; norms use the batch's statistics.
        losses: The loss to minimise.
        groups: The neurons whose surrogates are searched.
        processes: The processes that share each batch; losses and gradients here are those of this one, to be averaged.
        watch: Called with each value when it is computed.
    """

    model: Model
    losses: Losses
    groups: tuple[Group, ...]
    processes: Processes = ONE
    watch: Watch | None = None

    @contextmanager
    def watched(self, watch: Watch | None) -> Generator[Passes]:
        """The same, watched; then by this process alone, since only it repeats them."""
        if watch is None:
            yield self
            return
        with self.processes.alone():
            yield replace(self, watch=watch, processes=ONE)

    @cached_property
    def parameters(self) -> dict[str, dict[tuple[str, str], nn.Parameter]]:
        """The weights w of each group: the parameters in its local subgraphs."""
        return {
            g.name: {(w, k): p for w in g.weights for k, p in self._leaf(w).named_parameters(recurse=False)}
            for g in self.groups
        }

    @cached_property
    def shared(self) -> dict[str, bool]:
        """By group: true if all its candidates can share one pass."""
        return {g.name: passes_shared(self.model.graph, g) for g in self.groups}

    @cached_property
    def uses(self) -> tuple[tuple[Group, LocalSubgraph], ...]:
        """Every use of every group, in execution order."""
        place = {node.name: i for i, node in enumerate(self.model.graph)}
        return tuple(sorted(((g, u) for g in self.groups for u in g.uses), key=lambda found: place[found[1].neuron]))

    @cached_property
    def before(self) -> tuple[str, ...]:
        """The nodes that depend on no instrumented neuron but whose values the rest of the network needs."""
        graph, neurons = self.model.graph, {u.neuron for _, u in self.uses}
        downstream = graph.descendants(neurons)
        rest = [node for s in schedule(graph, self.losses.wanted, neurons) for node in s.nodes]
        needed = [o for node in rest if node.name in downstream for o in graph.sources(node.name)]
        needed += [s for _, u in self.uses for s in u.sources] + list(self.losses.wanted)
        return tuple(dict.fromkeys(name for name in needed if name not in downstream))

    def forward(self, batch: Batch) -> Forward:
        """Runs the network on one batch; only the groups' weights have gradients."""
        tensors = {key: p.detach().requires_grad_() for found in self.parameters.values() for key, p in found.items()}
        wanted = dict.fromkeys([*self.losses.wanted, *self.before])
        wanted |= dict.fromkeys(name for _, u in self.uses for name in (u.neuron, u.current))
        values = values_of(self.model, batch, tuple(wanted), weights=self._with(tensors), watch=self.watch)
        return Forward(self.losses.over(self.processes, values, batch)[0], values, tensors)

    def gradients(self, found: Forward, candidates: Mapping[str, Sequence[float]], batch: Batch) -> dict[str, list[Weights]]:
        """The gradient of each group's weights for each of its candidate temperatures; other groups keep their current one.

        One backward pass gives the gradient at the instrumented neurons' outputs; each candidate propagates it through the
        neuron and its local subgraph. Where this isn't exact (see `passes_shared`), each candidate has its own passes.
        """
        shared = [(g, u) for g, u in self.uses if self.shared[g.name]]
        arriving: dict[str, Tensor] = {}
        if shared:
            outputs = [found.values[u.neuron] for _, u in shared]
            grads = torch.autograd.grad(found.loss, outputs, retain_graph=True, materialize_grads=True)
            arriving = {u.neuron: grad for (_, u), grad in zip(shared, grads, strict=True)}
        return {
            g.name: [
                self._local_gradient(found, g, b, arriving) if self.shared[g.name] else self.whole_gradient(g, b, batch)
                for b in candidates[g.name]
            ]
            for g in self.groups
        }

    def _local_gradient(self, found: Forward, group: Group, b: float, arriving: Mapping[str, Tensor]) -> Weights:
        """The gradient through the neuron with temperature b and its local subgraph, summed over all uses."""
        currents = [found.values[u.current] for u in group.uses]
        grads: list[Tensor] = []
        for use, current in zip(group.uses, currents, strict=True):
            bare = current.detach().requires_grad_()
            spikes = self.fired(use, bare, arriving[use.neuron].shape[0], b)
            grads += torch.autograd.grad(spikes, bare, arriving[use.neuron])
        keys = list(self.parameters[group.name])
        tensors = [found.weights[key] for key in keys]
        gradients = torch.autograd.grad(currents, tensors, grads, retain_graph=True, materialize_grads=True)
        return dict(zip(keys, gradients, strict=True))

    def whole_gradient(self, group: Group, b: float, batch: Batch) -> Weights:
        """The same gradient from a forward and a backward pass of the whole network with this temperature."""
        present = self.model.graph
        self.model.adopt(with_temperatures(present, {group.name: b}))
        try:
            found = replace(self, groups=(group,)).forward(batch)
        finally:
            self.model.adopt(present)
        keys = list(self.parameters[group.name])
        tensors = [found.weights[key] for key in keys]
        return dict(zip(keys, torch.autograd.grad(found.loss, tensors, materialize_grads=True), strict=True))

    def mixed(
        self, found: Forward, weights: Mapping[str, Sequence[Weights]], alphas: Mapping[str, Tensor], batch: Batch
    ) -> Tensor:
        """The loss if each group's current is the softmax(alpha)-weighted sum of its candidates' currents (Eq. 7).

        Values that depend on no instrumented neuron are taken from `found`. Each neuron keeps its current temperature.

        Args:
            found: The forward pass on this batch, detached.
            weights: The weights of each candidate, by group.
            alphas: alpha [N], by group.
            batch: The batch.
        """
        frozen = self._with({})
        replacements = {g.name: [frozen | self._with(w, {n for n, _ in w}) for w in weights[g.name]] for g in self.groups}
        given = {name: found.values[name] for name in self.before}
        for group, use in self.uses:
            given |= values_of(self.model, batch, use.sources, given=given, weights=frozen, watch=self.watch)
            currents = [
                values_of(self.model, batch, (use.current,), given=given, weights=candidate)[use.current]
                for candidate in replacements[group.name]
            ]
            steps = found.values[use.neuron].shape[0]
            given[use.neuron] = self.fired(use, mix(currents, alphas[group.name]), steps)
        values = values_of(self.model, batch, self.losses.wanted, given=given, weights=frozen, watch=self.watch)
        return self.losses.over(self.processes, values, batch)[0]

    def fired(self, use: LocalSubgraph, current: Tensor, steps: int, b: float | None = None) -> Tensor:
        """The spikes of an instrumented neuron over `steps` time steps, with temperature b (by default its current one)."""
        graph = self.model.graph
        node = graph.node(use.neuron)
        if b is not None:
            node = replace(node, op=tempered(node.op, b))
        leaves = tuple(self._with({}, tuple(node.leaves)).values())
        call = Call(node, graph.values(node), leaves, {}, steps, True, self.model.low)
        spikes = KERNELS[node.op.name](call, [current], None)[0]
        if self.watch is not None:
            self.watch(node.name, spikes)
        return spikes

    def _with(self, tensors: Weights, leaves: Collection[str] | None = None) -> dict[str, nn.Module]:
        """Replacements for these leaves, by default all, with these tensors where given.

        They start each iteration with the model's running statistics. Sums over a batch are rounded relative to these, so a
        search that kept its own from iteration to iteration would differ from one that is resumed.
        """
        return {
            name: Replacement(self._leaf(name), own | {key: value for (w, key), value in tensors.items() if w == name})
            for name, own in self._frozen.items()
            if leaves is None or name in leaves
        }

    @cached_property
    def _frozen(self) -> dict[str, dict[str, Tensor]]:
        """The parameters of every leaf without gradients."""
        names = dict.fromkeys(name for node in self.model.graph for name in node.leaves)
        return {name: {k: p.detach() for k, p in self._leaf(name).named_parameters(recurse=False)} for name in names}

    def _leaf(self, name: str) -> nn.Module:
        leaf = leaf_at(self.model, name)
        assert leaf is not None
        return leaf
