"""What a cell is made of, as graphs hold it."""

from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Data


class Stage(Data):
    """One stage of a candidate's pipeline: an operation by name with its parameters, or a neuron."""

    op: str
    params: dict[str, bool | int | float | str] = Field(default_factory=dict)
    neuron: Neuron | None = None


class CandidateSpec(Data):
    """A named operation of an edge: the stages of its pipeline."""

    name: str
    stages: tuple[Stage, ...]

    @property
    def skip(self) -> bool:
        """Whether it is the identity."""
        return all(s.op == "identity" for s in self.stages)

    @property
    def neuron(self) -> Neuron | None:
        """The neuron that ends the pipeline, if one does."""
        return self.stages[-1].neuron


class Choice(Data):
    """One kept edge of a node: `operation(source)`."""

    node: str
    operation: str
    source: str


class CellSpec(Data):
    """A cell's declaration, resolved: see the language's `cell`."""

    name: str
    inputs: tuple[str, ...]
    nodes: PositiveInt
    candidates: tuple[CandidateSpec, ...]
    neuron: Neuron
    mix: Literal["spike", "membrane"] = "spike"
    keep: PositiveInt = 2
    rank_without: tuple[str, ...] = ()
    max_skips: NonNegativeInt | None = None
    edges: tuple[tuple[str, tuple[str, ...]], ...]
    """Per node its afferents, in order: `(("n0", ("prev2", "prev")), ...)`; edges are numbered in this order."""

    def edge_list(self) -> tuple[tuple[str, str], ...]:
        """Every edge as (node, source), numbered as the rows of alpha are."""
        return tuple((node, source) for node, sources in self.edges for source in sources)

    def candidate(self, name: str) -> CandidateSpec:
        """The candidate called `name`.

        Raises:
            KeyError: There is none.
        """
        for c in self.candidates:
            if c.name == name:
                return c
        raise KeyError(name)
