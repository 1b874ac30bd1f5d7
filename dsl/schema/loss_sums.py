"""The loss of a run as it is written: a sum of `weight * name(output, options)`."""

from collections.abc import Iterator, Mapping
from typing import Any

from typing_extensions import override

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Fix
from spikegraph.dsl.evaluate import evaluate
from spikegraph.dsl.layout import flat
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.node_descriptions import describe
from spikegraph.dsl.schema.calls import bind
from spikegraph.dsl.schema.class_weights import CLASS_WEIGHTS, Weights
from spikegraph.dsl.schema.key import Key, Reading, Scope, ValueType
from spikegraph.dsl.schema.losses import LOSSES, OF, TO, LossSignature
from spikegraph.dsl.schema.penalties import ALL, AT, MODEL, Penalty
from spikegraph.dsl.source import Span
from spikegraph.dsl.values import Value
from spikegraph.plugins.registry import HINT


@record
class Loss:
    """One term of a loss: `weight * name(of, **options)`.

    Attributes:
        weight: Its weight.
        name: Its name.
        of: The output or wire that it is computed from; None for the only output.
        options: Its options that are numbers, by name.
        span: Its place.
        class_weights: Factors of the classes; None if all count alike.
        to: The input, output or wire that `of` is compared with; None for the data's targets.
        places: The places of a penalty; None for a loss of an output or wire.
        model: The energy model of a penalty, if it has one.
    """

    weight: float
    name: str
    of: str | None
    options: Mapping[str, float]
    span: Span
    class_weights: Weights | None = None
    to: str | None = None
    places: tuple[str, ...] | None = None
    model: str | None = None

    @property
    def declared(self) -> LossSignature:
        """Its declaration, if it isn't a penalty.

        Raises:
            KeyError: There is no such loss.
        """
        found = LOSSES[self.name]
        assert isinstance(found, LossSignature)
        return found

    @property
    def penalty(self) -> Penalty | None:
        """Its declaration as a penalty; None for a loss of an output or wire."""
        found = LOSSES.get(self.name)
        return found if isinstance(found, Penalty) else None


class LossSum(ValueType[tuple[Loss, ...]]):
    """A sum of losses."""

    @property
    @override
    def words(self) -> str:
        return "a sum of losses, such as `cross_entropy(logits) + 0.4 * cross_entropy(aux)`"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[tuple[Loss, ...]] | None:
        readings = [_term(term, scope) for term in _terms(expr)]
        sound = [reading for reading in readings if reading is not None]
        if len(sound) < len(readings):
            return None
        if not any(reading.value.weight for reading in sound):
            help = "give one of them a weight above 0"
            scope.diagnostics.error(
                "SG0224", expr.span, "all terms of the loss have the weight 0, so nothing is learned", help=help
            )
            return None
        full = sound[0].expr
        for reading in sound[1:]:
            full = ast.Binary("+", full, reading.expr, expr.span)
        return Reading(tuple(reading.value for reading in sound), full)


def values_of(expr: ast.Expr, parameter: Key[Any]) -> Iterator[tuple[str, Span]]:
    """The values of the network that a sum of losses names as `OF` or as `TO`, sound or not."""
    for term in _terms(expr):
        call = term.right if isinstance(term, ast.Binary) else term
        if not isinstance(call, ast.Call) or isinstance(LOSSES.get(call.function.id), Penalty):
            continue
        for i, argument in enumerate(call.arguments):
            if argument.name == parameter.name or (argument.name is None and i == 0 and parameter == OF):
                match argument.value:
                    case ast.Name(name) | ast.Text(name) if name != "none":
                        yield name, argument.value.span
                    case _:
                        pass


def _terms(expr: ast.Expr) -> list[ast.Expr]:
    if isinstance(expr, ast.Binary) and expr.operator == "+":
        return [*_terms(expr.left), *_terms(expr.right)]
    return [expr]


def _term(expr: ast.Expr, scope: Scope) -> Reading[Loss] | None:
    weight = 1.0
    call = expr
    if isinstance(expr, ast.Binary) and expr.operator == "*" and not isinstance(expr.left, ast.Call):
        value = evaluate(expr.left, {}, scope.diagnostics)
        if value is None:
            return None
        if value < 0:
            scope.diagnostics.error("SG0208", expr.left.span, f"{value:g} is out of range", help="a weight must be at least 0")
            return None
        weight, call = float(value), expr.right
    if isinstance(expr, ast.Binary) and expr.operator == "*" and isinstance(expr.left, ast.Call) and call is expr:
        text = f"{flat(expr.right)} * {flat(expr.left)}"
        fixes = [Fix(expr.span, text, f"write `{text}`")]
        scope.diagnostics.error("SG0224", expr.span, "the weight of a loss comes first", help=f"write `{text}`", fixes=fixes)
        return None
    function = call.function if isinstance(call, ast.Call) else call
    if not isinstance(function, ast.Name):
        scope.diagnostics.error(
            "SG0224", call.span, f"expected a loss, found {describe(call)}", help="write a sum of `[weight *] name(output)`"
        )
        return None
    signature = LOSSES.get(function.id)
    if signature is None:
        help = did_you_mean(function.id, LOSSES) or f"the losses are {listed(LOSSES, last='and')}"
        fixes = rename(function.span, function.id, LOSSES)
        scope.diagnostics.error("SG0209", function.span, f"`{function.id}` is not a loss", help=f"{help} {HINT}", fixes=fixes)
        return None
    bound = bind(signature, function, call.arguments if isinstance(call, ast.Call) else (), scope)
    if bound is None:
        return None
    read = (bound, weight, call.span)
    loss, written = _penalty(signature, *read) if isinstance(signature, Penalty) else _loss(signature, *read)
    full: ast.Expr = ast.Call(function, written, call.span)
    if call is not expr and isinstance(expr, ast.Binary):
        full = ast.Binary("*", expr.left, full, expr.span)
    return Reading(loss, full)


def _penalty(
    signature: Penalty, bound: dict[str, Reading[Value]], weight: float, span: Span
) -> tuple[Loss, tuple[ast.Argument, ...]]:
    """A penalty, and its arguments as they are written with every default."""
    places: Any = bound[AT.name].value if AT.name in bound else (ALL,)
    model = bound[MODEL.name].value if MODEL.name in bound else None
    arguments = tuple([ast.Argument(name, reading.expr, reading.expr.span) for name, reading in bound.items()])
    named = None if model is None else str(model)
    return Loss(weight, signature.name, None, {}, span, places=places, model=named), arguments


def _loss(
    signature: LossSignature, bound: dict[str, Reading[Value]], weight: float, span: Span
) -> tuple[Loss, tuple[ast.Argument, ...]]:
    """A loss of an output or wire, and its arguments as they are written with every default."""
    of, to = bound.pop(OF.name), bound.pop(TO.name, None)
    options = {name: reading.value for name, reading in bound.items() if isinstance(reading.value, int | float)}
    weights: Any = bound[CLASS_WEIGHTS.name].value if CLASS_WEIGHTS in signature.parameters else None
    arguments = [ast.Argument(name, reading.expr, reading.expr.span) for name, reading in bound.items()]
    if isinstance(of.value, str):
        arguments.insert(0, ast.Argument(None, of.expr, of.expr.span))
    if to is not None and isinstance(to.value, str):
        arguments.append(ast.Argument(TO.name, to.expr, to.expr.span))
    names = [value.value if value is not None and isinstance(value.value, str) else None for value in (of, to)]
    return Loss(weight, signature.name, names[0], options, span, weights, names[1]), tuple(arguments)
