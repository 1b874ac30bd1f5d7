"""The genotype file of a search: the architecture, where it is from, and what speaks against it."""

from collections.abc import Mapping

from spikegraph.genotype.decisions import decided
from spikegraph.genotype.searched import skip_warnings
from spikegraph.program.program import Program
from spikegraph.searches.architecture import Architecture


def genotype_text(program: Program, found: Architecture, seed: int, margins: Mapping[str, float] | None = None) -> str:
    """The genotype file of an architecture that a search found: at its top how clearly it decided, and warnings."""
    name = program.name.replace("\\", "/").rpartition("/")[2]
    undecided = [f"{decided(margins).capitalize()}."] if margins else []
    lines = (f"Searched by {name}, seed {seed}.", *undecided, *(f"Warning: {line}" for line in warnings(program, found)))
    return found.text("\n".join(lines))


def warnings(program: Program, found: Architecture) -> list[str]:
    """A warning for each cell of an architecture that is mostly skips."""
    return skip_warnings(program.build("search").space, found.genotypes)
