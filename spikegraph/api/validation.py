"""`spikegraph.validate`: whether the passes of a spec keep what its network computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikegraph.api.loading import spec_of
from spikegraph.plugins.notes import naming_plugins

if TYPE_CHECKING:
    from pathlib import Path

    from spikegraph.passes.phase_pipelines import Phase
    from spikegraph.program.program import Program
    from spikegraph.validation.pipelines import Validated


def validate(spec: Program | str | Path, *, phase: Phase | None = None, passes: str | None = None, seed: int = 0) -> Validated:
    """Runs the graphs before and after each pass by the reference, and compares potentials, spikes and results.

    Random weights, and random inputs of the smallest size that the network allows, in float64.

    Args:
        spec: What `load` gave, or a path.
        phase: `search`, `retrain` or `deploy`; by default `retrain` where a genotype is given or there is nothing to search,
            else `search`.
        passes: A pipeline's text, in place of the phase's own.
        seed: Of weights and inputs.

    Returns:
        What was compared.

    Raises:
        SpecError: The spec is wrong, or needs a genotype.
        PassError: The pipeline is wrong.
        ArgumentError: There is no such phase.
        ValidationError: A pass changes what the network computes.
        NoReferenceError: An operation or a neuron model of a plug-in has no reference, or no samples.
    """
    from spikegraph.validation.pipelines import validate as run  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.validation.trusted import require_samples  # noqa: PLC0415

    program = spec_of(spec)
    with naming_plugins():
        built = program.build(phase, passes)
        require_samples(built.space)
        return run(built.space, built.passes, seed)
