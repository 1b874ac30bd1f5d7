"""A file of NIR as a flat graph: without graphs inside of graphs, with its loops and the length of its time step."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import h5py
import networkx as nx
import nir
import numpy as np

from spikegraph.base import memory
from spikegraph.foreign.errors import ForeignError, first_line

DT = 1e-4
"""The time step in seconds of a graph that doesn't say it, as other readers take it too."""

LARGEST = 8 * 2**30
"""Most bytes of all arrays of a file."""

CLOSE = 1e-5
"""How far the time steps that nodes suggest may differ, relative to them; some simulators write float32."""

Neuron = nir.LIF | nir.IF | nir.CubaLIF | nir.Threshold


@dataclass(frozen=True)
class Read:
    """A graph of NIR.

    Attributes:
        path: Its file.
        nodes: The nodes by name; those of a graph inside have its name and a dot before theirs.
        sources: The nodes at the ends of the edges to each node, in the order of the file.
        order: All nodes, in an order in which they can be computed.
        late: The edges that bring the value of the time step before.
        inputs: The input nodes.
        outputs: The output nodes.
        metadata: Those of the file.
        dt: The length of a time step in seconds.
        dt_from: What in the file says it; None if nothing does, or if it was given.
    """

    path: Path
    nodes: dict[str, nir.NIRNode]
    sources: dict[str, list[str]]
    order: list[str]
    late: set[tuple[str, str]]
    inputs: list[str]
    outputs: list[str]
    metadata: dict[str, Any]
    dt: float
    dt_from: str | None


def read_graph(path: Path, dt: float | None = None) -> Read:
    """Reads a file of NIR.

    Args:
        path: The file.
        dt: The length of a time step in seconds; by default the one that the file or its neurons say.

    Raises:
        ForeignError: The file is damaged, or its loops or time steps can't be understood.
    """
    try:
        check_size(path)
        graph = nir.read(path)
    except ForeignError:
        raise
    except Exception as error:  # of any kind: the package raises what its parts raise
        help = "write it again with the program that it is from"
        raise ForeignError(f"isn't a graph of NIR that can be read ({first_line(error)})", help, path=path) from error
    nodes: dict[str, nir.NIRNode] = {}
    edges: list[tuple[str, str]] = []
    _flatten(graph, "", nodes, edges)
    sources: dict[str, list[str]] = {name: [a for a, b in edges if b == name] for name in nodes}
    inputs = [name for name, node in nodes.items() if isinstance(node, nir.Input) and not sources[name]]
    used = {a for a, _ in edges}
    outputs = [name for name, node in nodes.items() if isinstance(node, nir.Output) and name not in used]
    if not inputs or not outputs:
        raise ForeignError(f"has no {'output' if inputs else 'input'}", "add an input and an output to the graph", path=path)
    for name in nodes:
        if not sources[name] and name not in inputs:
            raise ForeignError(f"node `{name}`: no edge leads to it", "remove it, or add the edge", path=path)
    late = _late(path, nodes, edges)
    ahead = nx.DiGraph([edge for edge in edges if edge not in late])
    order = list(nx.lexicographical_topological_sort(ahead, key=list(nodes).index))
    said, said_by = (dt, None) if dt is not None else _time_step(path, graph.metadata, nodes)
    return Read(path, nodes, sources, order, late, inputs, outputs, graph.metadata, said or DT, said_by)


def check_size(path: Path) -> None:
    """Checks what a file says of itself before it is read: compressed zeros take no space.

    Raises:
        ForeignError: Its arrays are larger than any network.
    """
    sizes = list[int]()

    def add(_: str, found: object) -> None:
        if isinstance(found, h5py.Dataset):
            sizes.append(prod(found.shape) * int(found.dtype.itemsize))

    with h5py.File(path, "r") as file:
        file.visititems(add)
    if sum(sizes) > LARGEST:
        summary = f"has arrays of {sum(sizes) / 2**30:,.0f} GiB; the largest file that is read has {LARGEST / 2**30:.0f} GiB"
        raise ForeignError(summary, "write it again with smaller arrays", path=path)
    if sum(sizes) > (most := memory.allowed()):
        summary = f"has arrays of {memory.shown(sum(sizes))}; half of the free memory is {memory.shown(most)}"
        raise ForeignError(summary, f"set {memory.VARIABLE}, such as to 16G, if it is to take so much", path=path)


def _flatten(graph: nir.NIRGraph, prefix: str, nodes: dict[str, nir.NIRNode], edges: list[tuple[str, str]]) -> None:
    """Adds the nodes and edges of a graph; graphs inside become their nodes, from their input to their output."""
    ends: dict[str, tuple[str, str]] = {}
    for name, node in graph.nodes.items():
        own = prefix + name
        if isinstance(node, nir.NIRGraph):
            _flatten(node, f"{own}.", nodes, edges)
            first = [n for n, inner in node.nodes.items() if isinstance(inner, nir.Input)]
            last = [n for n, inner in node.nodes.items() if isinstance(inner, nir.Output)]
            ends[own] = (f"{own}.{first[0]}", f"{own}.{last[0]}") if first and last else (own, own)
        else:
            nodes[own], ends[own] = node, (own, own)
    edges += [(ends[prefix + a][1], ends[prefix + b][0]) for a, b in graph.edges]


def _late(path: Path, nodes: dict[str, nir.NIRNode], edges: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """The edges of loops that bring the value of the step before: those from a loop's neurons.

    Raises:
        ForeignError: A loop has several layers of neurons, of which NIR doesn't say which one is late, or none.
    """
    whole = nx.DiGraph(list(edges))
    late = set[tuple[str, str]]()
    for loop in nx.strongly_connected_components(whole):
        if len(loop) == 1 and not whole.has_edge(*loop, *loop):
            continue
        firing = sorted(name for name in loop if isinstance(nodes[name], Neuron))
        if len(firing) != 1:
            names = " and ".join(f"`{name}`" for name in firing) or "no neurons"
            summary = f"node `{min(loop)}`: its loop has {names}, and NIR doesn't say which edge is a time step late"
            raise ForeignError(summary, "use loops with one layer of neurons each", path=path)
        late |= {(firing[0], b) for b in whole.successors(firing[0]) if b in loop}
    whole.remove_edges_from(late)  # a loop without neurons may be beside one with them
    left = [loop for loop in nx.strongly_connected_components(whole) if len(loop) > 1 or whole.has_edge(*loop, *loop)]
    if left:
        summary = f"node `{min(left[0])}`: its loop has no neurons, and NIR doesn't say which edge is a time step late"
        raise ForeignError(summary, "use loops with one layer of neurons each", path=path)
    return late


def _time_step(path: Path, metadata: dict[str, Any], nodes: dict[str, nir.NIRNode]) -> tuple[float | None, str | None]:
    """The time step that the file states, or with which its neurons take their input as it is; and what says so.

    A resistance of 1 says nothing where neurons have time constants: programs that have none write it. That of integrators
    alone says a step of 1 s, with which they add up their input. Neurons with a synapse say a step where both of their parts
    say the same.

    Raises:
        ForeignError: Two layers say different steps, or the file says something that is none.
    """
    if "dt" in metadata:
        said = metadata["dt"]
        try:
            step = float(said)
        except (TypeError, ValueError):
            step = math.nan
        if not 0 < step < math.inf:
            summary = f"its metadata say the time step `dt` {said!s:.40}, which isn't a number of seconds above 0"
            raise ForeignError(summary, "give the time step with --dt", path=path)
        return step, "the file"
    found: dict[str, float] = {}
    timed = any(isinstance(node, nir.LIF | nir.LI | nir.CubaLIF | nir.CubaLI) for node in nodes.values())
    for name, node in nodes.items():
        match node:
            case nir.CubaLIF() | nir.CubaLI() if not np.allclose(node.r, 1) and (node.w_in != 0).all():
                step, of_synapse = node.tau_mem / node.r, node.tau_syn / node.w_in
                if not np.allclose(of_synapse, step, rtol=CLOSE, atol=0):
                    continue
            case nir.IF() | nir.I() if not (timed and np.allclose(node.r, 1)):
                step = 1 / node.r
            case nir.LIF() | nir.LI() if not np.allclose(node.r, 1):
                step = node.tau / node.r
            case _:
                continue
        if step.flat[0] > 0 and np.allclose(step, step.flat[0], rtol=CLOSE, atol=0):
            found[name] = float(f"{float(step.flat[0]):.6g}")
    if not found:
        return None, None
    first, step = next(iter(found.items()))
    for name, other in found.items():
        if abs(other - step) > CLOSE * step:
            summary = f"node `{name}`: its input is that of a time step of {other:g} s, but that of `{first}` of {step:g} s"
            raise ForeignError(summary, "give the time step with --dt", path=path)
    return step, f"`{first}`"
