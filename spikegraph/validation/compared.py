"""The first number in which two runs of a network differ by more than rounding."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from spikegraph.ir.graph import Graph
from spikegraph.meaning.call import Array
from spikegraph.meaning.interpreter import Trace
from spikegraph.meaning.rounding.spikes import Spike

ALIKE = 2.0**-40
"""Differences up to this share of the largest number of a value are equal: rounding in float64 is 2^-53 a step."""

CLOSE = 2.0**-28
"""Differences of potentials up to this share may be rounding that a norm of an almost constant value has made larger."""

LAST = 1 << 30
"""The time step of a value that is the same at every step, but needs others of all steps."""


@dataclass(frozen=True)
class Difference:
    """A number that differs.

    Attributes:
        of: What differs, such as "the output `y`", or that something is gone.
        node: The node whose value differs first; None if no node of both graphs does.
        place: Its place: [T, N, C, *size], or [N, C, *size] of a value that is the same at every step.
        before: The number before.
        after: The number after.
        number: What the numbers are: potentials of neurons, or values.
        margin: The first spike that rounding doesn't explain; None if no spike differs.
    """

    of: str
    node: str | None = None
    place: tuple[int, ...] = ()
    before: float = float("nan")
    after: float = float("nan")
    number: str = "value"
    margin: Spike | None = None


def first_difference(
    wanted: Trace, found: Trace, graph: Graph, apart: Collection[str] = (), alike: float = ALIKE
) -> Difference | None:
    """The first difference of potentials, spikes and results; None if there is none.

    Args:
        wanted: The run of the graph before.
        found: The run of the graph after, which may have more neurons, such as those that a mixing takes apart.
        graph: The simple graph before.
        apart: Nodes whose own value differs on purpose, such as layers that have taken in a norm.
        alike: The share of the largest number of a value up to which differences don't count.
    """
    pairs: list[tuple[str, Array, Array]] = []
    for of, before, after in _pairs(wanted, found, graph):
        if after is None:
            return Difference(f"{of} is gone")
        if before.shape != after.shape:
            return Difference(f"{of} is {list(after.shape)} instead of {list(before.shape)}")
        pairs.append((of, before, after))
    for of, before, after in pairs:  # numbers last: what rounding explains must not hide what is gone
        place = differing(before, after, alike)
        if place is not None:
            return _located(of, wanted, found, graph, apart) or Difference(
                f"{of} differs", None, place, float(before[place]), float(after[place])
            )
    return None


def _pairs(wanted: Trace, found: Trace, graph: Graph) -> Iterator[tuple[str, Array, Array | None]]:
    """Potentials, spikes and results by name, before and after."""
    for name, potentials in wanted.potentials.items():
        yield f"the potential of the neurons `{name}`", potentials, found.potentials.get(name)
    for name, spikes in wanted.spikes.items():
        yield f"the firing of the neurons `{name}`", spikes, found.spikes.get(name)
    for name, value in wanted.outputs.items():
        what = "loss's value" if name in graph.taps else "output"
        yield f"the {what} `{name}`", value, found.outputs.get(name)


def differing(before: Array, after: Array, alike: float = ALIKE) -> tuple[int, ...] | None:
    """The first place in which two arrays differ by more than rounding."""
    largest = np.max(np.abs(before), initial=0.0, where=np.isfinite(before))
    with np.errstate(invalid="ignore"):  # infinite in both
        close = np.abs(before - after) <= alike * largest
    apart = ~(close | (before == after) | (np.isnan(before) & np.isnan(after)))
    return tuple(int(i) for i in np.argwhere(apart)[0]) if apart.any() else None


def _located(of: str, wanted: Trace, found: Trace, graph: Graph, apart: Collection[str]) -> Difference | None:
    """The node whose value differs first: at the earliest time step, and of those the first in the order of execution."""
    first: Difference | None = None
    earliest = 0
    behind = graph.descendants(node.name for node in graph if node.value.steps)  # such as a mean over time
    for node, before in wanted.values.items():
        after = found.values.get(node)
        if after is None or after.shape != before.shape or node in apart:
            continue
        place = differing(before, after)
        stepped = graph.node(node).value.steps
        step = place[0] if place is not None and stepped else LAST if node in behind else 0
        if place is not None and (first is None or step < earliest):
            first, earliest = _at(of, node, place, wanted, found), step
    return first


def _at(of: str, node: str, place: tuple[int, ...], wanted: Trace, found: Trace) -> Difference:
    """A difference at a node: of neurons their potentials."""
    if node in wanted.potentials and node in found.potentials:
        before, after, number = wanted.potentials[node], found.potentials[node], "potential"
    else:
        before, after, number = wanted.values[node], found.values[node], "value"
    return Difference(of, node, place, float(before[place]), float(after[place]), number)


def numbers(of: Mapping[str, Array]) -> int:
    """How many numbers there are."""
    return sum(value.size for value in of.values())
