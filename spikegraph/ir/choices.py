"""What decides, or leaves open, what a graph computes whose composite operations aren't taken apart."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from spikegraph.base.errors import UserError
from spikegraph.base.record import record
from spikegraph.ir.cellspec import KeptEdge


@record
class Choices:
    """What decides, or leaves open, what a graph of the stages `space` and `derived` computes.

    Attributes:
        genotypes: Kept edges by cell, and branches by network; None leaves all choices open.
        paths: Level after each layer by trellis.
        stems: `relu` or the name of a neuron for all stems that have none of their own; None leaves them as they are.
        mix: Where the operations of cells mix; None leaves it to each cell.
        edges: Whether open edges of a cell have weights of their own, as with `method = darts(edges = true)`.
    """

    genotypes: Mapping[str, tuple[KeptEdge, ...]] | None = None
    paths: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    stems: str | None = None
    mix: Literal["spike", "membrane"] | None = None
    edges: bool = False

    def genotype(self, name: str) -> tuple[KeptEdge, ...] | None:
        """The kept edges of a cell or network; None if they are open.

        Raises:
            UserError: Choices are decided, but not this one's.
        """
        if self.genotypes is None:
            return None
        if name not in self.genotypes:
            raise UserError(f"`{name}` has no genotype", "give one, or leave all choices open")
        return self.genotypes[name]

    def and_of(self, other: "Choices") -> "Choices":
        """These and those of `other`, which count where both decide."""
        genotypes = None if self.genotypes is other.genotypes is None else {**(self.genotypes or {}), **(other.genotypes or {})}
        paths, stems, mix = {**self.paths, **other.paths}, other.stems or self.stems, other.mix or self.mix
        return Choices(genotypes, paths, stems, mix, self.edges or other.edges)
