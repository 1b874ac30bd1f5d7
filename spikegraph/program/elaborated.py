"""What a spec says of its networks: their graphs without a genotype, before the passes of a phase."""

from collections.abc import Mapping, Sequence

from spikegraph.base.record import record
from spikegraph.dsl.ast import Expr
from spikegraph.dsl.resolve import Resolved
from spikegraph.dsl.spec import Retrain, Run, Search, Spec
from spikegraph.elaborate.build import Elaborated, elaborate, stems_of
from spikegraph.elaborate.losses import check_losses, check_penalty_places
from spikegraph.elaborate.open_choices import check_choices
from spikegraph.elaborate.places import check_places
from spikegraph.elaborate.samples import check_samples
from spikegraph.elaborate.typed_builder import Types
from spikegraph.elaborate.typed_network import types_of
from spikegraph.genotype.searched_params import decided_params
from spikegraph.passes.phase_pipelines import Phase
from spikegraph.program.weight_checks import check_parts

NOTHING: Mapping[str, Expr] = {}

Made = dict[tuple[object, ...], Elaborated]
"""Graphs of what a spec says, by all that they depend on."""


@record
class Use:
    """A network, and the kind of the run that uses it, if one does."""

    network: str
    kind: str | None

    def run_of(self, spec: Spec) -> Run | None:
        """The run."""
        return {"search": spec.search, "retrain": spec.retrain}.get(self.kind or "")


def uses(spec: Spec, phase: Phase) -> tuple[Use, ...]:
    """The network of a phase's run; without such a run that of the other run, else every network."""
    own, other = (spec.search, spec.retrain) if phase == "search" else (spec.retrain, spec.search)
    if own is not None:
        return (Use(own.network, own.kind),) if own.network in spec.networks else ()
    if other is not None and other.network in spec.networks:
        return (Use(other.network, None),)
    return tuple(Use(name, None) for name in spec.networks)


def only_use(resolved: Resolved, phase: Phase) -> Use | None:
    """The one network of a phase; None after an error, which is in the diagnostics."""
    found = uses(resolved.spec, phase)
    if not found:
        place, help = resolved.spec.span, "write `network NAME { ... }`"
        resolved.diagnostics.error("SG0202", place, "the spec has no network", help=help)
    elif len(found) > 1:
        report_several(resolved, found)
    return found[0] if len(found) == 1 else None


def report_several(resolved: Resolved, found: Sequence[Use]) -> None:
    """Adds the error that no run says which of several networks is meant."""
    second = resolved.spec.networks[found[1].network]
    resolved.diagnostics.error(
        "SG0202",
        second.span,
        f"the spec has {len(found)} networks, and no `search` or `retrain` that says which is meant",
        help=f"write `retrain {second.name} on DATASET {{ ... }}`, or keep one network in a file",
    )


def bindings_of(spec: Spec, use: Use) -> Mapping[str, Expr]:
    """The values of params that the run or a genotype gives."""
    run = use.run_of(spec)
    return {**({} if run is None else run.bindings), **decided_params(spec, use.network)}


def space(resolved: Resolved, use: Use, bound: Mapping[str, Expr] = NOTHING, made: Made | None = None) -> Elaborated | None:
    """The graph of what a spec says of a network; None after an error, which is in the diagnostics.

    `bound` are values of params in place of those that the run or the genotype gives. `made` has what is known of other uses.
    """
    spec, diagnostics, run = resolved.spec, resolved.diagnostics, use.run_of(resolved.spec)
    before = diagnostics.reports
    found = _elaborated(resolved, use, bound, {} if made is None else made)
    if run is not None and found is not None:
        graph = found.graph
        check_losses(run, graph, spec, diagnostics)
        check_places(run, graph, diagnostics)
        if isinstance(run, Retrain):
            check_parts(run, graph, diagnostics, searched=spec.search is not None and not spec.genotypes)
        if spec.search is not None:
            check_penalty_places(run, graph, diagnostics)
        if diagnostics.reports == before and not resolved.broken:
            check_samples(run, graph, spec, diagnostics)
        if isinstance(run, Search) and not spec.genotypes and diagnostics.reports == before and not resolved.broken:
            check_choices(run, graph, diagnostics)
    return None if diagnostics.reports > before or resolved.broken else found


def _elaborated(resolved: Resolved, use: Use, bound: Mapping[str, Expr], made: Made) -> Elaborated | None:
    """The graph, made once for all uses that differ in nothing that it depends on."""
    spec, diagnostics, run = resolved.spec, resolved.diagnostics, use.run_of(resolved.spec)
    judged = () if run is None else tuple(name for loss in run.loss for name in (loss.of, loss.to) if name is not None)
    bindings = {**bindings_of(spec, use), **bound}
    outputs = {wire.name for wire in spec.networks[use.network].wires if wire.output}
    form, wires = (use.network, stems_of(spec, run), tuple(bindings.items())), frozenset(judged) - outputs
    if (form, wires) in made:
        return made[form, wires]
    before = diagnostics.reports
    found = made[form].tapped(wires) if form in made else None
    if found is None:
        found = elaborate(spec, use.network, bindings, diagnostics, resolved.broken, judged, run)
    if found is not None and diagnostics.reports == before:
        made[form, wires] = found
        made.setdefault(form, found)
    return found


def sound_types(resolved: Resolved, use: Use) -> Types:
    """The types of the expressions of a network in a spec that may be wrong, as far as it is sound."""
    return types_of(resolved.spec, use.network, bindings_of(resolved.spec, use), resolved.broken, use.run_of(resolved.spec))
