"""Adds the defaults of operations to a resolved tree, for `--emit resolved`.

`resolve` adds the defaults of declarations' keys. This module adds the defaults of operations' parameters, which come from
the operations' definitions. It omits defaults that depend on the operands (the channels of `restore`) or on the run (the
neuron of a stem), and implied operands that have no name there (the network's input inside a block).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from spikegraph.dsl import ast
from spikegraph.dsl.readers.dataflow import WEIGHTS
from spikegraph.dsl.readers.network import SETTINGS
from spikegraph.dsl.resolve import Resolved
from spikegraph.dsl.schema.neuron_models import LEARN
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Spec
from spikegraph.elaborate.choices import CHOOSE
from spikegraph.elaborate.edge_blocks import on_edges
from spikegraph.elaborate.layers import CHAIN
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import OPS, Op
from spikegraph.ir.surrogates import SURROGATES

Rewrite = Callable[[ast.Expr], ast.Expr]


def with_operation_defaults(resolved: Resolved) -> ast.File:
    """An equivalent tree of a valid spec in which operations have all their parameters."""
    return replace(resolved.file, items=tuple(_item(item, resolved.spec) for item in resolved.file.items))


def _item(item: ast.Item, spec: Spec) -> ast.Item:
    if isinstance(item, ast.Block):
        edge = item.name.id in on_edges(spec)
        return _Wires(spec, frozenset(spec.blocks), frozenset(), edge=edge).block(item)
    if not isinstance(item, ast.Declaration):
        return item
    match item.kind:
        case "neuron":
            return _entries(item, lambda e: _surrogate(e) if _key(e) == "surrogate" else e.value)
        case "cell":
            return _entries(item, lambda e: _of_cell(e, spec))
        case "candidates":
            return _entries(item, lambda e: _stages(e.value, spec))
        case "network":
            network = spec.networks[item.name.id]
            blocks = frozenset((*spec.blocks, *(b.name for b in network.blocks)))
            first = network.inputs[0].name if network.inputs else None
            wires = _Wires(spec, blocks, frozenset(network.params), first, network.neuron)
            return replace(item, body=tuple(wires.statement(s, within=False) for s in item.body))
        case _:
            return item


def _entries(item: ast.Declaration, value: Callable[[ast.Entry], ast.Expr]) -> ast.Declaration:
    """The declaration with each entry's value replaced by `value(entry)`."""
    return replace(item, body=tuple(replace(s, value=value(s)) if isinstance(s, ast.Entry) else s for s in item.body))


def _key(entry: ast.Entry) -> str | None:
    return entry.key.id if isinstance(entry.key, ast.Name) else None


def _surrogate(entry: ast.Entry | ast.Argument) -> ast.Expr:
    """Rewrites `dspike` to `dspike(b = 3)`."""
    expr = entry.value
    name = _called(expr)
    if name is None or name.id not in SURROGATES:
        return expr
    parameters = SURROGATES[name.id].parameters
    if isinstance(expr, ast.Call):
        expr = replace(expr, arguments=tuple(replace(a, value=_learned(a.value)) for a in expr.arguments))
    return _complete(expr, tuple(parameters), {k: _number(v, expr.span) for k, v in parameters.items()})


def _learned(expr: ast.Expr) -> ast.Expr:
    """Rewrites `learn(3)` to `learn(3, per = layer)`."""
    if not (isinstance(expr, ast.Call) and expr.function.id == LEARN):
        return expr
    return _complete(expr, ("initial", "per"), {"per": ast.Name("layer", expr.span)})


def _neuron(expr: ast.Expr) -> ast.Expr:
    """Completes the surrogate in the use of a neuron, `lif(surrogate = dspike)`."""
    if not isinstance(expr, ast.Call):
        return expr
    arguments = (replace(a, value=_surrogate(a)) if a.name == "surrogate" else a for a in expr.arguments)
    return replace(expr, arguments=tuple(arguments))


def _of_cell(entry: ast.Entry, spec: Spec) -> ast.Expr:
    """Completes the neuron and the preprocessing of a cell."""
    none = isinstance(entry.value, ast.Name) and entry.value.id == "none"
    if _key(entry) == "preprocess" and not none:
        return _stages(entry.value, spec)
    return _neuron(entry.value) if _key(entry) == "neuron" else entry.value


def _stages(expr: ast.Expr, spec: Spec) -> ast.Expr:
    """Completes a candidate's pipeline."""
    if isinstance(expr, ast.Pipe):
        return replace(expr, stages=tuple(_stages(s, spec) for s in expr.stages))
    name = _called(expr)
    if name is None:
        return expr
    if name.id in (*spec.blocks, "repeat"):
        return _Wires(spec, frozenset(spec.blocks), frozenset()).stage(expr, True, True)
    if name.id in spec.neurons:
        return _neuron(expr)
    op = OPS[name.id]
    defaults = {k: v for k, v in _defaults(op, expr.span).items() if k not in op.traits.set_by_edge}
    return _complete(expr, tuple(op.parameters()), defaults)


@dataclass(frozen=True)
class _Wires:
    """Completes the statements of a network or block, where these blocks and params are visible.

    `first` is the network's first input, and `neuron` the neuron of operations that name none; a block has neither by itself.
    `edge` is true in a block that candidates use: an edge sets the stride of its operations.
    """

    spec: Spec
    blocks: frozenset[str]
    params: frozenset[str]
    first: str | None = None
    neuron: str | None = None
    edge: bool = False

    def statement(self, s: ast.Statement, *, within: bool) -> ast.Statement:
        """Completes a statement; `within` is true inside a block."""
        match s:
            case ast.Entry() if _key(s) not in ((WEIGHTS,) if within else SETTINGS):
                return replace(s, value=self.value(s.value, within))
            case ast.Param():
                return replace(s, value=_neuron(s.value))
            case ast.Output() | ast.Return():
                return replace(s, value=self.value(s.value, within))
            case ast.Block():
                return self.block(s)
            case _:
                return s

    def block(self, block: ast.Block) -> ast.Block:
        """Completes the statements of a block."""
        own = frozenset(inner.name.id for inner in block.body if isinstance(inner, ast.Param))
        inside = replace(self, params=self.params | own)
        return replace(block, body=tuple(inside.statement(inner, within=True) for inner in block.body))

    def value(self, expr: ast.Expr, within: bool) -> ast.Expr:
        """Completes a value."""
        match expr:
            case ast.Pipe(stages=(first, *rest)):
                stages = (self.stage(s, True, within) for s in rest)
                return replace(expr, stages=(self.value(first, within), *stages))
            case ast.Call():
                return self.stage(expr, False, within)
            case _:
                return expr

    def stage(self, expr: ast.Expr, piped: bool, within: bool) -> ast.Expr:
        """Completes an operation, block, trellis, chain or neuron; `piped` is true if the pipeline provides an operand."""
        name = _called(expr)
        if name is None:
            return expr
        inside: Rewrite = lambda e: self.value(e, within)  # noqa: E731 (a name for the type checker)
        if name.id == CHOOSE and name.id not in self.blocks:
            return self.branches(expr, within)
        op = None if name.id in self.blocks or name.id in self.params else OPS.get(name.id)
        if op is not None and op.written:
            return self.operation(op, _arguments(expr, inside), piped, within)
        if name.id == "chain":
            down = ast.Name("stride", expr.span)
            return _complete(expr, CHAIN if piped else ("x", *CHAIN), {"down": down})
        neuron = name.id in self.spec.neurons or name.id in self.params
        return _arguments(_neuron(expr) if neuron else expr, inside)

    def branches(self, expr: ast.Expr, within: bool) -> ast.Expr:
        """Completes the branches of `choose`, which have names, and its operand if it has one."""
        if not isinstance(expr, ast.Call):
            return expr
        complete = ((a, self.value if a.name is None else self.branch) for a in expr.arguments)
        return replace(expr, arguments=tuple(replace(a, value=of(a.value, within)) for a, of in complete))

    def branch(self, expr: ast.Expr, within: bool) -> ast.Expr:
        """Completes a branch of `choose`, whose first stage takes the operand of the choice."""
        if isinstance(expr, ast.Pipe):
            return replace(expr, stages=tuple(self.stage(s, True, within) for s in expr.stages))
        return self.stage(expr, True, within)

    def word(self, default: ast.Expr) -> ast.Expr:
        """Quotes a default that is a word if the network has a param of this name, which would be used instead."""
        if isinstance(default, ast.Name) and default.id in self.params:
            return ast.Text(default.id, default.span)
        return default

    def operation(self, op: type[Op], expr: ast.Expr, piped: bool, within: bool) -> ast.Expr:
        """Adds the defaults to an operation whose operands are already complete."""
        variadic = any(o.startswith("*") for o in op.operands)
        free = () if variadic else tuple(o for o in op.operands[1 if piped else 0 :] if o not in op.optional)
        defaults: dict[str, ast.Expr] = {}
        if self.first is not None and not within:
            first = ast.Name(self.first, expr.span)
            defaults |= {o: first for o in free if o in op.implied}
        by_edge = op.traits.set_by_edge if self.edge else ()
        defaults |= {k: self.word(v) for k, v in _defaults(op, expr.span).items() if k not in by_edge}
        if "neuron" in op.model_fields and self.neuron is not None and not op.traits.stem:  # the run sets that of a stem
            defaults["neuron"] = ast.Name(self.neuron, expr.span)
        parameters = tuple(p for p in op.parameters() if p not in op.hidden)
        return _complete(expr, () if variadic else (*free, *parameters), defaults)


def _called(expr: ast.Expr) -> ast.Name | None:
    """The name of a call, with or without arguments; None for other expressions."""
    match expr:
        case ast.Name():
            return expr
        case ast.Call(function=function):
            return function
        case _:
            return None


def _arguments(expr: ast.Expr, rewrite: Rewrite) -> ast.Expr:
    """Rewrites the arguments of a call, and completes neurons among them."""
    if not isinstance(expr, ast.Call):
        return expr
    changed = (replace(a, value=_neuron(a.value) if a.name == "neuron" else rewrite(a.value)) for a in expr.arguments)
    return replace(expr, arguments=tuple(changed))


def _complete(expr: ast.Expr, positions: tuple[str, ...], defaults: Mapping[str, ast.Expr]) -> ast.Expr:
    """Appends to a call those of `defaults` that its named and positional arguments don't set."""
    name = _called(expr)
    assert name is not None
    arguments = expr.arguments if isinstance(expr, ast.Call) else ()
    by_position = sum(a.name is None for a in arguments)
    given = {a.name for a in arguments} | set(positions[:by_position])
    more = tuple(ast.Argument(k, v, expr.span) for k, v in defaults.items() if k not in given)
    return expr if not more else ast.Call(name, (*arguments, *more), expr.span)


def _defaults(op: type[Op], span: Span) -> dict[str, ast.Expr]:
    """The defaults of an operation that are numbers or words."""
    found: dict[str, ast.Expr] = {}
    for name, default in op.parameters().items():
        if name in op.hidden or op.model_fields[name].annotation is Neuron:
            continue
        if isinstance(default, bool | str):
            found[name] = ast.Name(str(default).lower() if isinstance(default, bool) else default, span)
        elif isinstance(default, int | float):
            found[name] = _number(default, span)
    return found


def _number(value: float, span: Span) -> ast.Number:
    return ast.Number(int(value) if float(value).is_integer() else value, None, span)
