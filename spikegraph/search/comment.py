"""The genotype file of a search: the architecture, where it is from, and what speaks against it."""

from spikegraph.genotype.searched import skip_warnings
from spikegraph.program import Program
from spikegraph.search.architecture import Architecture


def genotype_text(program: Program, found: Architecture, seed: int) -> str:
    """The genotype file of an architecture that a search found, with warnings at its top."""
    name = program.name.replace("\\", "/").rpartition("/")[2]
    lines = (f"Searched by {name}, seed {seed}.", *(f"Warning: {line}" for line in warnings(program, found)))
    return found.text("\n".join(lines))


def warnings(program: Program, found: Architecture) -> list[str]:
    """A warning for each cell of an architecture that is mostly skips."""
    return skip_warnings(program.build("search").space, found.genotypes)
