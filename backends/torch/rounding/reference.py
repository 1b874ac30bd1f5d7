"""One time step of a network in float64 with bounds; where rounding decides, its neurons follow another program."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spikegraph.backends.torch.kernels.base import Call
from spikegraph.backends.torch.kernels.stateful import step_of
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.parameters import leaf_at
from spikegraph.backends.torch.rounding.bounded import BFLOAT16, FLOAT32, Bounded, Evaluation, Precision
from spikegraph.backends.torch.rounding.bounds import BOUNDS, fan_in, layered, measured
from spikegraph.backends.torch.rounding.neurons import Alternatives, alternatives
from spikegraph.ir.graph import Node

States = Mapping[str, Bounded]
"""The states by name, `NODE:PART`; `NODE:last` of a value of the step before."""


@dataclass(frozen=True)
class Fired:
    """Neurons, or another operation with a state, in one step.

    Attributes:
        evaluation: The operation.
        operands: Its operands.
        before: The parts of its state before the step, by name.
        found: What it may give.
    """

    evaluation: Evaluation
    operands: tuple[Bounded, ...]
    before: Mapping[str, Bounded]
    found: Alternatives

    @property
    def node(self) -> Node:
        """The operation's node."""
        return self.evaluation.node

    @property
    def spikes(self) -> bool:
        """Whether the results are numbers of spikes."""
        return self.node.op.traits.fires and self.node.value.kind != "real"


Follow = Callable[[Fired], tuple[Bounded, Mapping[str, Bounded]]]
"""Neurons -> their result and the parts of their state after the step: it says what the other program decided."""


class Reference:
    """A network in float64, one step at a time.

    Attributes:
        graph: The operations of the spec, `model.plain`, whose norms are separate if the model's are.
        nodes: Those that the outputs need.
        precision: The precision of the program that follows it.
        measured: The operations without a rule in `BOUNDS`, by name.
    """

    def __init__(self, model: Model, precision: Precision | None = None) -> None:
        self.graph = model.plain
        needed = self.graph.ancestors(self.graph.outputs.values())
        self.nodes = tuple(node for node in self.graph if node.name in needed)
        self.precision = precision or (BFLOAT16 if model.bf16 else FLOAT32)
        self.measured = tuple(sorted({node.op.name for node in self.nodes if _without_rule(node)}))
        leaves = {name: leaf_at(model, name) for node in self.nodes for name in node.leaves}
        double = {name: deepcopy(leaf).cpu().double() for name, leaf in leaves.items() if leaf is not None}
        self._calls = {node.name: self._call(node, double, model.architecture) for node in self.nodes}
        self._free: dict[str, list[str]] = {}
        last: dict[str, str] = {}
        for node in self.nodes:
            last |= dict.fromkeys((*node.operands, node.name), node.name)
        kept = {*self.graph.outputs.values(), *self.graph.carried.values()}
        for name, at in last.items():
            if name not in kept:
                self._free.setdefault(at, []).append(name)

    def _call(self, node: Node, leaves: Mapping[str, nn.Module], architecture: Mapping[str, Tensor]) -> Evaluation:
        own = tuple(leaves[name] for name in node.leaves if name in leaves)
        choices = {name: tensor.detach().cpu().double() for name, tensor in architecture.items()}
        return Evaluation(Call(node, node.operand_values, own, choices, 1, False, False), self.precision)

    def step(
        self, inputs: Mapping[str, Tensor], states: States, follow: Follow
    ) -> tuple[dict[str, Bounded], dict[str, Bounded]]:
        """Runs one step.

        Args:
            inputs: The inputs [N, C, *size] by name.
            states: The states before the step; those that are missing are 0.
            follow: Says what the neurons do.

        Returns:
            The outputs by name, and the states after the step.
        """
        values: dict[str, Bounded] = {}
        after: dict[str, Bounded] = {}
        with torch.no_grad():
            for node in self.nodes:
                if node.op.traits.source:
                    values[node.name] = Bounded.exact(inputs[node.name])
                elif node.op.traits.carries:
                    zero = next(iter(inputs.values())).new_zeros(len(next(iter(inputs.values()))), *node.value.shape)
                    values[node.name] = states.get(f"{node.name}:last") or Bounded.exact(zero)
                else:
                    values[node.name] = self._computed(node, [values[name] for name in node.operands], states, after, follow)
                for unused in self._free.get(node.name, ()):
                    del values[unused]
        after |= {f"{name}:last": values[source] for name, source in self.graph.carried.items() if source in values}
        return {name: values[of] for name, of in self.graph.outputs.items()}, after

    def _computed(
        self, node: Node, xs: Sequence[Bounded], states: States, after: dict[str, Bounded], follow: Follow
    ) -> Bounded:
        f, step = self._calls[node.name], step_of(node)
        if step is None:
            y = f([x.value for x in xs])
            rule = BOUNDS.get(node.op.name, measured)
            return Bounded(y, rule(f, xs, y), fan_in(f) if rule is layered else 0)
        parts = {f"{node.name}:{part}": shape for part, shape in step.parts(node).items()}
        names, before = list(parts), [states.get(name) or _zero(xs[0], node, shape) for name, shape in parts.items()]
        if node.op.name == "mean":
            return self._mean(xs[0], names, before, after)
        if node.op.name == "norm":
            return self._step_norm(f, xs, names, before, after)
        fired = Fired(f, tuple(xs), dict(zip(names, before, strict=True)), alternatives(f, step, xs, before))
        value, state = follow(fired)
        after.update(state)
        return value

    def _mean(self, x: Bounded, names: Sequence[str], before: Sequence[Bounded], after: dict[str, Bounded]) -> Bounded:
        """The mean over all steps so far."""
        total, count = before
        one, n = self.precision.of_one, count.value + 1
        value = total.value + x.value
        error = total.error + x.error + one * (total.value.abs() + x.value.abs())
        after.update(zip(names, (Bounded(value, error), Bounded.exact(n)), strict=True))
        n = n.reshape(-1, *[1] * (value.dim() - 1))
        return Bounded(value / n, (error + one * value.abs()) / n)

    def _step_norm(
        self, f: Evaluation, xs: Sequence[Bounded], names: Sequence[str], before: Sequence[Bounded], after: dict[str, Bounded]
    ) -> Bounded:
        """A norm with a factor for each step; the state is the number of steps before."""
        step, factors = step_of(f.node), f.tensor("step_weight")
        assert step is not None and factors is not None
        y, (number,) = step.compute(f.call, [xs[0].value], (before[0].value,))
        after[names[0]] = Bounded.exact(number)
        factor = factors[before[0].value.long()].abs().reshape(-1, *[1] * (y.dim() - 1))
        inside = BOUNDS["norm"](f, xs, y) * factor
        return Bounded(y, inside + self.precision.of_one * y.abs())


def _zero(x: Bounded, node: Node, shape: tuple[int, ...]) -> Bounded:
    """A part of a state before the first step: it has the size of the operand, if it has that of the result."""
    size = x.value.shape[1:] if shape == node.value.shape else shape
    return Bounded.exact(x.value.new_zeros(len(x.value), *size))


def _without_rule(node: Node) -> bool:
    known = node.op.traits.source or node.op.traits.carries or step_of(node) is not None
    return not known and node.op.name not in BOUNDS
