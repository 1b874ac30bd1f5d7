"""The records of a run's journal, one class for each event.

`time` is in seconds since 1970; epochs and steps count from 1. Iterations of a surrogate search continue the step count of
their epoch.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Annotated, Literal, cast

from pydantic import AfterValidator, Field, TypeAdapter
from pydantic.dataclasses import dataclass
from typing_extensions import TypeIs

from spikegraph.runs.json_file import STRICT, Count, Ordinal, Real, as_object

Row = tuple[Real, ...]
Matrix = tuple[Row, ...]
Cube = tuple[Matrix, ...]


def _rectangular(values: Row | Matrix | Cube) -> Row | Matrix | Cube:
    parts: Sequence[Sequence[object]] = [values]
    while True:
        lengths = set(map(len, parts))
        if len(lengths) != 1 or 0 in lengths:
            raise ValueError("should be an array of numbers, with rows of one length")
        if isinstance(parts[0][0], float | int):
            return values
        parts = [row for part in parts for row in cast("Sequence[Sequence[object]]", part)]


_Array = Annotated[Row | Matrix | Cube, AfterValidator(_rectangular)]


def _rows_are_edges(values: Mapping[str, _Array]) -> Mapping[str, _Array]:
    for name, value in values.items():
        if _is_row(value) != name.endswith(".edges"):
            raise ValueError(f"should have a row of numbers for `CELL.edges` alone: see `{name}`")
    return values


def _is_row(values: Row | Matrix | Cube) -> TypeIs[Row]:
    return isinstance(values[0], float)


def _is_matrix(values: Row | Matrix | Cube) -> TypeIs[Matrix]:
    return not _is_row(values) and isinstance(values[0][0], float)


def _is_cube(values: Row | Matrix | Cube) -> TypeIs[Cube]:
    return not _is_row(values) and not _is_matrix(values)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class _Line:
    time: Real
    event: str
    phase: Literal["search", "retrain", "test"]
    epoch: Ordinal
    step: Count


@dataclass(frozen=True, kw_only=True, config=STRICT)
class StepEntry(_Line):
    """The steps of a phase since the previous entry.

    Attributes:
        lr: Learning rate of the weights.
        losses: Mean losses over these steps.
        gradient_norms: By neuron with a searchable surrogate, the mean gradient norm of the weights in front of it.
    """

    event: Literal["step"]
    lr: Real
    losses: Mapping[str, Real]
    gradient_norms: Mapping[str, Real] = field(default_factory=dict[str, float])


@dataclass(frozen=True, kw_only=True, config=STRICT)
class EpochEntry(_Line):
    """The end of an epoch.

    Attributes:
        losses: Mean losses over the epoch.
        architecture: `CELL.alpha` [edges, candidates], `CELL.edges` [edges] if edges have parameters, and `TRELLIS.beta`
            [layers, levels, 3], before the softmax.
        temperatures: Temperature b of each searchable surrogate, by neuron.
        gradient_norms: As in `StepEntry`, over the epoch.
        metrics: As in `Evaluation`, on the validation set.
    """

    event: Literal["epoch"]
    losses: Mapping[str, Real]
    architecture: Annotated[Mapping[str, _Array], AfterValidator(_rows_are_edges)] = field(default_factory=dict[str, _Array])
    temperatures: Mapping[str, Real] = field(default_factory=dict[str, float])
    gradient_norms: Mapping[str, Real] = field(default_factory=dict[str, float])
    metrics: Mapping[str, Real] = field(default_factory=dict[str, float])

    @property
    def alpha(self) -> dict[str, Matrix]:
        """Alpha [edges, candidates] by cell, before the softmax."""
        found = {k.removesuffix(".alpha"): v for k, v in self.architecture.items() if k.endswith(".alpha")}
        return {k: v for k, v in found.items() if _is_matrix(v)}

    @property
    def beta(self) -> dict[str, Cube]:
        """Beta [layers, levels, 3] by trellis, before the softmax."""
        found = {k.removesuffix(".beta"): v for k, v in self.architecture.items() if k.endswith(".beta")}
        return {k: v for k, v in found.items() if _is_cube(v)}

    @property
    def edges(self) -> dict[str, Row]:
        """The parameters of edges [edges] by cell, before the softmax over those that enter a node; empty without them."""
        found = {k.removesuffix(".edges"): v for k, v in self.architecture.items() if k.endswith(".edges")}
        return {k: v for k, v in found.items() if _is_row(v)}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DgsEntry(_Line):
    """The result of one round of the surrogate search for one neuron.

    Attributes:
        neuron: The neuron's name, without the suffix of a use.
        place: The name in the spec's `dgs at NAME`.
        b_before: Temperature before the round.
        b: Temperature after the round.
        candidates: The temperatures that were tried.
        alpha: Mean weight of each candidate.
        gradient_norm: Mean norm of the weights' gradient under each candidate.
        loss: Mean loss with the unchanged weights.
        mixed_loss: Mean loss of the mixed output.
        iterations: Number of iterations.
    """

    event: Literal["dgs"]
    neuron: str
    place: str
    b_before: Real
    b: Real
    candidates: Row
    alpha: Row
    gradient_norm: Row
    loss: Real
    mixed_loss: Real
    iterations: Count


@dataclass(frozen=True, kw_only=True, config=STRICT)
class EvaluationEntry(_Line):
    """The evaluation on the test set.

    Attributes:
        metrics: As in `Evaluation`.
        samples: Number of images.
    """

    event: Literal["evaluation"]
    metrics: Mapping[str, Real]
    samples: Count


Entry = StepEntry | EpochEntry | DgsEntry | EvaluationEntry

ENTRY: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="event")])
"""Validates a JSON line of the journal."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class EpochNumbers(_Line):
    """The losses and metrics of an `EpochEntry`, which are read many times as fast as all of it."""

    event: Literal["epoch"]
    losses: Mapping[str, Real]
    metrics: Mapping[str, Real] = field(default_factory=dict[str, float])


@dataclass(frozen=True, kw_only=True, config=STRICT)
class OtherLine(_Line):
    """The head of another entry; of a surrogate search with its iterations."""

    event: Literal["step", "dgs", "evaluation"]
    iterations: Count = 0


HEADS: TypeAdapter[list[EpochNumbers | OtherLine]] = TypeAdapter(
    list[Annotated[EpochNumbers | OtherLine, Field(discriminator="event")]]
)
"""Validates the lines of a journal as a JSON array."""


def as_objects(entries: Iterable[Entry]) -> list[dict[str, object]]:
    """The entries as JSON objects, as in the journal: without empty maps."""
    return [{k: v for k, v in as_object(entry).items() if v != {}} for entry in entries]
