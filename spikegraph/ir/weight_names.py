"""The tensors of a network by their names, and patterns of these names."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from spikegraph.ir.graph import Graph

Shape = tuple[int, ...]

STATISTICS = ("running_mean", "running_var")
"""The running statistics of a batch norm, beside its weights."""


def tensors_of(graph: Graph) -> dict[str, Shape]:
    """The shapes of the weights and running statistics by the names that they have in a file of weights."""
    found: dict[str, Shape] = {}
    for node in graph:
        norms = node.op.normalised(node.weights, *node.operand_values)
        for leaf, tensors in node.leaves.items():
            found |= {f"{leaf}.{name}": shape for name, shape in tensors.items()}
        for leaf in norms:
            shape = node.leaves.get(leaf, {}).get("weight", (node.value.channels,))
            found |= {f"{leaf}.{name}": shape for name in STATISTICS}
    return found


def is_statistic(name: str) -> bool:
    """Whether a tensor is a running statistic."""
    return name.rpartition(".")[2] in STATISTICS


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern means a tensor: its name, or that of a part of the network that has it.

    >>> matches("stem", "stem.conv.weight"), matches("stage*", "stage0.norm.bias"), matches("cells", "cells[1].n0.weight")
    (True, True, True)

    A pattern is one of a shell: `*`, `?` and `[ab]`. The brackets of a name are also themselves: `cells[0]` means that cell.
    """
    forms = (pattern, pattern.replace("[", "[[]"))
    return any(fnmatchcase(part, form) for part in parts_of(name) for form in forms)


def chosen(patterns: Iterable[str], names: Iterable[str]) -> list[str]:
    """The names that any of the patterns means, in order."""
    patterns = tuple(patterns)
    return [name for name in names if any(matches(pattern, name) for pattern in patterns)]


def last_of(values: Iterable[tuple[str, float]], names: Iterable[str], usual: float) -> dict[str, float]:
    """The value of each name: that of the last pattern that means it, else the usual one.

    >>> last_of([("stage*", 0.5), ("stage1", 0.1)], ["stem.weight", "stage0.weight", "stage1.weight"], 1)
    {'stem.weight': 1, 'stage0.weight': 0.5, 'stage1.weight': 0.1}
    """
    turned = tuple(values)[::-1]
    return {name: next((value for pattern, value in turned if matches(pattern, name)), usual) for name in names}


def parts_of(name: str) -> Iterator[str]:
    """A name and those of the parts around it, from the outside in: `cells`, `cells[1]`, `cells[1].n0`, ..."""
    steps, before = name.split("."), ""
    for step in steps:
        if step.endswith("]"):
            yield before + step.partition("[")[0]
        yield before + step
        before += f"{step}."


def parts(names: Iterable[str]) -> list[str]:
    """The outermost parts that have these tensors: `stem`, `cells[0]`, `cells[1]`, `logits`."""
    return list(dict.fromkeys(name.partition(".")[0] for name in names))


def held(patterns: Iterable[str], graph: Graph) -> set[str]:
    """The norms of a graph, by the names of their weights, whose statistics any of the patterns means."""
    patterns = tuple(patterns)
    norms = {leaf for node in graph for leaf in node.op.normalised(node.weights, *node.operand_values)}
    return {leaf for leaf in norms if chosen(patterns, (f"{leaf}.{name}" for name in STATISTICS))}


def divided(graph: Graph, norms: set[str]) -> bool:
    """Whether an operation computes some of these norms together with others."""
    of = (set(node.op.normalised(node.weights, *node.operand_values)) for node in graph)
    return any(found & norms and found - norms for found in of)
