"""Finds loops over time steps in a traced computation, which shows them unrolled: rows of nodes that repeat.

A copy of the row is one time step. Code often treats the first step otherwise, such as `mem = 0` before the loop; then the row
repeats from the second step on, and what the module computes there is compared, not read.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, cast

import numpy as np
import torch
from torch import fx

from spikegraph.backends.torch.foreign.intercepted import makes_constant
from spikegraph.backends.torch.foreign.nodes import Slice, operands, path_of, slice_of
from spikegraph.backends.torch.foreign.trace import VALUE

STACKS = (torch.stack,)


def _form(node: fx.Node) -> object:
    """What nodes of two copies have in common: all but the nodes that they take, and the index of a slice."""
    taken = slice_of(node)

    def of(given: Any) -> object:
        if isinstance(given, fx.Node):
            return "node"
        if isinstance(given, tuple | list):
            return tuple(of(g) for g in cast("Sequence[Any]", given))
        if isinstance(given, dict):
            return tuple((k, of(v)) for k, v in cast("dict[str, Any]", given).items())
        number = isinstance(given, bool | int | float)
        return (type(cast("object", given)), given) if number else str(cast("object", given))

    if node.op == "get_attr" and "_tensor_constant" in str(node.target):  # by its numbers: code may make it at each step
        value = node.meta[VALUE]
        return (
            "constant",
            str(value.dtype),
            tuple(value.shape),
            tuple(value.flatten().tolist()) if value.numel() <= FEW else node,
        )

    rest = ("slice", taken.axis) if taken is not None else (of(node.args), of(node.kwargs))
    return node.op, node.target, rest, path_of(node)


@dataclass
class Folding:
    """The time steps of a computation: nodes that are the same at each step, and the one of the last step for all of them.

    Attributes:
        time: The number of steps; None if there is no loop.
        step: The time step of each node that is computed at each.
        last: For each such node that of the last step.
        initial: For a node of the last step whose value of the step before is taken: what the first takes, if that is known.
        joined: For each stack of all steps the node of the last step, and the axis.
        repeated: For each stack of one tensor, again and again, that tensor and the axis.
    """

    time: int | None = None
    step: dict[fx.Node, int] = field(default_factory=dict[fx.Node, int])
    last: dict[fx.Node, fx.Node] = field(default_factory=dict[fx.Node, fx.Node])
    initial: dict[fx.Node, fx.Node] = field(default_factory=dict[fx.Node, fx.Node])
    joined: dict[fx.Node, tuple[fx.Node, int]] = field(default_factory=dict[fx.Node, tuple[fx.Node, int]])
    repeated: dict[fx.Node, tuple[fx.Node, int]] = field(default_factory=dict[fx.Node, tuple[fx.Node, int]])

    def before(self, node: fx.Node) -> fx.Node | None:
        """The node whose value at the step before this is, for the last step; None for others."""
        return self.last[node] if self.time is not None and self.step.get(node) == self.time - 2 else None

    def steps_of(self, node: fx.Node) -> Mapping[int, fx.Node]:
        """The nodes of all steps for that of the last one."""
        return {self.step[one]: one for one, last in self.last.items() if last is node}


@dataclass(frozen=True)
class _Loop:
    """Copies of a row of nodes.

    Attributes:
        start: The place of the first node of the first copy.
        period: The nodes of a copy.
        copies: How many there are.
        whole: Whether the first copy is the first time step.
        initial: By place in the row: what is taken in its place at the first of these copies.
    """

    start: int
    period: int
    copies: int
    whole: bool
    initial: Mapping[int, fx.Node]

    @property
    def time(self) -> int:
        return self.copies if self.whole else self.copies + 1

    @property
    def end(self) -> int:
        return self.start + self.period * self.copies


def folded(graph: fx.Graph) -> Folding:
    """The loops over time steps of a computation."""
    nodes = [n for n in graph.nodes if n.op not in ("placeholder", "output")]
    folding, place = Folding(), {n: k for k, n in enumerate(nodes)}
    taken = [False] * len(nodes)
    found: list[_Loop] = []
    for loop in _candidates(nodes, place):
        if any(taken[loop.start : loop.end]) or (found and loop.time != found[0].time):
            continue
        taken[loop.start : loop.end] = [True] * (loop.end - loop.start)
        found.append(loop)
    for loop in found:
        folding.time = loop.time
        for k in range(loop.copies):
            for j in range(loop.period):
                node, last = nodes[loop.start + k * loop.period + j], nodes[loop.end - loop.period + j]
                folding.step[node], folding.last[node] = loop.time - loop.copies + k, last
        begin = loop.initial if loop.whole else _before_first(nodes, place, loop)
        for j, node in begin.items():
            folding.initial[nodes[loop.end - loop.period + j]] = node
    for node in graph.nodes:
        join = _join(node, folding)
        if join is not None:
            folding.joined[node] = join
    folding = folding if _is_time(folding) else Folding()
    for node in graph.nodes:
        parts = _stacked(node)
        if len(parts) > 1 and len(set(parts)) == 1 and node not in folding.step:
            folding.repeated[node] = parts[0], _axis_of(node)
    return folding


def _is_time(folding: Folding) -> bool:
    """Whether what repeats are time steps: they are stacked, added up, or slices of a tensor are taken in their order."""

    def adds_up(node: fx.Node) -> bool:
        before = [o for o in operands(node) if folding.before(o) is node]
        return bool(before) and any(o in folding.step and o not in before for o in operands(node))

    def steps_through(node: fx.Node) -> bool:
        one, other = (slice_of(n) for n in (node, folding.steps_of(node).get((folding.time or 0) - 2, node)))
        return one is not None and other is not None and one.index != other.index

    last = set(folding.last.values())
    if not folding.joined and not any(node.op == "call_module" for node in last) and _taken_apart(folding):
        return False
    return bool(folding.joined) or any(steps_through(n) or adds_up(n) for n in last)


def _taken_apart(folding: Folding) -> bool:
    """Whether others take the results of several rows, as queries, keys and values of one layer are taken."""
    ends = folding.last.keys() - {o for node in folding.step for o in operands(node)}
    return {(folding.time or 0) - 1} < {folding.step[node] for node in ends if any(u not in folding.step for u in node.users)}


def differing(graph: fx.Graph, holds: Callable[[fx.Node], bool]) -> fx.Node | None:
    """Where one of three or more time steps differs from the one before; None if there are no such steps, or no difference.

    Steps begin where a layer is called that holds weights or a state, as `holds` says of a call, or with a slice.
    """
    nodes = [n for n in graph.nodes if n.op not in ("placeholder", "output")]
    places: dict[object, list[int]] = {}
    for k, node in enumerate(nodes):
        taken = slice_of(node)
        if taken is not None or (node.op == "call_module" and holds(node)):
            places.setdefault((node.target, None if taken is None else (taken.of, taken.axis)), []).append(k)
    begins = max(places.values(), key=len, default=list[int]())
    if len(begins) < LEAST:
        return None
    one, other = nodes[begins[-3] : begins[-2]], nodes[begins[-2] : begins[-1]]
    return next((b for a, b in zip(one, other, strict=False) if _form(a) != _form(b)), None)


FEW = 64
"""Constants of so many numbers are compared by these."""

LEAST = 3
"""So many steps make a loop whose steps are expected to be alike."""


def _stacked(node: fx.Node) -> Sequence[Any]:
    """The tensors that a node stacks; none for another node."""
    parts = node.args[0] if node.op == "call_function" and node.target in STACKS and node.args else ()
    return cast("Sequence[Any]", parts) if isinstance(parts, tuple | list) else ()


def _axis_of(node: fx.Node) -> int:
    return cast("int", node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else 0)) % node.meta[VALUE].dim()


def _join(node: fx.Node, folding: Folding) -> tuple[fx.Node, int] | None:
    """The node of the last step and the axis, for a stack of all steps."""
    parts = _stacked(node)
    if folding.time is None or len(parts) != folding.time:
        return None
    last = folding.last.get(parts[-1])
    known = [k for k, part in enumerate(parts) if part in folding.step]
    if last is None or any(folding.last[parts[k]] is not last or folding.step[parts[k]] != k for k in known):
        return None
    return (last, _axis_of(node)) if known[0] <= 1 and known == list(range(known[0], len(parts))) else None


def _candidates(nodes: Sequence[fx.Node], place: Mapping[fx.Node, int]) -> list[_Loop]:
    """All loops, those that cover most first; of two that cover the same the one with more steps."""
    numbers: dict[object, int] = {}
    forms = np.array([numbers.setdefault(_form(n), len(numbers)) for n in nodes])
    found: list[_Loop] = []
    for period in range(1, len(forms) // 2 + 1):
        same = forms[:-period] == forms[period:]
        for begin, end in _runs(same):
            if end - begin >= period:
                loop = next(_aligned(nodes, place, begin, end + period, period), None)
                found += [] if loop is None else [loop]
    return sorted(found, key=lambda loop: (loop.start - loop.end, loop.period))


def _runs(flags: "np.ndarray[Any, np.dtype[np.bool_]]") -> Iterator[tuple[int, int]]:
    """Where rows of True begin and end."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _aligned(nodes: Sequence[fx.Node], place: Mapping[fx.Node, int], begin: int, end: int, period: int) -> Iterator[_Loop]:
    """The loop of nodes that repeat, which ends where they do unless this isn't possible."""
    copies, rest = divmod(end - begin, period)
    for start in range(begin + rest, begin - 1, -1):
        loop = _loop(nodes, place, start, period, copies)
        if loop is not None:
            yield loop


def _loop(nodes: Sequence[fx.Node], place: Mapping[fx.Node, int], start: int, period: int, copies: int) -> _Loop | None:
    """The loop of these copies, if each takes what its own step, the step before or the time before the loop computes."""
    end = start + copies * period
    initial: dict[int, fx.Node] = {}
    for j in range(period):
        column = [nodes[start + k * period + j] for k in range(copies)]
        slices = [slice_of(n) for n in column]
        if slices[0] is not None and not _in_step(cast("list[Slice]", slices)):
            return None
        rows = list(zip(*(operands(n) for n in column), strict=True))
        for row in rows:
            places = [place.get(o, -1) for o in row]
            if not start <= places[-1] < end:
                if len(set(row)) > 1 and not _in_row(row, places):
                    return None
                continue
            back = {start + k * period + (places[-1] - start) % period - p for k, p in enumerate(places) if k}
            if back == {0} and places[0] == start + (places[-1] - start) % period:
                continue
            if back != {period}:
                return None
            source = (places[-1] - start) % period
            if initial.setdefault(source, row[0]) is not row[0]:
                return None
    whole = all(_constant(n) for n in initial.values())
    if not whole and copies < 2:
        return None
    return _Loop(start, period, copies, whole, initial)


def _before_first(nodes: Sequence[fx.Node], place: Mapping[fx.Node, int], loop: _Loop) -> Mapping[int, fx.Node]:
    """What a loop takes as values before its first step, which isn't one of its copies: where this takes constants instead."""
    last, found, seen = loop.end - loop.period, dict[int, fx.Node](), set[tuple[fx.Node, fx.Node]]()
    waiting = [(nodes[last + j], node) for j, node in loop.initial.items()]
    while waiting:
        pair = waiting.pop()
        if pair in seen or _form(pair[0]) != _form(pair[1]):
            continue
        seen.add(pair)
        for taken, first in zip(*map(operands, pair), strict=True):
            if place.get(taken, -1) >= last:
                waiting.append((taken, first))
            elif last - loop.period <= place.get(taken, -1) < last and _constant(first):
                found[place[taken] - last + loop.period] = first
    return found


def _in_step(slices: Sequence[Slice]) -> bool:
    """Whether slices move on by one at each step, or stay."""
    moves = {b.index - a.index for a, b in pairwise(slices)}
    return moves <= {1} or moves <= {0}


def _in_row(row: Sequence[fx.Node], places: Sequence[int]) -> bool:
    """Whether nodes from before a loop are one for each step: of one form, and equally far apart."""
    return len({_form(n) for n in row}) == 1 and len({b - a for a, b in pairwise(places)}) == 1


def _constant(node: fx.Node) -> bool:
    return makes_constant(node) or node.op == "get_attr"
