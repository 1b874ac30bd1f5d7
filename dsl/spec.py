"""A checked spec: the records that `resolve` makes of a file and its imports.

Names of declarations are resolved, `like` is merged, every key has its value or its default, and values are Python objects.
Dataflows, surrogates and pipelines of candidates need the type rules of operations: they stay expressions with spans,
which the elaboration checks.
"""

from collections.abc import Mapping
from dataclasses import field

from spikegraph.base.record import record
from spikegraph.dsl.ast import Expr
from spikegraph.dsl.schema.cell import Cell, Mix
from spikegraph.dsl.schema.dataset import Dataset
from spikegraph.dsl.schema.loss_sums import Loss
from spikegraph.dsl.schema.network import Block, Network, NetworkInput, Wire
from spikegraph.dsl.schema.neuron import Neuron
from spikegraph.dsl.schema.run import Dgs, Retrain, Run, Search
from spikegraph.dsl.schema.trellis import Trellis
from spikegraph.dsl.shown import few
from spikegraph.dsl.source import Span
from spikegraph.dsl.values import CallValue, Value
from spikegraph.equations.model import Model

__all__ = [
    "Block",
    "CallValue",
    "Candidate",
    "Candidates",
    "Cell",
    "Dataset",
    "Dgs",
    "Genotype",
    "Loss",
    "Mix",
    "Network",
    "NetworkInput",
    "Neuron",
    "Retrain",
    "Run",
    "Search",
    "Spec",
    "Term",
    "Trellis",
    "TrellisPath",
    "Value",
    "Wire",
]


@record
class Candidate:
    """One named operation of an edge; the stages of its pipeline are `Name` or `Call` expressions."""

    name: str
    stages: tuple[Expr, ...]
    span: Span


@record
class Candidates:
    """`candidates NAME { ... }`: the possible operations of a cell's edges, in order."""

    name: str
    operations: tuple[Candidate, ...]
    span: Span


@record
class Term:
    """One kept edge of a node: `operation(source)`; without a source a branch of a choice on a wire."""

    operation: str
    source: str
    span: Span


@record
class Genotype:
    """`genotype CELL { n0 = c3(prev2) + c3(prev) ... }`: the terms of each node in the order of the text.

    That of a network, `genotype NETWORK { b1 = c3 ... }`, has one term without a source for each choice on its wires;
    `places` has where the text names them.
    """

    cell: str
    nodes: Mapping[str, tuple[Term, ...]]
    span: Span
    places: Mapping[str, Span] = field(default_factory=dict[str, Span], compare=False)


@record
class TrellisPath:
    """`path TRELLIS = [levels]`: the level after each layer."""

    trellis: str
    levels: tuple[int, ...]
    span: Span


@record
class Spec:
    """A whole spec, imports included; the mappings keep the order of the text."""

    file: str
    models: Mapping[str, Model]
    neurons: Mapping[str, Neuron]
    candidates: Mapping[str, Candidates]
    cells: Mapping[str, Cell]
    trellises: Mapping[str, Trellis]
    blocks: Mapping[str, Block]
    networks: Mapping[str, Network]
    genotypes: Mapping[str, Genotype]
    paths: Mapping[str, TrellisPath]
    datasets: Mapping[str, Dataset]
    search: Search | None
    retrain: Retrain | None
    profiles: tuple[str, ...]
    span: Span

    def __repr__(self) -> str:
        return f"<Spec {self.file}\n  {self.overview}>"

    @property
    def overview(self) -> str:
        """The names of the declarations, on two lines."""
        kinds = ("models", "neurons", "candidates", "cells", "trellises", "blocks", "networks", "genotypes", "paths")
        found = ((kind, getattr(self, kind)) for kind in kinds)
        names = "; ".join(f"{kind} {few(named)}" for kind, named in found if named) or "no declarations"
        runs = "; ".join(f"{run.kind} {run.network} on {run.dataset}" for run in (self.search, self.retrain) if run is not None)
        return names + (f"\n  {runs}" if runs else "")
