"""The vocabulary of optimisers, for weights and for the architecture."""

from dataclasses import replace

from typing_extensions import override

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Fix
from spikegraph.dsl.layout import flat
from spikegraph.dsl.schema.calls import CallOf, Signature, vocabulary
from spikegraph.dsl.schema.key import Key, Reading, Scope
from spikegraph.dsl.schema.lists import ListOf
from spikegraph.dsl.schema.scalars import Flag, Real
from spikegraph.dsl.values import CallValue

LR = Key("lr", Real(0, open_low=True), None, "learning rate")
MOMENTUM = Key("momentum", Real(0, 1, open_high=True), "0", "share of the last step to keep")
NESTEROV = Key("nesterov", Flag(), "false", "Nesterov's momentum")
WEIGHT_DECAY = Key("weight_decay", Real(0), "0", "L2 penalty, added to the gradient")
BETAS = Key(
    "betas",
    ListOf(Real(0, 1, open_high=True), 2, 2),
    "[0.9, 0.999]",
    "decay of the running means of the gradient and of its square",
)
_DECOUPLED = Key("weight_decay", Real(0), "0.01", "share of the weights, times the learning rate, that each step subtracts")

_SGD = (LR, MOMENTUM, WEIGHT_DECAY, NESTEROV)

OPTIMISERS = vocabulary(
    Signature("sgd", _SGD, "stochastic gradient descent"),
    Signature("adam", (LR, BETAS, WEIGHT_DECAY), "Adam"),
    Signature("adamw", (LR, BETAS, _DECOUPLED), "Adam with decoupled weight decay"),
)


@record
class Optimiser(CallOf):
    """A call of an optimiser."""

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[CallValue] | None:
        found = super().read(expr, scope)
        if found is None or not isinstance(expr, ast.Call):
            return found
        named = found.value.named
        if named.get(NESTEROV.name) is not True or named.get(MOMENTUM.name) != 0:
            return found
        keys = [argument.name or key.name for argument, key in zip(expr.arguments, _SGD, strict=False)]
        given = {key: argument.value for key, argument in zip(keys, expr.arguments, strict=True)}
        given[MOMENTUM.name] = ast.Number(0.9, None, expr.span)
        said = flat(replace(expr, arguments=tuple(ast.Argument(key, value, expr.span) for key, value in given.items())))
        help = f"give it some, such as `{MOMENTUM.name} = 0.9`"
        fixes = [Fix(expr.span, said, f"write `{said}`")]
        scope.diagnostics.error("SG0216", expr.span, "Nesterov's momentum needs a momentum", help=help, fixes=fixes)
        return None


OPTIMISER = Optimiser("an optimiser", OPTIMISERS)
