"""Losses: sums of `weight * name(output, options)`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY
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
from spikegraph.dsl.schema.calls import Signature, bind
from spikegraph.dsl.schema.class_weights import CLASS_WEIGHTS, Weights
from spikegraph.dsl.schema.forms import FORMS, Form
from spikegraph.dsl.schema.key import Key, Reading, Scope, ValueType
from spikegraph.dsl.schema.names import FreeName
from spikegraph.dsl.schema.scalars import Optional, Real, Whole
from spikegraph.dsl.source import Span
from spikegraph.plugins.later import later
from spikegraph.plugins.registry import HINT, Registry

TO = Key(
    "to",
    Optional(FreeName()),
    "none",
    "an input, output or wire of the same shape in place of the data's targets; `none` means the targets",
)
"""Of losses that can also compare two values of the network."""

OF = Key("of", Optional(FreeName()), "none", "the output or wire that the loss takes; `none` means the only output")


@record
class LossSignature(Signature):
    """How a loss is written, and what it is computed from.

    Attributes:
        parameters: `OF`, then options, which are numbers, and `CLASS_WEIGHTS` and `TO`.
        takes: The forms of values that the loss can be computed from, by name; one is written without a tuple.
        compute: The loss, a scalar: called with a `LossCall` (`spikegraph.backends.torch.train.losses`) and the value of
            the output, a tensor.
        count: The number of items of a batch over which the loss is the mean, or the sum of their weights, called with the
            `LossCall`; None if it is one over the samples.
        mixed: It can be computed where a target is a mix of two classes, `Batch.second`.
        own_steps: Of an output with time steps it takes each sample's own (`LossCall.compared`, `LossCall.last`), so that the
            samples of a batch may differ in length.
    """

    _: KW_ONLY
    takes: str | tuple[str, ...] = "logits"
    compute: Callable[..., Any]
    count: Callable[..., Any] | None = None
    mixed: bool = False
    own_steps: bool = False

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms that it takes.

        Raises:
            KeyError: There is no such form.
        """
        return tuple(FORMS[name] for name in ((self.takes,) if isinstance(self.takes, str) else self.takes))

    def __post_init__(self) -> None:
        """Check the parameters.

        Raises:
            ValueError: The first parameter is not `OF`.
        """
        if self.parameters[:1] != (OF,):
            raise ValueError(f"the first parameter of the loss `{self.name}` must be `OF`")


_DELTA = Key("delta", Real(0, open_low=True), "1", "error up to which it is squared")

_TORCH = "spikegraph.backends.torch.train.losses"
_LABELS = "spikegraph.backends.torch.train.label_losses"

LOSSES: Registry[LossSignature] = Registry(
    "loss",
    "spikegraph.losses",
    {
        signature.name: signature
        for signature in (
            LossSignature(
                "cross_entropy",
                (
                    OF,
                    Key("label_smoothing", Real(0, 1, open_high=True), "0", "share of the target spread over all classes"),
                    Key("ignore", Optional(Whole(0, 65_535)), "none", "the label of pixels and samples that don't count"),
                    CLASS_WEIGHTS,
                ),
                "cross entropy of logits and class labels; of logits of each pixel and label maps, the mean over the pixels",
                takes=("logits", "class_map", "step_logits"),
                compute=later(f"{_LABELS}:cross_entropy"),
                count=later(f"{_LABELS}:counted_labels"),
                mixed=True,
                own_steps=True,
            ),
            LossSignature(
                "subpixel_cross_entropy",
                (OF, Key("diversity", Real(0, open_low=True), "2", "scale of the Laplace distribution, in pixels")),
                "Eq. 6: cross entropy of the planes' similarity and a Laplace distribution around the true disparity",
                takes="disparity",
                compute=later(f"{_TORCH}:planes_cross_entropy"),
                count=later(f"{_TORCH}:known_numbers"),
                own_steps=True,
            ),
            LossSignature(
                "smooth_l1",
                (OF, Key("beta", Real(0, open_low=True), "1", "error in pixels up to which it is squared")),
                "error of a disparity, the mean over pixels with a truth: e^2 / (2 beta) where e < beta, else e - beta / 2",
                takes="disparity_map",
                compute=later(f"{_TORCH}:smooth_l1"),
                count=later(f"{_TORCH}:known_numbers"),
                own_steps=True,
            ),
            *(
                LossSignature(
                    name,
                    (OF, *options, TO),
                    f"{words}, the mean over all numbers that are known",
                    takes=("numbers", "map", "depth"),
                    compute=later(f"{_TORCH}:{name}"),
                    count=later(f"{_TORCH}:known_numbers"),
                    own_steps=True,
                )
                for name, options, words in (
                    ("mse", (), "squared error"),
                    ("l1", (), "absolute error"),
                    ("huber", (_DELTA,), "squared error / 2 up to `delta`, then `delta * (error - delta / 2)`"),
                )
            ),
            LossSignature(
                "end_point_error",
                (OF,),
                "distance of an optical flow from the true one, in pixels, the mean over pixels with a truth",
                takes="flow",
                compute=later(f"{_TORCH}:end_point_error"),
                count=later(f"{_TORCH}:known_vectors"),
                own_steps=True,
            ),
        )
    },
)
"""All losses by name."""


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
    """

    weight: float
    name: str
    of: str | None
    options: Mapping[str, float]
    span: Span
    class_weights: Weights | None = None
    to: str | None = None


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
        full = sound[0].expr
        for reading in sound[1:]:
            full = ast.Binary("+", full, reading.expr, expr.span)
        return Reading(tuple(reading.value for reading in sound), full)


def values_of(expr: ast.Expr, parameter: Key[Any]) -> Iterator[tuple[str, Span]]:
    """The values of the network that a sum of losses names as `OF` or as `TO`, sound or not."""
    for term in _terms(expr):
        call = term.right if isinstance(term, ast.Binary) else term
        for i, argument in enumerate(call.arguments if isinstance(call, ast.Call) else ()):
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
    of, to = bound.pop(OF.name), bound.pop(TO.name, None)
    options = {name: reading.value for name, reading in bound.items() if isinstance(reading.value, int | float)}
    weights: Any = bound[CLASS_WEIGHTS.name].value if CLASS_WEIGHTS in signature.parameters else None
    arguments = [ast.Argument(name, reading.expr, reading.expr.span) for name, reading in bound.items()]
    if isinstance(of.value, str):
        arguments.insert(0, ast.Argument(None, of.expr, of.expr.span))
    if to is not None and isinstance(to.value, str):
        arguments.append(ast.Argument(TO.name, to.expr, to.expr.span))
    full: ast.Expr = ast.Call(function, tuple(arguments), call.span)
    if call is not expr and isinstance(expr, ast.Binary):
        full = ast.Binary("*", expr.left, full, expr.span)
    names = [value.value if value is not None and isinstance(value.value, str) else None for value in (of, to)]
    return Reading(Loss(weight, function.id, names[0], options, call.span, weights, names[1]), full)
