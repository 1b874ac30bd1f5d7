"""`network`: its params, inputs, blocks and wires. The elaboration checks the dataflow."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl import ast, spec
from spikegraph.dsl.diagnostics import Fix
from spikegraph.dsl.layout import flat
from spikegraph.dsl.node_descriptions import describe
from spikegraph.dsl.readers.block import allowed, read_block
from spikegraph.dsl.readers.dataflow import Names, read_dataflow_block, read_wire
from spikegraph.dsl.readers.params import Params
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.network import INPUT_KINDS, FirstNeuron
from spikegraph.dsl.schema.record import keys as keys_of
from spikegraph.dsl.source import Span

SETTINGS = tuple(key.name for key in keys_of(spec.Network))
"""The keys of a network; its other entries are wires."""


def read_network(node: ast.Declaration, scope: Scope) -> tuple[spec.Network, ast.Declaration] | None:
    """The network, and its declaration with every default; None if it is wrong."""
    sound = allowed(node.body, "network", scope)
    names = Names(scope)
    params = Params(scope)
    inputs: list[spec.NetworkInput] = []
    blocks: dict[str, tuple[spec.Block, ast.Block]] = {}
    wires: list[spec.Wire] = []
    settings: dict[str, ast.Entry] = {}
    for statement in node.body:
        match statement:
            case ast.Param(name):
                names.take(name)
                names.sound &= params.take(statement)
            case ast.Input(given, type_):
                for name in given:
                    names.take(name)
                    read = _input(name, type_, scope)
                    names.sound &= read is not None
                    inputs.extend([read] if read is not None else [])
            case ast.Entry(ast.Name(word) as key) if word in SETTINGS:
                names.take(key)
                settings.setdefault(word, statement)
            case ast.Block():
                names.take(statement.name)
            case ast.Entry(ast.Name(wire, start), (ast.Number() | ast.Sequence() | ast.Name("true" | "false")) as value):
                what = "a number" if isinstance(value, ast.Number) else describe(value)
                help = f"{'a number' if isinstance(value, ast.Number) else 'such a value'} of a network is a `param`: "
                help += f"write `param {wire} = {flat(value)}`"
                fix = Fix(Span(start.file, start.line, start.column, start.line, start.column), "param ", "write `param`")
                scope.diagnostics.error("SG0310", value.span, f"`{wire}` is {what}", help=help, fixes=[fix])
                names.sound = False
            case ast.Entry() | ast.Output():
                wire = read_wire(statement, names, scope)
                wires.extend([wire] if wire is not None else [])
            case _:
                pass
    for statement in node.body:
        if isinstance(statement, ast.Block):
            read = read_dataflow_block(statement, scope, params)
            names.sound &= read is not None
            blocks |= {} if read is None else {statement.name.id: read}
    candidates = _neurons(node, scope)
    keys = read_block(
        spec.Network,
        tuple(settings.values()),
        "network",
        node.name.span,
        scope,
        {"neuron": ast.Name(candidates[0], node.name.span)} if candidates else {},
        name=node.name.id,
        params=params.defaults,
        neurons=params.own_neurons,
        kinds=params.kinds,
        first=_by_place(node, candidates, scope) if "neuron" not in settings else None,
        inputs=tuple(inputs),
        blocks=tuple(block for block, _ in blocks.values()),
        wires=tuple(wires),
        span=node.span,
    )
    sound = sound and _complete(node, scope)
    if not sound or not names.sound or keys is None:
        return None
    written = (blocks[s.name.id][1] if isinstance(s, ast.Block) else s for s in node.body)
    return keys.record, replace(node, body=_with_settings(node, tuple(written), keys.exprs))


def _neurons(node: ast.Declaration, scope: Scope) -> list[str]:
    """The neurons of which the first is the default of `neuron`.

    They are those of the network's own file, else of its space of names, else of the spec. So a neuron that is added later, or
    comes with another import, changes no network that has one.
    """
    if scope.incomplete or any(kind == "neuron" for kind, _ in scope.broken):
        return []
    neurons = scope.names.get("neuron", {})
    space = scope.prefixes.get(("network", node.name.id), "")
    own = [name for name in neurons if scope.prefixes.get(("neuron", name), "") == space]
    here = [name for name in own if neurons[name].span.file == node.span.file]
    return here or own or list(neurons)


def _by_place(node: ast.Declaration, neurons: Sequence[str], scope: Scope) -> FirstNeuron | None:
    """What to say if an operation takes the first of several neurons; None if there is only one."""
    if len(neurons) < 2:
        return None
    name = neurons[0].removeprefix(scope.prefixes.get(("network", node.name.id), ""))
    # Statements that `like` copied stand elsewhere; the edit goes behind the params and inputs.
    own = [s for s in node.body if s.span.file == node.span.file and node.span.line <= s.span.line <= node.span.end_line]
    heads = max((i for i, s in enumerate(own) if isinstance(s, ast.Param | ast.Input)), default=-1)
    if heads + 1 >= len(own):
        return FirstNeuron(tuple(neurons), name, node.name.span, None)
    at = own[heads + 1].span
    place = Span(at.file, at.line, at.column, at.line, at.column)
    edit = Fix(place, f"neuron = {name}\n{' ' * (at.column - 1)}", f"write `neuron = {name}`")
    return FirstNeuron(tuple(neurons), name, node.name.span, edit)


def _with_settings(
    node: ast.Declaration, body: tuple[ast.Statement, ...], exprs: Mapping[str, ast.Expr]
) -> tuple[ast.Statement, ...]:
    """The body with every setting, those that were missing behind its params and inputs."""
    owner = node.name.span
    given = [s.key.id for s in body if isinstance(s, ast.Entry) and isinstance(s.key, ast.Name)]
    missing = (ast.Entry(ast.Name(word, owner), exprs[word], owner) for word in SETTINGS if word not in given)
    last = max((i for i, s in enumerate(body) if isinstance(s, ast.Param | ast.Input)), default=-1)
    return (*body[: last + 1], *missing, *body[last + 1 :])


def _complete(node: ast.Declaration, scope: Scope) -> bool:
    sound = True
    for what, kind in (("input", ast.Input), ("output", ast.Output)):
        if not any(isinstance(statement, kind) for statement in node.body):
            help = "such as `input image : real[3, 32, 32]`" if what == "input" else "such as `output logits = ...`"
            # A value called `output` was probably to be one.
            keys = (s.key for s in node.body if isinstance(s, ast.Entry) and isinstance(s.key, ast.Name))
            place = next((key.span for key in keys if key.id == what), node.name.span)
            scope.diagnostics.error("SG0221", place, f"network `{node.name.id}` has no {what}", help=help)
            sound = False
    return sound


def _input(name: ast.Name, type_: ast.Expr, scope: Scope) -> spec.NetworkInput | None:
    if not isinstance(type_, ast.Index) or not isinstance(type_.base, ast.Name):
        scope.diagnostics.error(
            "SG0223", type_.span, "expected a type", help="write a kind, channels and sizes, such as `events[5, 260, 346]`"
        )
        return None
    kind = type_.base.id
    if kind not in INPUT_KINDS:
        known: Sequence[str] = tuple(INPUT_KINDS)
        scope.diagnostics.error(
            "SG0223",
            type_.base.span,
            f"unknown kind `{kind}`",
            help=did_you_mean(kind, known) or f"the kinds are {listed(known, last='and')}",
        )
        return None
    return spec.NetworkInput(name.id, kind, type_.items, name.span)
