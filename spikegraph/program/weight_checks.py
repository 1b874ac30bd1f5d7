"""Checks that what `take`, `freeze` and `rates` of a retraining name are weights of its network."""

from collections.abc import Iterable, Sequence

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.dgs_places import auto_count
from spikegraph.dsl.diagnostics import Diagnostics, Label
from spikegraph.dsl.schema.weight_names import WeightPattern
from spikegraph.dsl.spec import Retrain
from spikegraph.ir.graph import Graph
from spikegraph.ir.local_subgraph import local_subgraph
from spikegraph.ir.weight_names import chosen, matches, parts, parts_of, tensors_of, weights_of

CODE = "SG0332"


def check_parts(run: Retrain, space: Graph, diagnostics: Diagnostics, *, searched: bool) -> None:
    """Adds an error for each pattern that can name no weight, whatever the genotype: `space` has cells as one node each.

    Before a search, also if it may choose a network whose weights are all frozen.
    """
    known = [node.weights for node in space if node.op.composite or node.leaves]
    for key, pattern in _patterns(run):
        if not any(_may_mean(pattern.text, name) for name in known):
            _unknown(key, pattern, known, diagnostics)
    if searched and run.freeze and not _left_to_train(run, space):
        summary = "`freeze` has all weights of a network that the search may choose, so nothing of it would be trained"
        help = "leave out a part that is in each of these networks"
        diagnostics.error(CODE, run.freeze[0].span, summary, help=help)


def _left_to_train(run: Retrain, space: Graph) -> bool:
    """Whether something that isn't frozen has weights in each network of a space; of cells this isn't looked into."""
    frozen, weights = texts(run.freeze), set(weights_of(space))
    trains: dict[str, bool] = {}
    known: dict[str, bool] | None = None
    while trains != known:  # again for what loops carry
        known = dict(trains)
        for node in space:
            before = [trains.get(name, False) for name in space.sources(node.name)]
            if node.op.searched() is not None and node.op.cell_spec() is None:  # a choice on a wire takes one of its operands
                trains[node.name] = all(before)
                continue
            own = [f"{leaf}.{name}" for leaf, tensors in node.leaves.items() for name in tensors]
            names = [node.weights] if node.op.composite else [name for name in own if name in weights]
            trains[node.name] = len(chosen(frozen, names)) < len(names) or any(before)
    return any(trains[end] for end in (*space.outputs.values(), *space.taps.values()))


def check_patterns(run: Retrain, graph: Graph, diagnostics: Diagnostics, *, searched: bool) -> None:
    """Adds an error for each pattern that names no weight of the retrained network, and for what can't be frozen.

    Args:
        run: The retraining.
        graph: Its lowered graph, before the passes that make it faster.
        diagnostics: Gets the errors.
        searched: The genotype is one of many, of which each has other weights in its cells; `check_parts` has judged them.
    """
    tensors = tensors_of(graph)
    weights = weights_of(graph)
    for key, pattern in () if searched else _patterns(run):
        names = weights if key == "rates" else tensors
        if not chosen((pattern.text,), names):
            _unknown(key, pattern, names, diagnostics)
    frozen = set(chosen(texts(run.freeze), tensors))
    if weights and frozen.issuperset(weights):
        help = "leave out the part that is to be trained, such as " + f"`{parts(weights)[-1]}`"
        diagnostics.error(CODE, run.freeze[0].span, "`freeze` has all weights, so nothing would be trained", help=help)
    elif frozen:
        _check_dgs(run, graph, frozen, diagnostics)


def texts(patterns: Iterable[WeightPattern] | None) -> tuple[str, ...]:
    """Patterns as text; none for None."""
    return tuple(pattern.text for pattern in patterns or ())


def _patterns(run: Retrain) -> list[tuple[str, WeightPattern]]:
    patterns = {"take": run.take or (), "freeze": run.freeze, "rates": [rate.weights for rate in run.rates]}
    return [(key, pattern) for key, of in patterns.items() for pattern in of]


def _may_mean(pattern: str, name: str) -> bool:
    """Whether a pattern may mean something of a node, or inside of it."""
    if matches(pattern, name):
        return True
    head = pattern
    for special in "*?":
        head = head.partition(special)[0]
    if head == pattern:
        return pattern.startswith(f"{name}.")
    head = head.partition("[")[0]
    return name.startswith(head) or head.startswith(f"{name}.")


def _unknown(key: str, pattern: WeightPattern, names: Iterable[str], diagnostics: Diagnostics) -> None:
    known = list(dict.fromkeys(part for name in names for part in parts_of(name)))
    help = did_you_mean(pattern.text, known) or f"its parts with weights are {listed(parts(names), last='and')}"
    diagnostics.error(CODE, pattern.span, f"`{key}`: the network has no weights `{pattern.text}`", help=help)


def _check_dgs(run: Retrain, graph: Graph, frozen: set[str], diagnostics: Diagnostics) -> None:
    """Adds an error for each place of `dgs` that compares gradients of frozen weights; an automatic one passes over them."""
    for dgs in run.dgs:
        for place in (place for place in dgs.places if auto_count(place) is None):
            held = _weights_at(graph, place, frozen)
            if held:
                summary = f"`dgs at {place}` compares gradients of weights that `freeze` holds, such as `{held[0]}`"
                labels = [Label(pattern.span, "frozen here") for pattern in run.freeze if matches(pattern.text, held[0])]
                help = "search at another place, or don't freeze these weights"
                diagnostics.error(CODE, dgs.span, summary, help=help, labels=labels)


def _weights_at(graph: Graph, place: str, frozen: set[str]) -> Sequence[str]:
    """The frozen tensors in front of the neurons that are marked with a place."""
    uses = (local_subgraph(graph, node) for node in graph if node.notes.get("dgs") == place)
    nodes = [graph.node(name) for use in uses if use is not None for name in use.local]
    found = (f"{leaf}.{name}" for node in nodes for leaf, tensors in node.leaves.items() for name in tensors)
    return [name for name in dict.fromkeys(found) if name in frozen]
