"""Params that a search decides: `search net(W = any(8, 16)) on data`, then `genotype net { W = 16 }`."""

from collections.abc import Mapping

from spikegraph.dsl.ast import Expr, Name, Number
from spikegraph.dsl.layout import flat
from spikegraph.dsl.param_values import literal
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Spec, Value
from spikegraph.ir.cellspec import CandidateSpec, CellSpec
from spikegraph.ir.ops.choose import SOURCE

_NOWHERE = Span("<search>", 1, 1, 1, 1)


def searched_params(spec: Spec, network: str) -> dict[str, tuple[str, ...]]:
    """The values, as texts, of the params of a network that the spec's search decides."""
    search = spec.search
    if search is None or search.network != network:
        return {}
    return {name: tuple(map(_text, values)) for name, values in search.choices.items()}


def _text(value: Value) -> str:
    """A value as a genotype writes it."""
    return flat(literal(value, _NOWHERE))


def param_cells(spec: Spec) -> tuple[CellSpec, ...]:
    """The params that the search decides, each as a cell of one edge, like a choice on a wire."""
    network = spec.search.network if spec.search is not None else ""
    return tuple(
        CellSpec(
            name=f"{network}.{param}",
            inputs=(SOURCE,),
            nodes=1,
            candidates=tuple(CandidateSpec(name=value, stages=()) for value in values),
            neuron=None,
            keep=1,
            edges=((param, (SOURCE,)),),
        )
        for param, values in searched_params(spec, network).items()
    )


def decided_params(spec: Spec, network: str) -> Mapping[str, Expr]:
    """What the genotype of a network binds its params to."""
    declared, genotype = spec.networks.get(network), spec.genotypes.get(network)
    if declared is None or genotype is None or network in spec.cells:
        return {}
    found: dict[str, Expr] = {}
    for place, terms in genotype.nodes.items():
        text, span = terms[0].operation, terms[0].span
        if place in declared.params and text[0].isdigit():
            number = float(text)
            found[place] = Number(int(number) if number.is_integer() and text.isdigit() else number, None, span)
        elif place in declared.params:
            found[place] = Name(text, span)
    return found


def fixed(spec: Spec) -> object:
    """What the graph has of genotypes and paths: the last levels of paths, and the values of params."""
    ends = {name: path.levels[-1] for name, path in spec.paths.items() if path.levels}
    values = {name: {k: flat(v) for k, v in decided_params(spec, name).items()} for name in spec.networks}
    return ends, values
