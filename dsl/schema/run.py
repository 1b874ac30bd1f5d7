"""Keys of `search`, `retrain` and `dgs`."""

from dataclasses import dataclass

from typing_extensions import override

from spikegraph.dsl import ast
from spikegraph.dsl.schema.cell import MIX
from spikegraph.dsl.schema.key import Key, Reading, Schema, Scope, ValueType
from spikegraph.dsl.schema.lists import ListOf
from spikegraph.dsl.schema.names import Choice, Declared
from spikegraph.dsl.schema.optimisers import OPTIMISER
from spikegraph.dsl.schema.scalars import Optional, Real, Whole
from spikegraph.dsl.schema.schedules import SCHEDULE


@dataclass(frozen=True)
class LossSum(ValueType):
    """A sum of losses; it is read term by term, in `dsl/losses.py`."""

    @property
    @override
    def words(self) -> str:
        return "a sum of losses, such as `cross_entropy(logits) + 0.4 * cross_entropy(aux)`"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading | None:
        return Reading(None, expr)


_EPOCHS = Key("epochs", Whole(1, 10**6), None, "passes over the training set")
_BATCH = Key("batch", Whole(1, 10**6), None, "samples of one step")
_WEIGHTS = Key("weights", OPTIMISER, None, "optimiser of the weights")
_SCHEDULE = Key("schedule", SCHEDULE, "constant", "learning rate of the weights over the epochs")
_CLIP = Key("clip", Optional(Real(0, open_low=True)), "none", "largest norm of the weights' gradient")
_MIX = Key("mix", Optional(Choice(MIX)), "none", "in place of the cells' own `mix`; `none` keeps theirs")
_LOSS = Key("loss", LossSum(), None, "what is made small")
_SAMPLES = Key(
    "epoch_samples", Optional(Whole(1)), "none", "samples of an epoch, drawn anew each time; `none` is the whole set"
)
_WORKERS = Key("workers", Whole(0, 256), "0", "processes that read data; 0 is the training process itself")

SEARCH: Schema = (
    _EPOCHS,
    Key("warm_up", Whole(0, 10**6), "0", "first epochs, which train weights only"),
    _BATCH,
    Key(
        "split",
        Real(0, 1, open_low=True, open_high=True),
        "0.5",
        "share of the training set for the weights; the rest is for the architecture",
    ),
    _WEIGHTS,
    _SCHEDULE,
    Key("architecture", OPTIMISER, None, "optimiser of alpha and beta"),
    _CLIP,
    Key("stems", Declared("neuron", also=("relu",)), "relu", "activation of the stems"),
    _MIX,
    _LOSS,
    _SAMPLES,
    _WORKERS,
    Key(
        "snapshots",
        Optional(Whole(1, 10**6)),
        "none",
        "epochs from one snapshot of the architecture, decoded, to the next; `search-progress` retrains them",
    ),
)

RETRAIN: Schema = (
    _EPOCHS,
    _BATCH,
    _WEIGHTS,
    _SCHEDULE,
    _CLIP,
    Key("stems", Declared("neuron", also=("relu",)), None, "activation of the stems; by default the only declared neuron"),
    _MIX,
    _LOSS,
    _SAMPLES,
    _WORKERS,
)

RUNS: dict[str, Schema] = {"search": SEARCH, "retrain": RETRAIN}

DGS: Schema = (
    Key("every", Whole(1, 10**6), "5", "epochs from one search of the surrogate to the next"),
    Key("iterations", Whole(1, 10**6), "100", "batches of one search"),
    Key("candidates", Whole(2, 64), "5", "N of Eq. 7: surrogates that are tried, around the present one"),
    Key("spacing", Real(0, open_low=True), "0.2", "from one candidate's b to the next"),
    Key("epsilon", Real(0), "0.001", "alpha at the start of a search"),
    Key("bounds", ListOf(Real(0, open_low=True), 2, 2, rising=True), "[1, 6]", "least and largest b"),
    Key(
        "lr",
        Real(0, open_low=True),
        "0.1",
        "learning rate of the step on alpha, which the paper does not give; it scales the alphas, not their order",
    ),
    Key(
        "state",
        Choice(("fresh", "present")),
        "fresh",
        "what the step to a candidate's weights knows of earlier steps: nothing, or the optimiser's moments as they are",
    ),
)
