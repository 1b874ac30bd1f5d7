"""The energy of an operation as a sum of terms, one for each value whose spikes it depends on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isclose

from spikegraph.analysis.energy import EnergyModel
from spikegraph.analysis.layers import layer_of
from spikegraph.ir.graph import Node
from spikegraph.ir.ops.windows import product

COUNTED = ("conv", "transposed")
"""The operations whose additions are counted where spikes arrive; in others each place of an operand meets as many weights."""

EXACT = 1e-9
"""Relative error up to which the energy of an operation must be linear."""

LEAST = 1e-18
"""Millijoules that are no energy: a thousandth of a thousandth of a picojoule."""

STEPS = 3
"""Time steps at which it must be as linear as at one."""


@dataclass(frozen=True)
class Price:
    """The energy of an inference that an operation needs, in millijoules: linear in spikes.

    E(T) = silent(T) + sum_x spike[x] (spikes of x in the inference) + addition (additions in it).

    Attributes:
        node: The operation.
        model: The energy model.
        spike: What a spike in a value costs, by the value's name: an operand, or neurons of the operation.
        addition: What an addition costs where these are counted: one for each spike and each weight that it meets. Otherwise
            it is in `spike`, with the mean number of weights.
        stays: Whether it is a norm that deployment doesn't fold.
    """

    node: Node
    model: EnergyModel
    spike: Mapping[str, float]
    addition: float
    stays: bool = False
    _known: dict[tuple[int, bool], float] = field(default_factory=dict[tuple[int, bool], float], repr=False, compare=False)

    def silent(self, steps: int) -> float:
        """The energy of an inference of so many steps without any spike."""
        none, name = dict.fromkeys(_sizes(self.node), 0.0), self.node.name
        if (steps, False) not in self._known:
            self._known[steps, False] = self._energy(steps, none, {name: 0.0})
        return self._known[steps, False]

    def most(self, steps: int) -> float:
        """The energy of an inference of so many steps if each value is as large as it can be at each of them."""
        if (steps, True) not in self._known:
            self._known[steps, True] = self._energy(steps, None, {})
        return self._known[steps, True]

    def _energy(self, steps: int, rates: Mapping[str, float] | None, additions: Mapping[str, float]) -> float:
        return _energy(self.node, self.model, steps, rates, additions, stays=self.stays)

    def like(self, node: Node) -> Price:
        """The price of an operation that differs in names alone."""
        names = dict(zip(_sizes(self.node), _sizes(node), strict=True))
        return replace(self, node=node, spike={names[name]: each for name, each in self.spike.items()})

    @property
    def reads(self) -> tuple[str, ...]:
        """The values whose spikes it depends on."""
        return (*self.spike, *(self.node.operands[:1] if self.addition else ()))


class NotLinearError(Exception):
    """The energy isn't linear in spikes."""


def price(node: Node, model: EnergyModel, *, counted: bool) -> Price:
    """The price of an operation; `counted`: its additions are counted where spikes arrive.

    Raises:
        NotLinearError: The model isn't linear.
    """
    sizes, name = _sizes(node), node.name
    none = {name: 0.0} if counted else {}
    silent = dict.fromkeys(sizes, 0.0)
    base = _energy(node, model, 1, silent, none)
    spike = {x: (_energy(node, model, 1, {**silent, x: 1.0}, none) - base) / size for x, size in sizes.items()}
    addition = _energy(node, model, 1, silent, {name: 1.0}) - base if counted else 0.0
    found = Price(node, model, {x: each for x, each in spike.items() if each}, addition)
    times = STEPS if node.value.steps else 1
    expected = found.silent(STEPS) + times * (5 * addition + sum(0.5 * sizes[x] * each for x, each in spike.items()))
    probed = _energy(node, model, STEPS, dict.fromkeys(sizes, 0.5), {name: 5.0} if counted else {})
    if not isclose(expected, probed, rel_tol=EXACT, abs_tol=LEAST):
        raise NotLinearError
    return found


def _energy(
    node: Node,
    model: EnergyModel,
    steps: int,
    rates: Mapping[str, float] | None,
    additions: Mapping[str, float],
    *,
    stays: bool = False,
) -> float:
    return layer_of(node, model, steps, rates, additions, stays=stays).inference_millijoules(steps)


def _sizes(node: Node) -> dict[str, int]:
    """The number of values at each time step of what an operation's energy can depend on: operands, and its own neurons."""
    operands = {name: product(value.shape) for name, value in zip(node.operands, node.operand_values, strict=True)}
    places = product(node.value.size)
    return operands | {name: channels * places for name, channels in node.populations.items()}


def refusal(nodes: Sequence[Node], model: EnergyModel) -> str | None:
    """Why a model can't price these operations; None if it can."""
    return model.refuses([layer_of(node, model, 1, None, {}) for node in nodes])


def prices(nodes: Sequence[Node], model: EnergyModel, staying: Collection[str]) -> list[Price]:
    """The prices of operations, but of those that only move numbers; `staying` are the norms that deployment doesn't fold.

    Raises:
        NotLinearError: The model isn't linear.
    """
    known: dict[object, Price | None] = {}
    found: list[Price] = []
    for node in nodes:
        stays = node.name in staying
        key = (stays, node.op, tuple([node.operands.index(o) for o in node.operands]), node.operand_values)
        if key not in known:
            known[key] = Price(node, model, {}, 0.0, stays=True) if stays else _of_others(node, model)
        same = known[key]
        if same is not None:
            found.append(same.like(node))
    return found


def _of_others(node: Node, model: EnergyModel) -> Price | None:
    costs = bool(layer_of(node, model, 1, None, {}).parts)
    return price(node, model, counted=node.op.name in COUNTED) if costs else None
