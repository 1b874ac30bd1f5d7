"""Warnings about a spec's search: what it can't tell apart, and where it trains another network than the retraining."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from spikegraph.base.nearest import listed
from spikegraph.base.record import record
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.resolve import Resolved
from spikegraph.dsl.schema.cell import Mix
from spikegraph.dsl.schema.methods import METHODS
from spikegraph.dsl.spec import Search, Spec
from spikegraph.elaborate.build import Elaborated
from spikegraph.ir.graph import Graph
from spikegraph.passes.candidates import Searched, identical, searched_cells
from spikegraph.passes.equal_branches import equal_branches
from spikegraph.program.elaborated import Use, uses
from spikegraph.program.search_cost import LEAST_STEPS, candidates_cost, retraining_steps, trainings

DRAW = "keep one of them: the choice between them is a draw"
DEARER = 1.5
"""How many times as much a search may cost as with a long training, before there is a warning."""
AT: dict[Mix, str] = {"spike": "at the spike", "membrane": "at the membrane"}


def check_search(resolved: Resolved, spaces: Mapping[Use, Elaborated | None]) -> None:
    """Adds the warnings about the search of a sound spec, if one will run; arguments as those of `check_params`."""
    spec = resolved.spec
    if spec.search is None or spec.genotypes or resolved.broken:
        return
    for use in uses(spec, "search"):
        space = spaces.get(use)
        if space is not None:
            _check(spec, space.graph, resolved.diagnostics)


def _check(spec: Spec, graph: Graph, diagnostics: Diagnostics) -> None:
    """Warns of candidates that are the same network (SG0901), of two ways to mix (SG0902), and of a cost (SG0903).

    A search that says its own `mix` may mix differently from the retraining, as the paper's do; then what only the
    retraining makes equal is no warning either.

    Args:
        spec: A sound spec whose search runs: it has no genotype.
        graph: The searched network at stage `space`.
        diagnostics: Gets the warnings.
    """
    search, cells = spec.search, searched_cells(graph, spec.cells)
    assert search is not None
    supernet = METHODS[search.method.name].supernet
    deliberate = supernet and search.mix is not None
    if supernet and not deliberate:
        _different_mix(spec, search, cells, diagnostics)
    names: dict[_Same, list[str]] = {}
    for of, found in zip(cells, _same(spec, cells, supernet=supernet), strict=True):
        for same in found:
            if same.searched or not deliberate:
                names.setdefault(same, []).append(of.cell.name)
    for same, of in names.items():
        diagnostics.warning("SG0901", search.span, same.summary(of), help=same.help)
    _equal_branches(graph, diagnostics)
    _cost(spec, search, diagnostics)


@record
class _Same:
    """Candidates that are the same network.

    Attributes:
        candidates: Their names.
        searched: They are in the search's form.
        retrained: They are in the retrained form.
        mixed: They are so only because operations mix at the membrane.
    """

    candidates: tuple[str, ...]
    searched: bool
    retrained: bool
    mixed: bool

    def summary(self, cells: list[str]) -> str:
        """What is the same, and where."""
        names = listed(self.candidates, last="and")
        where = [text for held, text in ((self.searched, "while searching"), (self.retrained, "once retrained")) if held]
        of = f"cell{'s' if len(cells) > 1 else ''} {listed(cells, last='and')}"
        return f"candidates {names} of {of} are the same operation {' and '.join(where)}"

    @property
    def help(self) -> str:
        """The fix."""
        if self.mixed:
            return (
                "mixing at the membrane removes the neurons in which alone they differ: keep one of them, or mix at the spike"
            )
        return DRAW


def _same(spec: Spec, cells: Sequence[Searched], *, supernet: bool) -> list[list[_Same]]:
    """For each cell the candidates that are one, in the form of the search if it trains a supernet, or in the retrained."""
    search, retrain = spec.search, spec.retrain
    assert search is not None
    none: list[list[tuple[str, ...]]] = [[] for _ in cells]
    searched = identical(cells, "search", search.mix) if supernet else none
    retrained = identical(cells, "retrain", retrain.mix) if retrain is not None else none
    # As the cells would be if they had never mixed elsewhere.
    at_spike = [replace(of, cell=of.cell.model_copy(update={"mix": "spike"})) for of in cells]
    always = identical(at_spike, "retrain", None) if any((*searched, *retrained)) else none
    return [
        [_Same(group, group in s, group in r, group not in a) for group in dict.fromkeys((*s, *r))]
        for s, r, a in zip(searched, retrained, always, strict=True)
    ]


def _equal_branches(graph: Graph, diagnostics: Diagnostics) -> None:
    """Warns of branches of choices on wires that are the same operation; the uses of a block have one choice."""
    choices = {cell.name: node for node in graph if (cell := node.op.searched()) is not None and node.op.cell_spec() is None}
    for node, names in equal_branches(graph, choices.values()):
        summary = f"branches {listed(names, last='and')} of the choice `{node.weights}` are the same operation"
        diagnostics.warning("SG0901", node.span, summary, help=DRAW)


def _different_mix(spec: Spec, search: Search, cells: Sequence[Searched], diagnostics: Diagnostics) -> None:
    retrain = spec.retrain
    if retrain is None:
        return
    for cell in (of.cell for of in cells):
        own, later = search.mix or cell.mix, retrain.mix or cell.mix
        if own != later:
            summary = f"the search mixes the operations of cell `{cell.name}` {AT[own]}, the retraining {AT[later]}"
            help = f"write `mix = {later}` in the search; `mix = {own}` says that another network is meant"
            diagnostics.warning("SG0902", search.span, summary, help=help)
            return


def _cost(spec: Spec, search: Search, diagnostics: Diagnostics) -> None:
    """Warns if the least number of steps of a short training makes the search cost much more than its share of one says."""
    steps, long = retraining_steps(spec), candidates_cost(spec, None)
    if steps is None or not long:
        return
    cost = candidates_cost(spec, steps)
    if cost is not None and cost >= DEARER * long:
        of = f"search method `{search.method.name}`"
        summary = f"the {of} costs {trainings(cost)}, not {trainings(long)} as with a longer training"
        help = (
            f"a training has {steps} steps, and candidates are first compared after {LEAST_STEPS} of them at least: give the "
            "retraining more steps, or write the method's `share`"
        )
        diagnostics.warning("SG0903", search.span, summary, help=help)
