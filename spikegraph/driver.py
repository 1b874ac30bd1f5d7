"""The whole flow, from a path to something that runs or is looked at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from spikegraph.dsl.ast import Expr
from spikegraph.dsl.diagnostics import Diagnostics, SpecError
from spikegraph.dsl.resolve import Resolved, resolve
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Run, Spec
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


@dataclass(frozen=True)
class Options:
    """How a spec is built; see the options of `spikegraph compile`.

    Attributes:
        phase: Which executable form; None is `retrain` where a genotype is at hand and `search` elsewhere.
        genotype: A file with genotypes and paths, in place of the spec's.
        profile: A profile's name.
        overrides: `path=value`, each.
        passes: A pipeline's text, in place of the phase's own.
    """

    phase: Phase | None = None
    genotype: Path | None = None
    profile: str | None = None
    overrides: tuple[str, ...] = ()
    passes: str | None = None


@dataclass(frozen=True)
class Built:
    """A spec with its graphs: as it is written, and after the passes.

    Attributes:
        resolved: The checked spec.
        phase: The executable form.
        run: The spec's search or retrain that belongs to the phase, if it has one.
        space: The graph of what the spec says.
        outline: The graph before its layers are taken apart: one node for a layer, cells with their genotype.
        graph: The lowered graph.
        passes: The pipeline that made it.
    """

    resolved: Resolved
    phase: Phase
    run: Run | None
    space: Graph
    outline: Graph
    graph: Graph
    passes: tuple[Pass, ...]

    @property
    def spec(self) -> Spec:
        """The checked spec."""
        return self.resolved.spec


def check(path: Path, options: Options | None = None) -> Diagnostics:
    """Everything that is wrong with a spec, in each of the forms that it says it is built in."""
    options = options or Options()
    resolved = load(path, options)
    phases: tuple[Phase, ...] = ("search", "retrain") if options.phase is None else (options.phase,)
    for phase in phases:
        for network in networks(resolved.spec, phase):
            lowered(resolved, network, phase, options)
    return resolved.diagnostics


def build(path: Path, options: Options | None = None, after: Callable[[Pass, Graph], None] | None = None) -> Built:
    """A spec's graphs; `after` is told of each pass.

    Raises:
        SpecError: The spec is wrong.
        PassError: The pipeline is wrong.
    """
    options = options or Options()
    resolved = load(path, options)
    return finish(resolved, options, after)


def load(path: Path, options: Options) -> Resolved:
    """The spec, its imports, overrides and genotype, checked."""
    return resolve(path, profile=options.profile, overrides=options.overrides, genotype=options.genotype)


def finish(resolved: Resolved, options: Options, after: Callable[[Pass, Graph], None] | None = None) -> Built:
    """A checked spec's graphs.

    Raises:
        SpecError: The spec is wrong.
        PassError: The pipeline is wrong.
    """
    spec, phase = resolved.spec, options.phase or default_phase(resolved.spec)
    found = networks(spec, phase)
    if resolved.diagnostics.has_errors:
        check_all(resolved, options)
        raise SpecError(resolved.diagnostics)
    if len(found) != 1:
        what = "no network" if not found else f"{len(found)} networks, and no {run_name(phase)} that says which"
        resolved.diagnostics.error("SG0202", spec.span, f"the spec has {what}", help="write `network NAME { ... }`")
        raise SpecError(resolved.diagnostics)
    # This phase is wanted, whoever chose it: what it lacks is told.
    built = lowered(resolved, found[0], phase, replace(options, phase=phase), after)
    if built is None or resolved.diagnostics.has_errors:
        raise SpecError(resolved.diagnostics)
    return built


def check_all(resolved: Resolved, options: Options) -> None:
    """Adds what the elaboration has to say of the sound part of a spec that has errors."""
    for phase in ("search", "retrain"):
        for network in networks(resolved.spec, phase):
            lowered(resolved, network, phase, options)


@dataclass(frozen=True)
class Use:
    """A network with the values of its params, and the run that uses it so, if one does."""

    network: str
    bindings: Mapping[str, Expr]
    run: Run | None
    span: Span


def networks(spec: Spec, phase: Phase) -> Sequence[Use]:
    """The network of a phase's run; where the spec has no such run, each of its networks."""
    run = spec.search if phase == "search" else spec.retrain
    if run is not None:
        return [Use(run.network, run.bindings, run, run.span)] if run.network in spec.networks else []
    return [Use(name, {}, None, n.span) for name, n in spec.networks.items()]


def lowered(
    resolved: Resolved, use: Use, phase: Phase, options: Options, after: Callable[[Pass, Graph], None] | None = None
) -> Built | None:
    """The graphs of one use of a network; None after an error, or where no genotype is at hand for the phase.

    Raises:
        PassError: The pipeline's text is wrong.
    """
    spec, diagnostics = resolved.spec, resolved.diagnostics
    before = diagnostics.errors
    judged = () if use.run is None else tuple(loss.of for loss in use.run.loss if loss.of is not None)
    space = elaborate(spec, use.network, use.bindings, diagnostics, resolved.broken, judged)
    if use.run is not None:
        check_losses(use.run, space, diagnostics, resolved.broken)
        check_places(use.run, space, diagnostics, resolved.broken)
    if diagnostics.errors > before or resolved.broken:
        return None
    genotypes, chosen = choices(spec), paths(spec)
    stems, mix = run_options(use.run)
    dgs = InstrumentDgs(at=BETWEEN.join(dgs_places(use.run)), stems=stems_of(space))
    marks = dgs if dgs.places else None
    default = default_pipeline(phase, stems=stems, mix=mix, genotypes=genotypes, paths=chosen, dgs=marks)
    passes = default if options.passes is None else pipeline.parse(options.passes, (*default, dgs))
    outline = space

    def note(p: Pass, graph: Graph) -> None:
        nonlocal outline
        if p.name in ("bind-genotype", "convert-stems"):
            outline = graph
        if after is not None:
            after(p, graph)

    try:
        graph = pipeline.run(passes, space, note)
    except GraphError as error:
        diagnostics.error(error.cause.code, error.span, error.cause.summary, help=error.cause.help)
        return None
    except PassError as error:
        if error.code != "SG0317" or options.phase is not None:
            diagnostics.error(error.code or "SG0604", use.span, error.summary, help=error.help)
        return None
    return Built(resolved, phase, use.run, space, outline, graph, passes)


def run_options(run: Run | None) -> tuple[str | None, Literal["spike", "membrane"] | None]:
    """What a run says of the stems and of the mixing."""
    if run is None:
        return None, None
    stems, mix = run.options.get("stems"), run.options.get("mix")
    # The schema of runs knows no other words.
    return (str(stems) if stems is not None else None), cast('Literal["spike", "membrane"] | None', mix)


def dgs_places(run: Run | None) -> tuple[str, ...]:
    """The places whose surrogates a run searches."""
    return () if run is None else tuple(place for dgs in run.dgs for place in dgs.places)


def default_phase(spec: Spec) -> Phase:
    """`retrain` where a genotype is at hand, else `search`."""
    return "retrain" if spec.genotypes else "search"


def run_name(phase: Phase) -> str:
    """The declaration that a phase belongs to."""
    return "search" if phase == "search" else "retrain"
