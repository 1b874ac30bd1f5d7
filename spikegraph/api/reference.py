"""`spikegraph.reference`: what the network of a spec computes, in numpy and float64."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from spikegraph.api.loading import spec_of
from spikegraph.plugins.notes import naming_plugins

if TYPE_CHECKING:
    from spikegraph.ir.choices import Choices
    from spikegraph.ir.graph import Graph
    from spikegraph.meaning.api import Reference
    from spikegraph.meaning.weights import Weights
    from spikegraph.passes.phase_pipelines import Phase
    from spikegraph.program.phases import Built
    from spikegraph.program.program import Program


def reference(
    spec: Program | str | Path | Graph,
    weights: Weights,
    *,
    phase: Phase = "retrain",
    genotype: str | Path | None = None,
    training: bool = False,
) -> Reference:
    """What a network computes, in numpy and float64, without torch: slow, and the judge of kernels, passes and exports.

    Args:
        spec: What `load` gave, a path, or a graph of any stage, such as `model.graph`. Of a graph before the stage `lowered`
            all choices are open.
        weights: Arrays by name, as in `state_dict()`, or a `.safetensors` or `.npz` file of them.
        phase: `retrain`, `search`, or `deploy`, whose weights are those of a deployed model, with its norms folded.
        genotype: A genotype file, in place of the spec's own.
        training: Norms use the statistics of the samples instead of the running ones.

    Returns:
        A function from inputs to results, both arrays by name: [T, N, C, *size], or [N, C, *size] for values that are the same
        at every step. Its `.trace(inputs)` also gives the values of all nodes, the spikes and potentials of all neurons, and
        the running statistics after a step of training.

    Raises:
        SpecError: The spec is wrong, or needs a genotype.
        MisfitError: A weight is missing, or has another shape.
        CheckpointError: The file of weights is damaged.
        ArgumentError: There is no such phase, or the file has another format.
        NoReferenceError: An operation or a neuron model of a plug-in has no reference.
    """
    from spikegraph.base.arguments import one_of  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.ir.graph import Graph  # noqa: PLC0415
    from spikegraph.meaning.api import reference_of  # noqa: PLC0415
    from spikegraph.passes.phase_pipelines import PHASE_NAMES  # noqa: PLC0415

    if isinstance(spec, Graph):
        with naming_plugins():
            return reference_of(spec, weights, training=training)
    one_of("phase", phase, PHASE_NAMES)
    program = spec_of(spec)
    if genotype is not None:
        program = program.with_genotype(genotype)
    with naming_plugins():
        built = program.build(phase)
        lowered = phase == "deploy" or _method(built) == "partial"  # `partial` is defined by its pass
        return reference_of(built.plain if lowered else built.space, weights, choices_of(built), training=training)


def choices_of(built: Built) -> Choices:
    """What the phase of a spec decides about the graph of what the spec says."""
    from spikegraph.genotype.bindings import kept_edges, paths  # noqa: PLC0415 (importing the package stays cheap)
    from spikegraph.ir.choices import Choices  # noqa: PLC0415

    run, open_ = built.run, built.phase == "search"
    stems, mix = (None, None) if run is None else (run.stems, run.mix)
    genotypes = None if open_ else kept_edges(built.spec)
    return Choices(genotypes, paths(built.spec), stems, mix, edges=open_ and _weighs_edges(built))


def _method(built: Built) -> str | None:
    """The name of the search's method."""
    from spikegraph.dsl.spec import Search  # noqa: PLC0415 (importing the package stays cheap)

    return built.run.method.name if isinstance(built.run, Search) else None


def _weighs_edges(built: Built) -> bool:
    """Whether the search's method learns a weight for each edge."""
    from spikegraph.dsl.schema.methods import weighs_edges  # noqa: PLC0415
    from spikegraph.dsl.spec import Search  # noqa: PLC0415 (importing the package stays cheap)

    return isinstance(built.run, Search) and weighs_edges(built.run.method)
