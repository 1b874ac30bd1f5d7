"""Checks that the places of `dgs` are in the network."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.dgs_places import ALL_STEMS, auto_count
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.shown import counted
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Dgs, Retrain, Run
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.local_subgraph import local_subgraph
from spikegraph.ir.loops import in_loops


def check_places(run: Run, graph: Graph, diagnostics: Diagnostics) -> None:
    """Adds an error for each place that is not a block, layer, cell or node of the network at stage `space`, or is unused.

    Places inside a node, and the number of neurons for `auto`, depend on the genotype; the pass `instrument-dgs` checks them.
    """
    if not isinstance(run, Retrain):
        return
    needed = graph.ancestors((*graph.outputs.values(), *graph.taps.values()))
    used, unused = [n for n in graph if n.name in needed], [n for n in graph if n.name not in needed]
    loops = in_loops(graph)
    for dgs in run.dgs:
        for place in (p for p in dgs.places if auto_count(p) is None):
            _check(place, dgs, run, used, unused, diagnostics)
            _check_loops(
                place, dgs, [n for n in used if n.name in loops and n.op.neuron_of() and local_subgraph(graph, n)], diagnostics
            )


def warn_of_silent_places(run: Retrain, graph: Graph, diagnostics: Diagnostics) -> None:
    """Adds a warning for each place that has too few neurons to search in a graph whose neurons are marked."""
    marked = Counter(place for place, _ in {(node.notes.get("dgs"), node.weights) for node in graph})
    for dgs in run.dgs:
        for place in (p for p in dgs.places if marked[p] < (auto_count(p) or 1)):
            summary = f"the genotype leaves `{place}` no spiking neuron with weights, so there is no surrogate to search"
            if marked[place]:
                summary = f"the genotype leaves `{place}` only {counted(marked[place], 'neuron')} to choose from"
            diagnostics.warning("SG0318", _head(dgs), summary, help="search at another place, or leave this one out")


def stems_of(nodes: Iterable[Node]) -> tuple[str, ...]:
    """The names of the weights of stems: the places of `all stems`."""
    return tuple(dict.fromkeys(n.weights for n in nodes if n.op.traits.stem))


def has_place(space: Graph, place: str) -> bool:
    """Whether a network has a place with some genotype; `space` is what its spec says."""
    names = list(dict.fromkeys((*(node.weights for node in space), *_places(space))))
    whole = {node.weights for node in space if node.op.composite} | _whole(space)
    return any(_leads(place, name, names, whole) for name in names)


def places_of(space: Graph) -> list[str]:
    """The layers, blocks, cells and nodes of a network that may have neurons."""
    return _places(space)


def _places(nodes: Iterable[Node]) -> list[str]:
    return list(dict.fromkeys(place for node in nodes for place in node.op.places(node.weights)))


def _whole(nodes: Iterable[Node]) -> set[str]:
    """The places in operations that the genotype, or a pass, is yet to take apart."""
    return set(_places(node for node in nodes if node.op.composite))


def _check(place: str, dgs: Dgs, run: Run, used: Sequence[Node], unused: Sequence[Node], diagnostics: Diagnostics) -> None:
    head = _head(dgs)
    found, known, without = stems_of(used), _places(used), _places(unused)
    if place == ALL_STEMS and not found:
        diagnostics.error("SG0318", head, "`dgs at all stems` needs a stem, but the network has none")
    elif run.stems == "relu" and (place == ALL_STEMS or place in found):
        summary = f"`{place}` has no spiking neuron: the stems are `relu`"
        diagnostics.error("SG0318", head, summary, help="write `stems = NEURON` in `retrain`")
    elif place == ALL_STEMS or any(_leads(place, k, known, _whole(used)) for k in known):
        return
    elif any(_leads(place, k, without, _whole(unused)) for k in without):
        help = "use it in an output or a loss, or search at another place"
        diagnostics.error("SG0318", head, f"no output and no loss uses `{place}`, so it isn't trained", help=help)
    else:
        help = did_you_mean(place, known) or (f"its places are {listed(known)}" if known else None)
        diagnostics.error("SG0318", head, f"the network has no place `{place}`", help=help)


def _check_loops(place: str, dgs: Dgs, neurons: Sequence[Node], diagnostics: Diagnostics) -> None:
    """Adds an error if a place has one of the neurons of loops, in a branch that isn't chosen too."""
    found = next((n for n in neurons if n.weights == place or n.weights.startswith(f"{place}.")), None)
    if found is not None:
        summary = f"`{place}` names the neuron {found.name}, which is part of a loop"
        help = "a surrogate in a loop can't be searched: name a place before or behind it"
        diagnostics.error("SG0318", _head(dgs), summary, help=help)


def _head(dgs: Dgs) -> Span:
    return replace(dgs.span, end_line=dgs.span.line, end_column=dgs.span.column + len("dgs"))


def _leads(place: str, name: str, known: list[str], whole: set[str]) -> bool:
    """True if a place is `name`, a block that contains it, or a part of one of those `whole`, whose parts aren't known yet."""
    if place == name or name.startswith(f"{place}."):
        return True
    return name in whole and place.startswith(f"{name}.") and not any(k.startswith(f"{name}.") for k in known)
