"""`--validate`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from spikegraph.base.notices import telling_if_slow

if TYPE_CHECKING:
    from spikegraph.passes.phase_pipelines import Phase
    from spikegraph.program.program import Program
    from spikegraph.validation.pipelines import Validated

validate_option = click.option(
    "--validate", is_flag=True, help="Run the graphs before and after each pass on random inputs, and compare the results."
)


def validated(
    program: "Program", phase: "Phase | None" = None, passes: str | None = None
) -> "Iterator[tuple[Phase, Validated]]":
    """Validates the passes of a phase of a sound spec, or of all phases that it has.

    Raises:
        SpecError: The phase needs a genotype.
        ValidationError: A pass changes what the network computes.
        NoReferenceError: An operation has no reference.
    """
    from spikegraph.api.validation import validate  # noqa: PLC0415
    from spikegraph.passes.phase_pipelines import PHASE_NAMES  # noqa: PLC0415 (slow to import)

    for each in PHASE_NAMES if phase is None else (phase,):
        if phase is not None or _has(program, each):
            with telling_if_slow(f"validating the passes of {each}"):
                found = validate(program, phase=each, passes=passes)
            yield each, found


def _has(program: "Program", phase: "Phase") -> bool:
    """Whether a sound spec has the genotype that a phase needs, or choices to search."""
    from spikegraph.dsl.diagnostics import SpecError  # noqa: PLC0415 (imported by then)

    try:
        built = program.build(phase)
    except SpecError:
        return False
    return phase != "search" or any(node.op.searched() is not None for node in built.space)
