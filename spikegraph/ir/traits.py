"""The values with which operations answer what they are and how they join with others."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from spikegraph.base.record import record
from spikegraph.ir.stage import Stage

if TYPE_CHECKING:
    from spikegraph.ir.opdef import Op

MEAN_AND_VARIANCE = ("running_mean", "running_var")
"""The running statistics of a batch norm."""


@record(kw_only=True)
class Traits:
    """What an operation is, the same for all operations of a class.

    Attributes:
        source: An input of the network.
        fires: Its result is the spikes of neurons, so it has firing rates.
        stateful: It has membrane potentials, whether it fires or not, or another state between time steps.
        over_time: It needs all time steps at once, such as a filter over time: a network with it can't be run step by step.
        own_steps: Its kernel joins time steps, and takes each sample's own ones alone (`Call.within`).
        detaches: Its result has no gradient, on purpose.
        carries: Its result is that of another node at the step before, which the graph lists among its carried values.
        neurons: It consists of neurons, whether these fire or not; mixing at the membrane removes them from edges.
        statistics: It keeps running statistics besides its weights, which training changes and evaluation uses.
        forwards: It returns its operand unchanged.
        scales: In training its result has other numbers than those of its kind.
        silent: Its result is 0 everywhere.
        adds: It is the sum of its operands.
        commutes: Its operands can be exchanged, up to the rounding of sums.
        sums_edges: It is the sum of the afferent edges of a cell's node.
        joined: A pass made it of operations of the plain graph, to compute them at once.
        layer: A layer in diagrams: with `weights`, also before it is expanded, or a `cell` or trellis.
        gives: What its result means to losses and metrics: `disparity` from planes of similarity, or `disparity_map`.
        on_edge: Candidates may use it as a stage.
        stem: Its activation depends on the phase.
        sums_levels: After a searched trellis it is applied at each level, and the results are added.
        ends_trellis: It takes the result of a trellis at one level, where the path is known to end.
        set_by_edge: Parameters that the edge of a cell sets.
        strides_on_edge: On an edge that reduces the resolution it takes the edge's stride, if nothing behind it does.
        expanded_by: For a composite operation, the pass that takes it apart.
        stages: The stages at which it may be in a graph; a composite operation is never in a lowered graph.
    """

    source: bool = False
    fires: bool = False
    stateful: bool = False
    neurons: bool = False
    over_time: bool = False
    own_steps: bool = False
    detaches: bool = False
    carries: bool = False
    statistics: bool = False
    forwards: bool = False
    scales: bool = False
    silent: bool = False
    adds: bool = False
    commutes: bool = False
    sums_edges: bool = False
    joined: bool = False
    layer: Literal["weights", "cell"] | None = None
    gives: str | None = None
    on_edge: bool = False
    stem: bool = False
    sums_levels: bool = False
    ends_trellis: bool = False
    set_by_edge: tuple[str, ...] = ()
    strides_on_edge: bool = False
    expanded_by: str | None = None
    stages: tuple[Stage, ...] = tuple(Stage)


class Data(BaseModel):
    """A frozen model that refuses unknown fields: the base of operations and their parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Share(Data):
    """A range of the channels of an operation that computes several: the name of their weights, and their number."""

    weights: str
    channels: PositiveInt


class Normalisation(Data):
    """The constants of a batch norm: added to the variance, the weight of a batch in the running statistics, and the margin.

    `margin` is the number of pixels on each side of every spatial axis that have what the norm gives for 0.
    """

    eps: PositiveFloat = 1e-5
    momentum: NonNegativeFloat = 0.1
    margin: NonNegativeInt = 0


class CurrentTerm(Data):
    """One term of a current: the norms of its channels, in order; without norms the value is added unchanged.

    `scale` is the first value of the norms' weights.
    """

    norms: tuple[Share, ...] = ()
    eps: PositiveFloat = 1e-5
    momentum: NonNegativeFloat = 0.1
    scale: PositiveFloat = 1.0

    @model_serializer(mode="wrap")
    def _brief(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """All fields, but `scale` only where it isn't 1."""
        return {k: v for k, v in handler(self).items() if k != "scale" or v != 1}


@record
class Choice:
    """An open choice among operands: the row of an architecture parameter that weights them.

    Attributes:
        cell: The cell whose parameter `CELL.alpha` it is.
        edge: The row.
    """

    cell: str
    edge: int


@record
class ArchitectureParameter:
    """The part of an architecture parameter that an operation uses.

    Attributes:
        shape: The least shape that has this part.
        excluded: The indices of entries that the search never chooses.
    """

    shape: tuple[int, ...]
    excluded: tuple[tuple[int, ...], ...] = ()


@record
class Mixture:
    """How an operation weights its operands while a choice is open: by entries of a softmax over an architecture parameter.

    Attributes:
        parameter: The parameter's name.
        among: For each operand, the indices of the entries over which the softmax goes.
        taken: For each operand, the number of its own entry among these.
        factor: By what all weights are multiplied.
        layer: The layer of a trellis whose position it is: its operands are on different paths, so their weights add up to the
            probability that a path leads there. None for other choices.
    """

    parameter: str
    among: tuple[tuple[tuple[int, ...], ...], ...]
    taken: tuple[int, ...]
    factor: float = 1.0
    layer: int | None = None


@record
class Member:
    """An operation that becomes part of a wide one: the operation, the name of its node and weights, and its channels."""

    op: "Op"
    name: str
    weights: str
    channels: int

    @property
    def share(self) -> Share:
        """Its channels, under the name of its weights."""
        return Share(weights=self.weights, channels=self.channels)
