"""The objectives of a search: the score of the task, and a price of the network."""

from typing_extensions import override

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Fix
from spikegraph.dsl.layout import flat
from spikegraph.dsl.schema.calls import CallOf, Signature, vocabulary
from spikegraph.dsl.schema.energy_model_name import EnergyModelName
from spikegraph.dsl.schema.key import Key, Reading, Scope, ValueType
from spikegraph.dsl.values import CallValue

MOST = 2
"""The most objectives of a search."""


@record
class ObjectiveSignature(Signature):
    """An objective.

    Attributes:
        score: It is the score of the task; others are prices of the network, of which less is better.
    """

    score: bool = False


MODEL = Key("model", EnergyModelName(), '"cmos-45nm"', "energy model")

OBJECTIVES = vocabulary(
    ObjectiveSignature("accuracy", (), "the first metric of the validation, of classes and labels: more is better", score=True),
    ObjectiveSignature("error", (), "the first metric of the validation, of other tasks: less is better", score=True),
    ObjectiveSignature("energy", (MODEL,), "energy of an inference, in mJ, by the spikes on the validation set"),
    ObjectiveSignature("spikes", (), "spikes of all neurons in an inference, by the validation set"),
    ObjectiveSignature("parameters", (), "trainable parameters of the retrained network"),
    ObjectiveSignature("latency", (), "time of an inference of one sample on the run's device, in ms: the median of 15"),
)
"""What a search can optimise; of all but the score, less is better."""

OBJECTIVE = CallOf("an objective", OBJECTIVES)


class Objectives(ValueType[tuple[CallValue, ...]]):
    """The score of the task, alone or with a price; `none` is the score alone."""

    @property
    @override
    def words(self) -> str:
        return "`none`, `accuracy`, `error`, or a list of one of these and a price, such as `[accuracy, spikes]`"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[tuple[CallValue, ...]] | None:
        if isinstance(expr, ast.Name) and expr.id == "none":
            return Reading[tuple[CallValue, ...]]((), expr)
        items = expr.items if isinstance(expr, ast.Sequence) else (expr,)
        if not 1 <= len(items) <= MOST:
            summary = f"a search has one or two objectives, not {len(items)}"
            scope.diagnostics.error("SG0208", expr.span, summary, help="write the score and one price: `[accuracy, spikes]`")
            return None
        readings = [OBJECTIVE.read(item, scope) for item in items]
        sound = [reading for reading in readings if reading is not None]
        if len(sound) < len(items) or not _ordered(expr, items, [reading.value for reading in sound], scope):
            return None
        full = tuple(reading.expr for reading in sound)
        return Reading(
            tuple(reading.value for reading in sound),
            ast.Sequence(full, expr.span) if isinstance(expr, ast.Sequence) else full[0],
        )


def _ordered(expr: ast.Expr, items: tuple[ast.Expr, ...], values: list[CallValue], scope: Scope) -> bool:
    """Whether the score comes first, and a price second; adds an error if not."""
    scores = [OBJECTIVES[value.name].score for value in values]
    if scores in ([True], [True, False]):
        return True
    if scores == [False]:
        text = f"[accuracy, {flat(items[0])}]"
        summary = f"`{values[0].name}` alone can't be searched for: the best network would compute nothing"
    elif scores == [False, True]:
        text, summary = f"[{flat(items[1])}, {flat(items[0])}]", "the score of the task is the first objective"
    elif scores == [False, False]:
        text, summary = f"[accuracy, {flat(items[0])}]", "one of two objectives is the score of the task"
    else:
        text, summary = f"[{flat(items[0])}, spikes]", "two objectives are the score of the task and a price"
    fixes = [Fix(expr.span, text, f"write `{text}`")]
    scope.diagnostics.error("SG0207", expr.span, summary, help=f"write `{text}`", fixes=fixes)
    return False
