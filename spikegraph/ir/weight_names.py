"""The tensors of a network by their names, and patterns of these names."""

from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase

from spikegraph.ir.graph import Graph, Node

Shape = tuple[int, ...]


def tensors_of(graph: Collection[Node]) -> dict[str, Shape]:
    """The shapes of the weights and running statistics by the names that they have in a file of weights."""
    found: dict[str, Shape] = {}
    for node in graph:
        for leaf, tensors in node.leaves.items():
            found |= {f"{leaf}.{name}": shape for name, shape in tensors.items()}
        found |= statistics_of(node)
    return found


def statistics_of(node: Node) -> dict[str, Shape]:
    """The shapes of a node's running statistics by these names."""
    found = node.op.statistics(node.weights, *node.operand_values)
    return {f"{leaf}.{name}": shape for leaf, tensors in found.items() for name, shape in tensors.items()}


def weights_of(graph: Collection[Node]) -> list[str]:
    """The names of the weights alone, which training moves along their gradients."""
    statistics = {name for node in graph for name in statistics_of(node)}
    return [name for name in tensors_of(graph) if name not in statistics]


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
    """The norms of a graph, by the names of their weights, whose running statistics any of the patterns means."""
    return {name.rpartition(".")[0] for node in graph for name in chosen(patterns, statistics_of(node))}


def divided(graph: Graph, norms: set[str]) -> bool:
    """Whether an operation computes some of these norms together with others."""
    of = (set(node.op.statistics(node.weights, *node.operand_values)) for node in graph)
    return any(found & norms and found - norms for found in of)
