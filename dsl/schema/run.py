"""The records of `search`, `retrain` and `dgs`."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from typing_extensions import override

from spikegraph.dsl.ast import Expr, Name
from spikegraph.dsl.schema.calls import CallOf, Signature, vocabulary
from spikegraph.dsl.schema.cell import MIX, Mix
from spikegraph.dsl.schema.key import Key, Reading, Scope, ValueType
from spikegraph.dsl.schema.lists import Interval, ListOf
from spikegraph.dsl.schema.loss_sums import Loss, LossSum
from spikegraph.dsl.schema.methods import METHOD
from spikegraph.dsl.schema.names import Choice, Declared, PathBelow
from spikegraph.dsl.schema.objectives import Objectives
from spikegraph.dsl.schema.optimisers import OPTIMISER
from spikegraph.dsl.schema.part_rates import PartRate, PartRates
from spikegraph.dsl.schema.record import key, record
from spikegraph.dsl.schema.scalars import Optional, Real, Whole
from spikegraph.dsl.schema.schedules import SCHEDULE
from spikegraph.dsl.schema.weight_names import WeightNames, WeightPattern
from spikegraph.dsl.source import Span
from spikegraph.dsl.values import CallValue, Value


class HeldOut(ValueType[float | Literal["data"]]):
    """What a run validates on: a share of the training set, or the data set's own part."""

    @property
    @override
    def words(self) -> str:
        return f"{_SHARE.words}, or `data`"

    @override
    def read(self, expr: Expr, scope: Scope) -> Reading[float | Literal["data"]] | None:
        if isinstance(expr, Name):
            return Reading[float | Literal["data"]]("data", expr) if expr.id == "data" else self.refuse(expr, scope)
        return _SHARE.read(expr, scope)


_SHARE = Real(0, 1, open_low=True, open_high=True)
_POSITIVE = Real(0, open_low=True)
_COUNT = Whole(1, 10**6)
_STEMS = Declared("neuron", also=("relu",))


AUTO_COUNT = Key("n", _COUNT, None, "number of neurons")

AUTO = CallOf(
    "a choice of places",
    vocabulary(
        Signature(
            "auto",
            (
                AUTO_COUNT,
                Key("by", Choice(("gradient",)), "gradient", "what is compared: the loss's gradient by a neuron's weights"),
            ),
            "the neurons with the largest measure at the start of the retraining",
        )
    ),
)
"""The place `auto(n, by = ...)`."""


@record
class Dgs:
    """`dgs at PLACES { ... }`, section 3.4; a place is a dotted path, `all stems`, or `auto(n)` alone."""

    places: tuple[str, ...]
    every: int = key(_COUNT, "5", "epochs from one search of the surrogate to the next")
    iterations: int = key(_COUNT, "100", "batches of one search")
    candidates: int = key(Whole(2, 64), "5", "N of Eq. 7: number of surrogates to compare, centred on the present one")
    spacing: float = key(_POSITIVE, "0.2", "difference between the b of neighbouring candidates")
    epsilon: float = key(Real(0), "0.001", "alpha at the start of a search")
    bounds: tuple[float, float] = key(Interval(_POSITIVE), "[1, 6]", "least and largest b")
    lr: float = key(
        _POSITIVE, "0.1", "learning rate of the step on alpha, which the paper does not give; it does not change the ranking"
    )
    state: Literal["fresh", "present"] = key(
        Choice(("fresh", "present")),
        "fresh",
        "optimiser state for the step to a candidate's weights: none, or a copy of the present one",
    )
    span: Span


@record
class Run:
    """How a network is trained: what `search` and `retrain` have in common."""

    kind: ClassVar[Literal["search", "retrain"]]
    network: str
    bindings: Mapping[str, Expr]
    dataset: str
    epochs: int = key(_COUNT, None, "passes over the training set")
    batch: int = key(_COUNT, None, "samples that are computed together")
    accumulate: int = key(_COUNT, "1", "batches whose gradients are added up for one step")
    weights: CallValue = key(OPTIMISER, None, "optimiser of the weights")
    schedule: tuple[CallValue, ...] = key(SCHEDULE, "constant", "learning rate of the weights over the epochs")
    clip: float | None = key(Optional(_POSITIVE), "none", "largest norm of the weights' gradient")
    stems: str = key(_STEMS, None, "`relu`, or the neuron of stems that name none; by default that of the network")
    mix: Mix | None = key(Optional[Mix](Choice(MIX)), "none", "overrides the `mix` of every cell; `none` keeps it")
    loss: tuple[Loss, ...] = key(LossSum(), None, "the loss to minimise")
    epoch_samples: int | None = key(
        Optional(Whole(1)), "none", "samples of an epoch, drawn anew for each epoch; `none` means the whole set"
    )
    sampling: Literal["uniform", "balanced"] = key(
        Choice(("uniform", "balanced")), "uniform", "which samples an epoch has: all alike, or as many of each class"
    )
    validate: float | Literal["data"] | None = key(
        Optional(HeldOut()),
        "none",
        "what is evaluated after each epoch: a held-out share of the training set, or the data set's own part, `data`",
    )
    patience: int | None = key(Optional(_COUNT), "none", "epochs without a better validation after which training stops")
    workers: int = key(Whole(0, 256), "0", "processes that read data; 0 means the training process itself")
    span: Span


@record
class Search(Run):
    """`search NET(...) on DATA { ... }`."""

    kind = "search"
    choices: Mapping[str, tuple[Value, ...]]
    method: CallValue = key(METHOD, "darts", "how architectures are found and compared")
    objective: tuple[CallValue, ...] = key(
        Objectives(), "none", "what is searched for; two objectives give a front, and `none` is the score of the task alone"
    )
    stems: str = key(_STEMS, "relu", "`relu` for all stems, or the neuron of stems that name none")
    warm_up: int = key(Whole(0, 10**6), "0", "first epochs, which train only weights")
    split: float = key(_SHARE, "0.5", "share of the training set for the weights; the rest is for the architecture")
    architecture: CallValue = key(
        OPTIMISER,
        "adam(lr = 0.0003, betas = [0.5, 0.999], weight_decay = 0.001)",
        "optimiser of alpha and beta; the default is the paper's",
    )
    snapshots: int | None = key(
        Optional(_COUNT), "none", "epochs between decoded snapshots of the architecture, which `search-progress` retrains"
    )

    @property
    def price(self) -> CallValue | None:
        """The second objective; None of a search that has one."""
        return self.objective[1] if len(self.objective) > 1 else None


@record
class Retrain(Run):
    """`retrain NET(...) on DATA { ... }`."""

    kind = "retrain"
    stems_stated: bool
    weights_from: str | None = key(
        Optional(PathBelow("weights")),
        "none",
        "the run, file or folder whose weights training starts from, relative to the spec's; others may be given",
    )
    take: tuple[WeightPattern, ...] | None = key(
        Optional(ListOf(WeightNames(), least=1)), "none", "which weights are taken from there; `none` means all that fit"
    )
    freeze: tuple[WeightPattern, ...] = key(
        ListOf(WeightNames()), "[]", "which weights don't change; norms among them keep their statistics"
    )
    rates: tuple[PartRate, ...] = key(
        ListOf(PartRates()), "[]", "factors of the learning rate of weights; of several that name a weight, the last one counts"
    )
    dgs: tuple[Dgs, ...]


RUNS: Mapping[str, type[Search | Retrain]] = {"search": Search, "retrain": Retrain}
"""The record of each kind of run."""
