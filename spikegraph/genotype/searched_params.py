"""Params that a search decides: `search net(W = any(8, 16)) on data`, then `genotype net { W = 16 }`."""

from collections.abc import Mapping

from spikegraph.dsl.ast import Expr, Number
from spikegraph.dsl.genotype_text import number_text
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Spec
from spikegraph.ir.cellspec import CandidateSpec, CellSpec
from spikegraph.ir.ops.choose import SOURCE

_NOWHERE = Span("<search>", 1, 1, 1, 1)


def searched_params(spec: Spec, network: str) -> dict[str, tuple[str, ...]]:
    """The values, as texts, of the params of a network that the spec's search decides."""
    search = spec.search
    if search is None or search.network != network:
        return {}
    return {name: tuple(map(number_text, values)) for name, values in search.choices.items()}


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
        if place in declared.params and terms[0].operation[0].isdigit():
            number = float(terms[0].operation)
            value = int(number) if number.is_integer() and terms[0].operation.isdigit() else number
            found[place] = Number(value, None, terms[0].span)
    return found
