"""`search`, `retrain` and `dgs`."""

from collections.abc import Mapping
from dataclasses import replace

from spikegraph.dsl import ast, spec
from spikegraph.dsl.build.loss import read_loss
from spikegraph.dsl.build.values import count
from spikegraph.dsl.diagnostics import Label
from spikegraph.dsl.entries import read_entries
from spikegraph.dsl.evaluate import evaluate
from spikegraph.dsl.nearest import did_you_mean, listed
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.names import Declared
from spikegraph.dsl.schema.run import DGS, RUNS

ALL_STEMS = "all stems"


def build_run(node: ast.Run, spec_networks: Mapping[str, spec.Network], scope: Scope) -> tuple[spec.Run, ast.Run] | None:
    """The run, and its node with every default; None when it is wrong."""
    sound = Declared("network").declared(node.network, scope)
    sound &= Declared("dataset").declared(node.dataset, scope)
    network = spec_networks.get(node.network.id)
    bindings = _bindings(node, network, scope)
    head = replace(node.span, end_line=node.span.line, end_column=node.span.column + len(node.kind))
    neurons = list(scope.names.get("neuron", {}))
    only = node.kind == "retrain" and len(neurons) == 1
    defaults: dict[str, ast.Expr] = {"stems": ast.Name(neurons[0], head)} if only else {}
    entries = read_entries(_without_dgs(node), RUNS[node.kind], node.kind, head, scope, defaults=defaults)
    dgs: list[spec.Dgs] = []
    dgs_nodes: list[ast.Statement] = []
    for statement in node.body:
        if isinstance(statement, ast.Dgs):
            if node.kind != "retrain":
                scope.diagnostics.error(
                    "SG0215", statement.span, f"a `dgs` does not belong in a `{node.kind}`", help="it belongs in `retrain`"
                )
                sound = False
                continue
            built = _dgs(statement, scope)
            sound &= built is not None
            if built is not None:
                dgs.append(built[0])
                dgs_nodes.append(built[1])
    loss = None
    if entries is not None:
        wires = None if network is None else [wire.name for wire in network.wires]
        loss = read_loss(entries.exprs["loss"], wires, scope)
        sound &= _warm_up(node, entries.values, entries.exprs, scope)
    if not sound or entries is None or loss is None or bindings is None:
        return None
    options = {name: value for name, value in entries.values.items() if name != "loss"}
    run = spec.Run(node.kind, node.network.id, bindings, node.dataset.id, options, loss.terms, tuple(dgs), node.span)
    body = [
        replace(s, value=loss.expr) if isinstance(s, ast.Entry) and isinstance(s.key, ast.Name) and s.key.id == "loss" else s
        for s in entries.body
    ]
    return run, replace(node, body=(*body, *dgs_nodes))


def _without_dgs(node: ast.Run) -> tuple[ast.Statement, ...]:
    return tuple(statement for statement in node.body if not isinstance(statement, ast.Dgs))


def _bindings(node: ast.Run, network: spec.Network | None, scope: Scope) -> dict[str, ast.Expr] | None:
    found: dict[str, ast.Argument] = {}
    sound = True
    for argument in node.bindings:
        name = argument.name
        if name is None:
            scope.diagnostics.error(
                "SG0216", argument.span, "a param is bound by name", help=f"such as `{node.network.id}(C = 12)`"
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
                or (f"its params are {listed(network.params)}" if network.params else "it has no params"),
            )
        elif evaluate(argument.value, {}, scope.diagnostics) is not None:
            found[name] = argument
            continue
        sound = False
    return {name: argument.value for name, argument in found.items()} if sound else None


def _warm_up(node: ast.Run, values: Mapping[str, spec.Value], exprs: Mapping[str, ast.Expr], scope: Scope) -> bool:
    if node.kind != "search" or count(values["warm_up"]) < count(values["epochs"]):
        return True
    scope.diagnostics.error(
        "SG0208",
        exprs["warm_up"].span,
        f"a warm-up of {values['warm_up']} epochs leaves none for the architecture",
        labels=[Label(exprs["epochs"].span, "all epochs")],
        help="`warm_up` is less than `epochs`",
    )
    return False


def _dgs(node: ast.Dgs, scope: Scope) -> tuple[spec.Dgs, ast.Dgs] | None:
    head = replace(node.span, end_line=node.span.line, end_column=node.span.column + len("dgs"))
    entries = read_entries(node.body, DGS, "dgs", head, scope)
    places: list[str] = []
    sound = entries is not None
    for place in node.places:
        path = place_text(place)
        if path is None:
            scope.diagnostics.error(
                "SG0225", place.span, "expected a place", help="such as `features.stem0`, `cells[5].n0` or `all stems`"
            )
            sound = False
        elif " " in path and path != ALL_STEMS:
            scope.diagnostics.error("SG0225", place.span, f"unknown place `{path}`", help=f"did you mean `{ALL_STEMS}`?")
            sound = False
        elif path in places:
            scope.diagnostics.error("SG0225", place.span, f"`{path}` is named twice")
            sound = False
        else:
            places.append(path)
    if not sound or entries is None:
        return None
    return spec.Dgs(tuple(places), dict(entries.values), node.span), replace(node, body=entries.body)


def place_text(expr: ast.Expr) -> str | None:
    """A place of the graph as text: names, dots and whole indices; None for anything else."""
    match expr:
        case ast.Name(name):
            return name
        case ast.Attribute(base, name):
            before = place_text(base)
            return None if before is None else f"{before}.{name}"
        case ast.Index(base, (ast.Number(int() as value, None),)):
            before = place_text(base)
            return None if before is None else f"{before}[{value}]"
        case _:
            return None
