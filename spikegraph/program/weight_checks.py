"""Checks that what `take`, `freeze` and `rates` of a retraining name are weights of its network."""

from collections.abc import Iterable, Sequence

from spikegraph.base.errors import PassError
from spikegraph.base.nearest import listed, nearest
from spikegraph.dsl.dgs_places import auto_count
from spikegraph.dsl.diagnostics import Diagnostics, Label
from spikegraph.dsl.schema.weight_names import WeightPattern
from spikegraph.dsl.spec import Retrain
from spikegraph.ir.graph import Graph, GraphError
from spikegraph.ir.local_subgraph import local_subgraph
from spikegraph.ir.weight_names import chosen, matches, parts, parts_of, tensors_of, weights_of
from spikegraph.program.possible_weights import taken_apart

CODE = "SG0332"


def check_parts(run: Retrain, space: Graph, diagnostics: Diagnostics, *, searched: bool) -> None:
    """Adds an error for each pattern that names no weight of the network, whatever its genotype: `space` has cells as one node.

    Before a search, also if it may choose a network whose weights are all frozen.
    """
    _check_names(run, space, diagnostics)
    if searched and run.freeze and not _left_to_train(run, space):
        summary = "`freeze` has all weights of a network that the search may choose, so nothing of it would be trained"
        help = "leave out a part that is in each of these networks"
        diagnostics.error(CODE, run.freeze[0].span, summary, help=help)


def _check_names(run: Retrain, space: Graph, diagnostics: Diagnostics) -> None:
    if not (patterns := _patterns(run)):
        return
    try:
        nodes = tuple(taken_apart(space, run.stems))
    except (GraphError, PassError):  # the passes of the phases report it
        return
    weights, tensors = weights_of(nodes), tensors_of(nodes)
    for key, pattern in patterns:
        names = weights if key == "rates" else tensors
        if not chosen((pattern.text,), names):
            summary = f"`{key}`: the network has no weights `{pattern.text}`"
            diagnostics.error(CODE, pattern.span, summary, help=_instead(pattern, names))


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
        searched: The genotype is one of many, of which each has other weights in its cells: what only others have is a
            warning, since `check_parts` has judged all of them.
    """
    tensors = tensors_of(graph)
    weights = weights_of(graph)
    for key, pattern in _patterns(run):
        names = weights if key == "rates" else tensors
        if not chosen((pattern.text,), names):
            summary, tell = f"`{key}`: the network has no weights `{pattern.text}`", diagnostics.error
            if searched:
                summary, tell = f"{summary} with this genotype", diagnostics.warning
            tell(CODE, pattern.span, summary, help=_instead(pattern, names))
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


def _instead(pattern: WeightPattern, names: Iterable[str]) -> str:
    """The name that was meant, or those that there are beside the first part of a pattern that the network lacks."""
    known = dict.fromkeys(part for name in names for part in parts_of(name))
    around, _, wrong = next(part for part in parts_of(pattern.text) if part not in known).rpartition(".")
    beside = [last for parent, _, last in (part.rpartition(".") for part in known) if parent == around]
    if not beside:
        each = [part for part in known if part.endswith("]") and part.rpartition("[")[0] == around]
        return f"write one of {listed(each)}"
    if (near := beside[0] if len(beside) == 1 else nearest(wrong, beside)) is not None:
        return f"did you mean `{around}.{near}`?" if around else f"did you mean `{near}`?"
    if around:
        return f"`{around}` has weights in {listed(beside, last='and')}"
    return f"its parts with weights are {listed(parts(names), last='and')}"


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
