"""Types of calls, and vocabularies of calls with declared parameters."""

from collections.abc import Mapping
from typing import TypeVar

from typing_extensions import override

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.defaults import default_expr
from spikegraph.dsl.diagnostics import Fix, Label
from spikegraph.dsl.evaluate import evaluate
from spikegraph.dsl.layout import flat
from spikegraph.dsl.name_fixes import name_span, rename
from spikegraph.dsl.node_descriptions import describe
from spikegraph.dsl.schema.key import Key, Reading, Scope, ValueType
from spikegraph.dsl.schema.lists import ListOf
from spikegraph.dsl.values import CallValue, Value
from spikegraph.plugins.registry import hinted

OTHER_PARAMETERS = {"learning_rate": "lr", "p": "probability", "wd": "weight_decay", "eta_min": "min", "milestones": "epochs"}
"""What other programs call a parameter with the same meaning."""


@record
class Signature:
    """A call of a vocabulary: its name and its parameters, in order."""

    name: str
    parameters: tuple[Key[Value], ...]
    doc: str

    @property
    def text(self) -> str:
        """The call as one writes it, with the defaults of its parameters."""
        inside = ", ".join(k.name if k.required else f"{k.name} = {k.default}" for k in self.parameters)
        return f"{self.name}({inside})" if inside else self.name


S = TypeVar("S", bound=Signature)


def vocabulary(*signatures: S) -> Mapping[str, S]:
    """Signatures by name."""
    return {signature.name: signature for signature in signatures}


@record
class CallOf(ValueType[CallValue]):
    """A call from a vocabulary; the name alone means the call with its defaults."""

    what: str
    known: Mapping[str, Signature]

    @property
    @override
    def words(self) -> str:
        return f"{self.what}: {listed(self.known, len(self.known))}"

    def among(self, scope: Scope) -> Mapping[str, Signature]:
        """The signatures that are known where a call is read."""
        return self.known

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[CallValue] | None:
        match expr:
            case ast.Name(name):
                arguments: tuple[ast.Argument, ...] = ()
                function = expr
            case ast.Call(function, arguments):
                name = function.id
            case _:
                scope.diagnostics.error("SG0207", expr.span, f"expected {self.what}, found {describe(expr)}")
                return None
        known = self.among(scope)
        signature = known.get(name)
        if signature is None:
            help = did_you_mean(name, known) or f"write one of {listed(known)}"
            scope.diagnostics.error(
                "SG0209",
                function.span,
                f"`{name}` is not {self.what}",
                help=hinted(help, self.known),
                fixes=rename(function.span, name, known),
            )
            return None
        bound = bind(signature, function, arguments, scope)
        if bound is None:
            return None
        values: dict[str, Value] = {key: reading.value for key, reading in bound.items()}
        written = tuple(ast.Argument(key, reading.expr, reading.expr.span) for key, reading in bound.items())
        full: ast.Expr = ast.Call(function, written, expr.span) if written else function
        return Reading(CallValue(name, (), values, expr.span), full)


def bind(
    signature: Signature, function: ast.Name, arguments: tuple[ast.Argument, ...], scope: Scope
) -> dict[str, Reading[Value]] | None:
    """The value of each parameter by name, defaults included; None if an argument is wrong."""
    parameters = {key.name: key for key in signature.parameters}
    given: dict[str, ast.Argument] = {}
    sound = True
    for i, argument in enumerate(arguments):
        name = argument.name
        if name is None:
            if i >= len(signature.parameters):
                _too_many(signature, function, arguments, argument, scope)
                return None
            name = signature.parameters[i].name
        if name not in parameters:
            scope.diagnostics.error(
                "SG0216",
                argument.span,
                f"`{function.id}` has no parameter `{name}`",
                help=did_you_mean(OTHER_PARAMETERS.get(name, name), parameters) or f"write `{signature.text}`",
                fixes=rename(name_span(argument), OTHER_PARAMETERS.get(name, name), parameters),
            )
            sound = False
        elif name in given:
            scope.diagnostics.error(
                "SG0216", argument.span, f"`{name}` is given twice", labels=[Label(given[name].span, "first here")]
            )
            sound = False
        else:
            given[name] = argument
    bound: dict[str, Reading[Value]] = {}
    for key in signature.parameters:
        if key.name in given:
            reading = key.type.read(given[key.name].value, scope)
        elif key.required:
            if sound:
                scope.diagnostics.error(
                    "SG0216", function.span, f"`{function.id}` needs `{key.name}`", help=f"write `{signature.text}`"
                )
            reading = None
        else:
            reading = key.type.read(default_expr(key.default or "", function.span), scope)
        if reading is None:
            sound = False
        else:
            bound[key.name] = reading
    return bound if sound else None


def _too_many(
    signature: Signature, function: ast.Name, arguments: tuple[ast.Argument, ...], first: ast.Argument, scope: Scope
) -> None:
    """Add the error that a call has more arguments than parameters; the items of its only parameter make a list."""
    help, fixes = f"write `{signature.text}`", list[Fix]()
    if len(signature.parameters) == 1 and isinstance(signature.parameters[0].type, ListOf):
        items = f"[{', '.join(flat(a.value) for a in arguments)}]"
        help = f"`{signature.parameters[0].name}` is a list: write `{function.id}({items})`"
        fixes = [Fix(arguments[0].span.to(arguments[-1].span), items, f"write `{items}`")]
    scope.diagnostics.error("SG0216", first.span, f"too many arguments for `{function.id}`", help=help, fixes=fixes)


@record
class AnyCall(ValueType[CallValue]):
    """A name, perhaps with arguments, from a vocabulary that a later stage knows."""

    what: str

    @property
    @override
    def words(self) -> str:
        return self.what

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[CallValue] | None:
        value = call_value(expr, scope)
        return None if value is None else Reading(value, expr)


def call_value(expr: ast.Expr, scope: Scope) -> CallValue | None:
    """The value of a name or a call, with its arguments as they are written; None if one is wrong."""
    if isinstance(expr, ast.Name):
        return CallValue(expr.id, (), {}, expr.span)
    if not isinstance(expr, ast.Call):
        scope.diagnostics.error("SG0207", expr.span, f"expected a name or a call, found {describe(expr)}")
        return None
    positional: list[Value] = []
    named: dict[str, Value] = {}
    sound = True
    for argument in expr.arguments:
        ok, value = _plain(argument.value, scope)
        sound = sound and ok
        if argument.name is None:
            positional.append(value)
        elif argument.name in named:
            scope.diagnostics.error("SG0216", argument.span, f"`{argument.name}` is given twice")
            sound = False
        else:
            named[argument.name] = value
    return CallValue(expr.function.id, tuple(positional), named, expr.span) if sound else None


def _plain(expr: ast.Expr, scope: Scope) -> tuple[bool, Value]:
    match expr:
        case ast.Name(("true" | "false") as name):
            return True, name == "true"
        case ast.Name("none"):
            return True, None
        case ast.Name(name):
            return True, name
        case ast.Text(value):
            return True, value
        case ast.Sequence(items):
            read = [_plain(item, scope) for item in items]
            return all(ok for ok, _ in read), tuple(value for _, value in read)
        case ast.Call():
            value = call_value(expr, scope)
            return value is not None, value
        case _:
            number = evaluate(expr, {}, scope.diagnostics)
            return number is not None, number
