"""Specifications of cells, their candidates and their kept edges."""

from collections import Counter
from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import OPS
from spikegraph.ir.traits import Data


def carried_node(source: str) -> str | None:
    """The node whose value at the step before is a source: `n2` for `previous(n2)`; None for other sources."""
    return source.removeprefix("previous(").removesuffix(")") if source.endswith(")") else None


class EdgeStage(Data):
    """One stage of a candidate's pipeline: the name of an operation with its parameters, or a neuron."""

    op: str
    params: dict[str, bool | int | float | str | tuple[int, ...]] = Field(default_factory=dict)
    neuron: Neuron | None = None


class CandidateSpec(Data):
    """A candidate operation of an edge: its name and the stages of its pipeline; a branch of a choice on a wire has none."""

    name: str
    stages: tuple[EdgeStage, ...]

    @property
    def skip(self) -> bool:
        """True if the candidate is the identity."""
        return bool(self.stages) and all(s.neuron is None and OPS[s.op].traits.forwards for s in self.stages)

    @property
    def silent(self) -> bool:
        """True if the candidate gives nothing; a derived cell has no such edge."""
        return bool(self.stages) and all(s.neuron is None and OPS[s.op].traits.silent for s in self.stages)

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each stage's node: that of its operation, with a number if it was used before."""
        names, counts = list[str](), Counter[str]()
        for stage in self.stages:
            counts[stage.op] += 1
            names.append(stage.op if counts[stage.op] == 1 else f"{stage.op}{counts[stage.op]}")
        return tuple(names)

    @property
    def neuron(self) -> Neuron | None:
        """The neuron at the end of the pipeline, or None."""
        return self.stages[-1].neuron


class KeptEdge(Data):
    """One edge that a genotype keeps at a node: `operation(source)`."""

    node: str
    operation: str
    source: str


class CellSpec(Data):
    """A resolved `cell` declaration of the language."""

    name: str
    inputs: tuple[str, ...]
    nodes: PositiveInt
    candidates: tuple[CandidateSpec, ...]
    neuron: Neuron | None
    mix: Literal["spike", "membrane"] = "spike"
    keep: PositiveInt = 2
    rank_without: tuple[str, ...] = ()
    max_skips: NonNegativeInt | None = None
    output: Literal["concat", "last"] = "concat"
    preprocess: tuple[EdgeStage, ...] = ()
    edges: tuple[tuple[str, tuple[str, ...]], ...]
    """The sources of each node, in order: `(("n0", ("prev2", "prev")), ...)`; edges are numbered in this order.

    `previous(n2)` is the value of a node at the step before.
    """

    @property
    def parts(self) -> int:
        """The number of nodes whose channels the output has."""
        return self.nodes if self.output == "concat" else 1

    def edge_list(self) -> tuple[tuple[str, str], ...]:
        """All edges as (node, source), in the order of the rows of alpha."""
        return tuple((node, source) for node, sources in self.edges for source in sources)

    def candidate(self, name: str) -> CandidateSpec:
        """The candidate called `name`.

        Raises:
            KeyError: The cell has no candidate of this name.
        """
        for c in self.candidates:
            if c.name == name:
                return c
        raise KeyError(name)
