"""The pass `instrument-dgs` (Che et al., NeurIPS 2022, section 3.4)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from typing_extensions import override

from spikegraph.base.errors import PassError
from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.dgs_places import ALL_STEMS, auto_count
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.local_subgraph import local_subgraph
from spikegraph.ir.loops import in_loops
from spikegraph.ir.neuron import TEMPERATURE
from spikegraph.passes.base import Pass
from spikegraph.passes.properties import UNJOINED

BETWEEN = "+"
"""Separator of places on the command line, where a comma separates options."""


@dataclass(frozen=True)
class InstrumentDgs(Pass):
    """Marks the neurons whose surrogates are searched during training (section 3.4, Algorithm 1).

    `at` is a layer (`features.stem0`), a node of a cell (`cells[5].n0`), a whole cell, `all stems`, or several of these joined
    by `+`. The pass marks every neuron in these places that has weights between other neurons or inputs and itself. A node
    that mixes at the membrane has one such neuron; a node that mixes at the spike has one for each edge, each with its own
    temperature. A part of a cell whose genotype has only edges without weights has none, and nothing is marked. All uses of
    shared weights are marked. `auto(n)` marks all neurons that no other place names; the retraining
    keeps n of them. The pass runs after the passes that expand cells and layers.
    """

    name: ClassVar[str] = "instrument-dgs"
    requires = (UNJOINED,)
    at: str = ""
    stems: tuple[str, ...] = field(default=(), repr=False)
    """The names of the stems' weights: the places of `all stems`."""
    decided: tuple[str, ...] = field(default=(), repr=False)
    """Those of the places of a network with choices: what a genotype decided may leave them no neuron."""

    @property
    def places(self) -> tuple[str, ...]:
        """The places of `at`."""
        return tuple(p.strip() for p in self.at.split(BETWEEN) if p.strip())

    @override
    def apply(self, graph: Graph) -> Graph:
        if not self.places:
            raise PassError("`instrument-dgs` has no place", "such as `instrument-dgs{at=features.stem0}`", "SG0602")
        able = searchable(graph)
        marks: dict[str, str] = {}
        loops = in_loops(graph)
        named, auto = ([p for p in self.places if (auto_count(p) is not None) is a] for a in (False, True))
        for place in named:
            for name in self._at(place, graph, able.values()):
                if name in marks:
                    summary = f"`{place}` and `{marks[name]}` both name the neuron {name}"
                    raise PassError(summary, "a neuron's surrogate is searched once: leave one of them out", "SG0225")
                if name in loops:
                    summary = f"`{place}` names the neuron {name}, which is part of a loop"
                    raise PassError(
                        summary, "a surrogate in a loop can't be searched: name a place before or behind it", "SG0318"
                    )
                marks[name] = place
        for place in auto:
            taken = {graph.node(name).weights for name in (*marks, *loops)}
            marks |= dict.fromkeys(self._eligible(place, [n for n in able.values() if n.weights not in taken]), place)

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if node.notes.get("dgs") == marks.get(node.name):
                return out.keep(node, operands)
            notes = {k: v for k, v in node.notes.items() if k != "dgs"}
            notes |= {"dgs": marks[node.name]} if node.name in marks else {}
            return out.add(node.path, node.op, operands, node.span, notes)

        return graph.rewrite(rule)

    def _at(self, place: str, graph: Graph, able: Iterable[Node]) -> list[str]:
        """The neurons of a place; where a genotype decided, there may be none.

        Raises:
            PassError: There are none.
        """
        within = self.stems if place == ALL_STEMS else (place,)
        found = [n.name for n in able if any(inside(n.weights, w) for w in within)]
        if found:
            return found
        if place == ALL_STEMS and place not in self.decided:
            raise PassError(
                "`dgs at all stems` needs a spiking stem, but the network has none", self._stems_help(able), "SG0318"
            )
        there = [n for n in graph if inside(n.weights, place)]
        closed = next((n for n in there if n.op.composite), None)
        if closed is not None:
            summary = f"`{closed.op.name}` {closed.name} is not expanded, so its neurons can't be marked"
            raise PassError(summary, "put `instrument-dgs` after `expand-cells` and `expand-layers`")
        if place in self.decided or any(n.op.traits.sums_edges for n in there):
            return []
        learned = next((n for n in there if any(TEMPERATURE in numbers for numbers in n.leaves.values())), None)
        if learned is not None:
            summary = f"the surrogate of `{learned.weights}` is learned by its gradient, so it isn't searched"
            help = "write a number for its `b` in place of `learn(...)`, or search at another place"
            raise PassError(summary, help, "SG0318")
        if there:
            several = any(n.op.neuron_of() is not None and len(n.operands) > 1 for n in there)
            neuron = "neuron of one current" if several else "spiking neuron"
            summary = f"`{place}` has no {neuron} with weights, so there is no surrogate to search"
            raise PassError(summary, self._stems_help(able), "SG0318")
        known = outer(n.weights for n in able)
        help = did_you_mean(place, known) or f"its places are {listed(known)}"
        raise PassError(f"the network has no place `{place}`", help, "SG0318")

    def _eligible(self, place: str, nodes: list[Node]) -> list[str]:
        """The nodes from whose neurons an automatic place chooses.

        Raises:
            PassError: They have fewer neurons than it chooses.
        """
        neurons, wanted = len({n.weights for n in nodes}), auto_count(place) or 0
        if wanted > neurons and place not in self.decided:
            of = f"{wanted} neurons, but only {neurons} can be searched" if neurons else "neurons, but none can be searched"
            help = f"write at most `auto({neurons})`" if neurons else self._stems_help(nodes)
            raise PassError(f"`dgs at {place}` chooses {of}", help, "SG0318")
        return [n.name for n in nodes]

    def _stems_help(self, able: Iterable[Node]) -> str | None:
        """How stems get spiking neurons, if there are stems without them."""
        relu = bool(self.stems) and not any(inside(n.weights, stem) for n in able for stem in self.stems)
        return "write `stems = NEURON` in `retrain`: ReLU has no surrogate" if relu else None


def searchable(graph: Graph) -> dict[str, Node]:
    """The neurons whose surrogates can be searched, by name: those with weights between other neurons or inputs and them."""
    return {n.name: n for n in graph if n.op.neuron_of() is not None and local_subgraph(graph, n) is not None}


def inside(name: str, place: str) -> bool:
    """True if a node's name is a place or a part of it."""
    return name == place or name.startswith(f"{place}.")


def outer(names: Iterable[str]) -> list[str]:
    """The names and all their prefixes, shorter ones first."""
    found: dict[str, None] = {}
    for name in names:
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            found[".".join(parts[:count])] = None
    return list(found)
