"""`search`, `retrain` and `dgs`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl import ast, spec
from spikegraph.dsl.declarations import ast_start
from spikegraph.dsl.defaults import respan
from spikegraph.dsl.dgs_places import ALL_STEMS, auto_place, place_text
from spikegraph.dsl.diagnostics import Label
from spikegraph.dsl.evaluate import evaluate
from spikegraph.dsl.layout import flat
from spikegraph.dsl.name_fixes import name_span, rename
from spikegraph.dsl.node_descriptions import describe
from spikegraph.dsl.param_values import TAKES, ParamKind, fits, param_value
from spikegraph.dsl.readers.block import BlockReading, read_block
from spikegraph.dsl.readers.objectives import may_have_front
from spikegraph.dsl.readers.params import names_neuron
from spikegraph.dsl.readers.searched_values import may_search, searched_values
from spikegraph.dsl.readers.without_effect import warn_of_no_effect
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.loss_sums import values_of
from spikegraph.dsl.schema.losses import OF, TO
from spikegraph.dsl.schema.methods import METHODS
from spikegraph.dsl.schema.names import Declared
from spikegraph.dsl.schema.record import keys
from spikegraph.dsl.schema.run import AUTO, AUTO_COUNT
from spikegraph.dsl.schema.scalars import Flag
from spikegraph.dsl.schema.schedules import duration
from spikegraph.dsl.source import Span

TRAINING = ("epochs", "batch", "weights", "loss")
"""The keys that say how a network is trained, and have no default."""

R = TypeVar("R")
Networks = Mapping[str, spec.Network]
_Places = tuple[tuple[str, ...], tuple[ast.Expr, ...]]
"""The places of a `dgs` by name, and as expressions with every default."""


def read_search(node: ast.Run, networks: Networks, scope: Scope, retrain: ast.Run | None) -> tuple[spec.Search, ast.Run] | None:
    """The search, and its node with every default; None if it is wrong. Without a supernet it trains as `retrain` does."""
    given = node
    node, choices = searched_values(given, scope)
    if choices is None:
        return None
    block, sound = _read(spec.Search, node, networks, scope, _from_retrain(node, retrain), choices=choices)
    if block is None:
        return None
    search = block.record
    sound &= may_search(search, node, retrain, scope) and _others_fit(given, networks.get(node.network.id), scope)
    sound &= may_have_front(search, block.exprs["objective"], retrain, scope)
    if search.warm_up >= search.epochs:
        scope.diagnostics.error(
            "SG0208",
            block.exprs["warm_up"].span,
            f"a warm-up of {search.warm_up} epochs leaves none for the architecture",
            labels=[Label(block.exprs["epochs"].span, "all epochs")],
            help="`warm_up` must be less than `epochs`",
        )
        sound = False
    return (search, replace(given, body=block.body)) if sound else None


def read_retrain(node: ast.Run, networks: Networks, scope: Scope) -> tuple[spec.Retrain, ast.Run] | None:
    """The retraining, and its node with every default; None if it is wrong."""
    broken = [name for kind, name in scope.broken if kind == "neuron"]
    neurons = list(dict.fromkeys([*scope.names.get("neuron", {}), *broken]))
    network = networks.get(node.network.id)
    stems = network.neuron if network is not None and network.neuron else neurons[0] if len(neurons) == 1 else None
    defaults = {} if stems is None else {"stems": ast.Name(stems, _word(node))}
    if stems is None and (broken or scope.incomplete or network is None):
        scope.lost |= "stems" not in _entries(node)  # the network's neuron is unknown
        defaults = {"stems": ast.Name("relu", _word(node))}
    known = _entries(node).keys() <= {key.name for key in keys(spec.Retrain)}  # a misspelt key is probably this one
    none = stems is None and not defaults and not neurons and known and "stems" not in _entries(node)
    if none:
        summary = "`stems` is missing: the spec has no neuron that stems could have by default"
        scope.diagnostics.error("SG0206", _word(node), summary, help="write `stems = relu`, or declare a neuron")
        defaults = {"stems": ast.Name("relu", _word(node))}
    dgs = [_dgs(statement, scope) for statement in node.body if isinstance(statement, ast.Dgs)]
    found = [one for one in dgs if one is not None]
    fields = {"dgs": tuple(record for record, _ in found), "stems_stated": "stems" in _entries(node)}
    block, sound = _read(spec.Retrain, node, networks, scope, defaults, **fields)
    sound &= _once(found, scope)
    if block is None or none or not sound or len(found) < len(dgs):
        return None
    entries = [statement for statement in block.body if isinstance(statement, ast.Entry)]
    written = [node_ for _, node_ in found]
    return block.record, replace(node, body=(*_apart(entries, written), *written))


def _apart(entries: list[ast.Entry], dgs: list[ast.Dgs]) -> list[ast.Entry]:
    """The entries, as if a blank line stood before the first `dgs`: so the text is the same, however it is laid out here."""
    above = min([entry.span.line for entry in entries] + [each.span.line - 2 for each in dgs])
    return [replace(entry, span=replace(entry.span, line=above, end_line=above)) for entry in entries]


def _from_retrain(node: ast.Run, retrain: ast.Run | None) -> dict[str, ast.Expr]:
    """The defaults of what only a supernet needs, where the search trains none."""
    method = _entries(node).get("method")
    function = method.function if isinstance(method, ast.Call) else method
    signature = METHODS.get(function.id) if isinstance(function, ast.Name) else None
    if retrain is None or signature is None or signature.supernet:
        return {}
    return {name: respan(expr, _word(node)) for name, expr in _entries(retrain).items() if name in TRAINING}


def _entries(node: ast.Run) -> dict[str, ast.Expr]:
    """The values that a run's block gives, by key."""
    entries = (statement for statement in node.body if isinstance(statement, ast.Entry))
    return {entry.key.id: entry.value for entry in entries if isinstance(entry.key, ast.Name)}


def _read(
    record: type[R],
    node: ast.Run,
    networks: Networks,
    scope: Scope,
    defaults: Mapping[str, ast.Expr] | None = None,
    **rest: object,
) -> tuple[BlockReading[R] | None, bool]:
    """The block of a run, None if it is wrong, and whether the names around it are sound."""
    sound = Declared("network").declared(node.network, scope)
    sound &= Declared("dataset").declared(node.dataset, scope)
    network = networks.get(node.network.id)
    bindings = _bindings(node, network, scope)
    rest |= {"network": node.network.id, "bindings": bindings, "dataset": node.dataset.id, "span": node.span}
    block = read_block(record, node.body, node.kind, _word(node), scope, defaults, **rest)
    sound &= block is None or _consistent(block, node, scope)
    for entry in node.body:
        if isinstance(entry, ast.Entry) and isinstance(entry.key, ast.Name) and entry.key.id == "loss" and network is not None:
            sound &= _outputs_known(entry.value, network, scope)
    return block, sound and bindings is not None


def _consistent(block: BlockReading[R], node: ast.Run, scope: Scope) -> bool:
    """Whether the keys of a run fit each other."""
    run, sound = block.record, True
    assert isinstance(run, spec.Run)
    if run.patience is not None and run.validate is None:
        help = "write `validate = 0.1`, or `validate = data` if the data set has its own part"
        scope.diagnostics.error("SG0206", block.exprs["patience"].span, "`patience` needs `validate`", help=help)
        sound = False
    lasting = sum(duration(call) or 0 for call in run.schedule[:-1])
    if lasting >= run.epochs:
        summary = f"the schedules before the last one take {lasting} of {run.epochs} epochs"
        help = "shorten them, or raise `epochs`"
        labels = [Label(block.exprs["epochs"].span, "all epochs")]
        scope.diagnostics.error("SG0208", block.exprs["schedule"].span, summary, help=help, labels=labels)
        return False
    warn_of_no_effect(run, block.exprs, node, scope)
    return sound


def _word(node: ast.Run | ast.Dgs) -> Span:
    """The word that a run or a `dgs` begins with."""
    return ast_start(node, len(node.kind if isinstance(node, ast.Run) else "dgs"))


def _outputs_known(loss: ast.Expr, network: spec.Network, scope: Scope) -> bool:
    """Whether the network has every value that a loss names."""
    wires = [wire.name for wire in network.wires]
    sound = True
    for parameter, words, names in (
        (OF, "output or wire", wires),
        (TO, "input, output or wire", [*(i.name for i in network.inputs), *wires]),
    ):
        for name, span in values_of(loss, parameter):
            if name not in names:
                scope.diagnostics.error(
                    "SG0202",
                    span,
                    f"the network has no {words} `{name}`",
                    help=did_you_mean(name, names) or f"it has {listed(names, last='and')}",
                    fixes=rename(span, name, names),
                )
                sound = False
    return sound


def _bindings(node: ast.Run, network: spec.Network | None, scope: Scope) -> dict[str, ast.Expr] | None:
    found: dict[str, ast.Argument] = {}
    sound = True
    for argument in node.bindings:
        name = argument.name
        if name is None:
            scope.diagnostics.error(
                "SG0216", argument.span, "params must be bound by name", help=f"such as `{node.network.id}(C = 12)`"
            )
        elif name in found:
            scope.diagnostics.error(
                "SG0216", argument.span, f"`{name}` is given twice", labels=[Label(found[name].span, "first here")]
            )
        elif network is not None and name not in network.params:
            scope.diagnostics.error(
                "SG0226",
                argument.span,
                f"network `{network.name}` has no param `{name}`",
                help=did_you_mean(name, network.params)
                or (f"its params are {listed(network.params, last='and')}" if network.params else "it has no params"),
                fixes=rename(name_span(argument), name, network.params),
            )
        elif network is not None and name in network.neurons:
            if names_neuron(argument.value, scope, {}, ()):
                found[name] = argument
                continue
            Declared("neuron").read(argument.value, scope)
        elif network is None and names_neuron(argument.value, scope, {}, ()):
            found[name] = argument  # the network has errors, so its params aren't known
            continue
        elif binds(argument.value, None if network is None else network.kinds[name], scope):
            found[name] = argument
            continue
        sound = False
    return {name: argument.value for name, argument in found.items()} if sound else None


def _others_fit(node: ast.Run, network: spec.Network | None, scope: Scope) -> bool:
    """Whether the params take each of the values among which the search decides; `_bindings` has looked at the first."""
    sound = True
    for argument in node.bindings:
        value, kind = argument.value, None if network is None else network.kinds.get(argument.name or "")
        if kind is not None and isinstance(value, ast.Call) and value.function.id == "any":
            for other in value.arguments[1:]:
                neuron = kind == "neuron" and Declared("neuron").read(other.value, scope) is not None
                sound &= neuron or (kind != "neuron" and binds(other.value, kind, scope))
    return sound


def binds(value: ast.Expr, kind: ParamKind | None, scope: Scope) -> bool:
    """Whether a param of a kind can be bound to a value, which is no neuron; adds an error if not. None is an unknown kind."""
    if kind == "number":
        return evaluate(value, {}, scope.diagnostics) is not None
    if kind == "truth":
        return Flag().read(value, scope) is not None
    found = param_value(value, {}, scope.diagnostics)
    if found is None or kind is None or fits(found, kind):
        return found is not None
    scope.diagnostics.error("SG0207", value.span, f"expected {TAKES[kind]}, found {describe(value)}")
    return False


def _dgs(node: ast.Dgs, scope: Scope) -> tuple[spec.Dgs, ast.Dgs] | None:
    found = _auto(node.places, scope) if any(map(is_auto, node.places)) else _named(node.places, scope)
    places, written = found or ((), node.places)
    block = read_block(spec.Dgs, node.body, "dgs", _word(node), scope, places=places, span=node.span)
    return (block.record, replace(node, places=written, body=block.body)) if found and block is not None else None


def _named(given: tuple[ast.Expr, ...], scope: Scope) -> _Places | None:
    places: list[str] = []
    for place in given:
        path = place_text(place)
        if path is None:
            help = "such as `features.stem0`, `cells[5].n0`, `all stems` or `auto(3, by = gradient)`"
            scope.diagnostics.error("SG0225", place.span, "expected a place", help=help)
        elif " " in path and path != ALL_STEMS:
            scope.diagnostics.error("SG0225", place.span, f"unknown place `{path}`", help=f"did you mean `{ALL_STEMS}`?")
        elif path in places:
            scope.diagnostics.error("SG0225", place.span, f"`{path}` is named twice")
        else:
            places.append(path)
    return (tuple(places), given) if len(places) == len(given) else None


def _auto(given: tuple[ast.Expr, ...], scope: Scope) -> _Places | None:
    auto = next(filter(is_auto, given))
    if len(given) > 1:
        summary = f"`{flat(auto)}` chooses all places of its `dgs`, so it can't have others"
        scope.diagnostics.error("SG0225", auto.span, summary, help="write a second `dgs` for the other places")
        return None
    reading = AUTO.read(auto, scope)
    if reading is None:
        return None
    return (auto_place(AUTO_COUNT.of(reading.value.named)),), (reading.expr,)


def is_auto(place: ast.Expr) -> bool:
    """True for `auto(...)`."""
    return isinstance(place, ast.Call) and place.function.id == "auto"


def _once(blocks: list[tuple[spec.Dgs, ast.Dgs]], scope: Scope) -> bool:
    """Whether at most one `dgs` chooses its places."""
    first, *others = [place for _, written in blocks for place in written.places if is_auto(place)] or [None]
    for other in others:
        assert first is not None and other is not None
        labels = [Label(first.span, "first here")]
        summary = "only one `dgs` of a retraining can be at `auto`"
        scope.diagnostics.error("SG0225", other.span, summary, help="raise the number of the first one", labels=labels)
    return not others
