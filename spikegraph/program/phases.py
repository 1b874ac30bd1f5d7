"""From a checked spec to the graphs of one of its phases: what `Program` remembers, as plain functions."""

from collections.abc import Callable, Sequence
from functools import cached_property

from spikegraph.base.errors import PassError
from spikegraph.base.record import record
from spikegraph.base.surface import argument
from spikegraph.dsl.diagnostics import Diagnostics, Label
from spikegraph.dsl.resolve import Resolved
from spikegraph.dsl.schema.dataset import Dataset
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Retrain, Run, Spec
from spikegraph.elaborate.block_uses import uses_around
from spikegraph.elaborate.build import declarations
from spikegraph.elaborate.decisions import check_decisions
from spikegraph.elaborate.edge_blocks import written_out
from spikegraph.elaborate.losses import check_penalties
from spikegraph.elaborate.places import warn_of_silent_places
from spikegraph.genotype.searched_params import searched_params
from spikegraph.ir.architecture import cells_of
from spikegraph.ir.graph import Graph, GraphError, Node
from spikegraph.ir.limits import Tensors, check_shared, check_value, check_weights
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.passes import pipeline
from spikegraph.passes.base import Pass
from spikegraph.passes.decided_kinds import DecidedError, check_kinds
from spikegraph.passes.expand_cells import CandidateError
from spikegraph.passes.path_steps import check_path_steps
from spikegraph.passes.phase_pipelines import Phase
from spikegraph.program.elaborated import Use
from spikegraph.program.spec_pipelines import others, pipeline_of
from spikegraph.program.time_checks import check_time
from spikegraph.program.weight_checks import check_patterns

OPEN = "SG0317"
"""The code of what a genotype or a path leaves open."""

PHASES: tuple[Phase, ...] = ("search", "retrain")
"""The phases in which a spec is checked; `deploy` is `retrain` with its norms folded."""

After = Callable[[Pass, Graph], None]
"""Called after each pass with the graph that it made."""


@record
class Built:
    """The graphs of one phase.

    Attributes:
        spec: The checked spec.
        phase: The executable form.
        run: The spec's search or retraining that belongs to the phase, if it has one.
        space: The graph of what the spec says.
        outline: The graph before its layers are taken apart: one node for a layer, cells with their genotype.
        checked: The graph after the passes that may refuse it.
        rest: The other passes, which can't fail.
        passes: The whole pipeline.
        after: Called after each of the rest.

    The pipeline's last passes only make the graph faster: `plain` is the graph before them, for tables and diagrams, and
    `graph` the one after them, which runs.
    """

    spec: Spec
    phase: Phase
    run: Run | None
    space: Graph
    outline: Graph
    checked: Graph
    rest: tuple[Pass, ...]
    passes: tuple[Pass, ...]
    after: After | None = None

    def __repr__(self) -> str:
        return f"<Built {self.checked.name} for {self.phase}, passes {', '.join(each.name for each in self.passes)}>"

    @cached_property
    def plain(self) -> Graph:
        """The lowered graph whose operations are those of the spec, made when it is first needed."""
        return self._after(pipeline.plain(self.rest), self.checked)

    @cached_property
    def graph(self) -> Graph:
        """The lowered graph in the form that runs, made when it is first needed."""
        return self._after(self.rest[len(pipeline.plain(self.rest)) :], self.plain)

    def _after(self, passes: tuple[Pass, ...], graph: Graph) -> Graph:
        return pipeline.run(passes, graph, self.after) if passes else graph

    @property
    def time_steps(self) -> int | None:
        """Time steps of an inference: the network's `time`, or those of the data set of its run; None if neither tells."""
        if self.space.time is not None:
            return self.space.time
        dataset = _dataset(self.spec, self.run, self.space)
        return None if dataset is None else dataset.result_steps()


def _dataset(spec: Spec, run: Run | None, graph: Graph) -> Dataset | None:
    """The data set of a network's run, or else of another run of the network; None if nothing says it."""
    runs = (run, spec.retrain, spec.search)
    found = next((run for run in runs if run is not None and run.network == graph.name), None)
    return None if found is None else spec.datasets.get(found.dataset)


def build(
    resolved: Resolved, use: Use, phase: Phase, graph: Graph, passes: str | None, after: After | None, *, wanted: bool
) -> Built | None:
    """Runs the passes of a phase that decide whether the spec is sound; all of them if they are given or watched.

    Args:
        resolved: The spec.
        use: The network, and the run that uses it.
        phase: The executable form.
        graph: As `space` made it.
        passes: A pipeline's text, in place of the phase's own.
        after: Called after each pass.
        wanted: Whether this phase was asked for, so that a missing genotype is an error.

    Returns:
        The graphs; None after an error, which is in the diagnostics, or without the genotype that the phase needs.

    Raises:
        PassError: The pipeline's text is wrong.
    """
    spec, diagnostics, run = resolved.spec, resolved.diagnostics, use.run_of(resolved.spec)
    chosen = default = pipeline_of(spec, run, phase, graph)
    if passes is not None:
        chosen = pipeline.parse(passes, (*default, *others(spec, run, graph)))
    whole = passes is not None or after is not None
    first = pipeline.plain(chosen) if whole else pipeline.checked(chosen)
    outline = graph
    decisions = None if use.network in spec.cells else spec.genotypes.get(use.network)
    if phase != "search" and decisions is not None:
        check_decisions(decisions, graph, searched_params(spec, use.network), diagnostics)
        if diagnostics.has_errors:
            return None

    if phase != "search" and decisions is None and (params := searched_params(spec, use.network)):
        if wanted:
            _refuse_open(next(iter(params)), use, spec, diagnostics)
        return None

    def note(p: Pass, made: Graph) -> None:
        nonlocal outline
        if p.name in ("bind-genotype", "convert-stems"):
            outline = made
        if after is not None:
            after(p, made)

    try:
        checked = _checked(first, graph, note, wanted=wanted)
        if checked is None:
            return None
        _check_sizes(checked)
        check_time(checked, _dataset(spec, run, graph))
        if phase == "search":
            check_path_steps(graph, () if spec.search is not None else spec.paths)
        elif phase == "retrain" and passes is None and isinstance(run, Retrain):
            warn_of_silent_places(run, checked, diagnostics)
        built = Built(spec, phase, run, graph, outline, checked, chosen[len(first) :], chosen, after)
        if whole:
            _ = built.graph
    except GraphError as error:
        declared, labels = _declared(error, spec)
        labels += [Label(error.span, "the cell is used here")] if declared != error.span else []
        labels += [*uses_around(error.name, graph), *(error.labels if isinstance(error, DecidedError) else ())]
        diagnostics.error(error.cause.code, declared, error.cause.summary, help=error.cause.help, labels=labels)
        return None
    except PassError as error:
        place = spec.networks[use.network].span if run is None else run.span
        labels = _decided(spec) if error.code == OPEN else ()
        diagnostics.error(error.code or "SG0604", place, error.summary, help=error.help, labels=labels)
        return None
    before = diagnostics.reports
    if passes is None and phase != "deploy" and run is not None and any(loss.penalty is not None for loss in run.loss):
        check_penalties(run, built.plain, graph if phase == "retrain" and (decisions or cells_of(graph)) else None, diagnostics)
    if phase == "retrain" and passes is None and isinstance(run, Retrain) and (run.take or run.freeze or run.rates):
        check_patterns(run, built.plain, diagnostics, searched=spec.search is not None)
    return None if diagnostics.reports > before else built


def _checked(passes: Sequence[Pass], graph: Graph, note: After, *, wanted: bool) -> Graph | None:
    """The graph after the passes that may refuse it; None without a genotype that isn't wanted.

    Raises:
        GraphError, PassError: A pass refuses it, or what a genotype may decide doesn't fit.
    """
    before = graph

    def noted(p: Pass, made: Graph) -> None:
        nonlocal before
        before = made
        note(p, made)

    try:
        return pipeline.run(passes, graph, noted)
    except PassError as error:
        if error.code != OPEN or wanted:
            raise
    check_kinds(before)  # as the pass got it that needs the genotype
    return None


def _check_sizes(graph: Graph) -> None:
    """Checks that values and weights aren't too large, and that all uses of shared weights have one shape.

    Raises:
        GraphError: Those of an operation are, or have another shape than in an earlier use.
    """
    shared: dict[str, Tensors] = {}
    sound = set[int]()  # by what many nodes share
    for node in graph:
        try:
            if id(node.applied) not in sound:
                check_value(node.op.name, node.value)
                check_weights(node.op.name, node.leaves)
                sound.add(id(node.applied))
            _check_shared(node, shared)
        except TypeRuleError as error:
            raise GraphError(error, node.name, node.span) from error


def _check_shared(node: Node, shared: dict[str, Tensors]) -> None:
    if node.op.traits.neurons:
        check_shared(node.op.name, node.leaves, shared, fewer=True)
        return
    statistics = node.op.statistics(node.weights, *node.operand_values)
    leaves = node.leaves or {node.weights: {}}
    check_shared(node.op.name, {name: {**tensors, **statistics.get(name, {})} for name, tensors in leaves.items()}, shared)


def _refuse_open(param: str, use: Use, spec: Spec, diagnostics: Diagnostics) -> None:
    """Adds the error about a param that a search decides, and no genotype."""
    run = use.run_of(spec)
    place = spec.networks[use.network].span if run is None else run.span
    instead = f"give a file with `{argument('genotype', 'FILE')}`, or search"
    help = f"write `genotype {use.network} {{ {param} = ... }}`, {instead}"
    summary = f"the param `{param}` of network `{use.network}` is open"
    diagnostics.error(OPEN, place, summary, help=help, labels=_decided(spec))


def _decided(spec: Spec) -> list[Label]:
    """Where the genotypes and paths are that decide only a part."""
    return [Label(each.span, "this is decided") for each in (*spec.genotypes.values(), *spec.paths.values())]


def _declared(error: GraphError, spec: Spec) -> tuple[Span, list[Label]]:
    """Where the spec has what an error is about: for a candidate its declaration, not the use of its cell; with notes."""
    cell = spec.cells.get(error.cell) if isinstance(error, CandidateError) else None
    candidates = spec.candidates.get(cell.candidates) if cell is not None else None
    if not isinstance(error, CandidateError) or candidates is None:
        return error.span, []
    for operation in candidates.operations:
        if operation.name != error.candidate:
            continue
        if error.stage is None:
            return operation.span, []
        stages = written_out(operation.stages, declarations(spec, Diagnostics()))
        written = stages[error.stage] if error.stage < len(stages) else None
        if written is not None:
            return written.expr.span, [*reversed(written.uses)]
    return error.span, []
