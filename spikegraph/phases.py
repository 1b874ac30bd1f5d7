"""From a checked spec to the graphs of one of its phases: what `Program` remembers, as plain functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spikegraph.dsl.resolve import Resolved
from spikegraph.dsl.spec import Retrain, Run, Spec
from spikegraph.elaborate.build import elaborate
from spikegraph.elaborate.losses import check_losses
from spikegraph.elaborate.places import check_places, stems_of
from spikegraph.errors import PassError
from spikegraph.genotype.searched import choices, paths
from spikegraph.ir.graph import Graph, GraphError
from spikegraph.passes import pipeline
from spikegraph.passes.base import Pass
from spikegraph.passes.default import Phase, default_pipeline
from spikegraph.passes.instrument_dgs import BETWEEN, InstrumentDgs

PHASES: tuple[Phase, ...] = ("search", "retrain")
"""The phases in which a spec is checked; `deploy` is `retrain` with its norms folded."""

After = Callable[[Pass, Graph], None]
"""Called after each pass with the graph that it made."""


@dataclass(frozen=True)
class Use:
    """A network, and the kind of the run that uses it, if one does."""

    network: str
    kind: str | None

    def run_of(self, spec: Spec) -> Run | None:
        """The run."""
        return {"search": spec.search, "retrain": spec.retrain}.get(self.kind or "")


@dataclass(frozen=True)
class Built:
    """The graphs of one phase.

    Attributes:
        spec: The checked spec.
        phase: The executable form.
        run: The spec's search or retraining that belongs to the phase, if it has one.
        space: The graph of what the spec says.
        outline: The graph before its layers are taken apart: one node for a layer, cells with their genotype.
        graph: The lowered graph.
        passes: The pipeline that made it.
    """

    spec: Spec
    phase: Phase
    run: Run | None
    space: Graph
    outline: Graph
    graph: Graph
    passes: tuple[Pass, ...]


def uses(spec: Spec, phase: Phase) -> tuple[Use, ...]:
    """The network of a phase's run; without such a run that of the other run, else every network."""
    own, other = (spec.search, spec.retrain) if phase == "search" else (spec.retrain, spec.search)
    if own is not None:
        return (Use(own.network, own.kind),) if own.network in spec.networks else ()
    if other is not None and other.network in spec.networks:
        return (Use(other.network, None),)
    return tuple(Use(name, None) for name in spec.networks)


def space(resolved: Resolved, use: Use) -> Graph | None:
    """The graph of what a spec says of a network; None after an error, which is in the diagnostics."""
    spec, diagnostics, run = resolved.spec, resolved.diagnostics, use.run_of(resolved.spec)
    before = diagnostics.errors
    judged = () if run is None else tuple(loss.of for loss in run.loss if loss.of is not None)
    graph = elaborate(spec, use.network, {} if run is None else run.bindings, diagnostics, resolved.broken, judged)
    if run is not None:
        check_losses(run, graph, diagnostics, resolved.broken)
        check_places(run, graph, diagnostics, resolved.broken)
    return None if diagnostics.errors > before or resolved.broken else graph


@dataclass(frozen=True)
class Checked:
    """A graph after those passes of its phase that may refuse it; the rest can't fail.

    Attributes:
        passes: The whole pipeline.
        done: How many of its passes were run.
        outline: As in `Built`.
        graph: The result so far.
    """

    passes: tuple[Pass, ...]
    done: int
    outline: Graph
    graph: Graph


def check(resolved: Resolved, use: Use, phase: Phase, graph: Graph, *, wanted: bool) -> Checked | None:
    """Runs the passes that decide whether a spec is sound in a phase.

    Args:
        resolved: The spec.
        use: The network, and the run that uses it.
        phase: The executable form.
        graph: As `space` made it.
        wanted: Whether this phase was asked for, so that a missing genotype is an error.

    Returns:
        The graph; None after an error, which is in the diagnostics, or without the genotype that the phase needs.
    """
    passes = _pipeline(resolved.spec, use.run_of(resolved.spec), phase, graph)
    chosen = pipeline.checked(passes)
    found = _run(resolved, use, chosen, graph, None, wanted=wanted)
    return None if found is None else Checked(passes, len(chosen), *found)


def finish(resolved: Resolved, use: Use, phase: Phase, graph: Graph, checked: Checked) -> Built:
    """The graphs of a phase, from where `check` stopped."""
    lowered = pipeline.run(checked.passes[checked.done :], checked.graph)
    run = use.run_of(resolved.spec)
    return Built(resolved.spec, phase, run, graph, checked.outline, lowered, checked.passes)


def lower(resolved: Resolved, use: Use, phase: Phase, graph: Graph, passes: str | None, after: After | None) -> Built | None:
    """The graphs of a phase with a pipeline of one's own, or with a look at each pass; None after an error.

    Raises:
        PassError: The pipeline's text is wrong.
    """
    run = use.run_of(resolved.spec)
    default = _pipeline(resolved.spec, run, phase, graph)
    chosen = default if passes is None else pipeline.parse(passes, (*default, _instrument(run, graph)))
    found = _run(resolved, use, chosen, graph, after, wanted=True)
    return None if found is None else Built(resolved.spec, phase, run, graph, *found, chosen)


def _run(
    resolved: Resolved, use: Use, passes: tuple[Pass, ...], graph: Graph, after: After | None, *, wanted: bool
) -> tuple[Graph, Graph] | None:
    """The outline and the graph that passes make; None after an error."""
    outline, diagnostics = graph, resolved.diagnostics

    def note(p: Pass, made: Graph) -> None:
        nonlocal outline
        if p.name in ("bind-genotype", "convert-stems"):
            outline = made
        if after is not None:
            after(p, made)

    try:
        made = pipeline.run(passes, graph, note)
        return outline, made
    except GraphError as error:
        diagnostics.error(error.cause.code, error.span, error.cause.summary, help=error.cause.help)
    except PassError as error:
        if error.code != "SG0317" or wanted:
            run = use.run_of(resolved.spec)
            place = resolved.spec.networks[use.network].span if run is None else run.span
            diagnostics.error(error.code or "SG0604", place, error.summary, help=error.help)
    return None


def _pipeline(spec: Spec, run: Run | None, phase: Phase, graph: Graph) -> tuple[Pass, ...]:
    dgs = _instrument(run, graph)
    return default_pipeline(
        phase,
        stems=None if run is None else run.stems,
        mix=None if run is None else run.mix,
        genotypes=choices(spec),
        paths=paths(spec),
        dgs=dgs if dgs.places else None,
    )


def _instrument(run: Run | None, graph: Graph) -> InstrumentDgs:
    """The pass that marks the places whose surrogates a run searches."""
    places = [place for dgs in run.dgs for place in dgs.places] if isinstance(run, Retrain) else []
    return InstrumentDgs(at=BETWEEN.join(places), stems=stems_of(graph))
