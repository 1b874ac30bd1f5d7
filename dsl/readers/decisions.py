"""The `genotype` of a network: a branch for each choice on its wires."""

from collections.abc import Collection

from spikegraph.dsl import ast, spec
from spikegraph.dsl.diagnostics import Label
from spikegraph.dsl.layout import flat
from spikegraph.dsl.node_descriptions import describe
from spikegraph.dsl.readers.block import allowed
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.source import Span

_FORM = "write the name of a branch, such as `b1 = skip`"


def decides(node: ast.Declaration, cells: Collection[str], networks: Collection[str]) -> bool:
    """Whether a genotype is that of a network: by its name, or by its form where the name is that of both or neither."""
    name = node.name.id
    if (name in cells) != (name in networks):
        return name in networks
    values = [s.value for s in node.body if isinstance(s, ast.Entry)]
    return bool(values) and all(isinstance(value, ast.Name | ast.Number) for value in values)


def read_decisions(node: ast.Declaration, scope: Scope) -> spec.Genotype | None:
    """Read the genotype of a network; None if its form is wrong. The elaboration knows which choices and branches there are."""
    sound = allowed(node.body, "genotype", scope)
    nodes: dict[str, tuple[spec.Term, ...]] = {}
    places: dict[str, Span] = {}
    for statement in node.body:
        if not isinstance(statement, ast.Entry):
            continue
        place, value = flat(statement.key), statement.value
        if place in places:
            labels = [Label(places[place], "first here")]
            scope.diagnostics.error("SG0404", statement.key.span, f"`{place}` is decided twice", labels=labels)
            sound = False
        elif not isinstance(value, ast.Name | ast.Number):
            summary = f"expected a branch of `choose`, found {describe(value)}"
            scope.diagnostics.error("SG0409", value.span, summary, help=_FORM)
            sound = False
        else:
            places[place], nodes[place] = statement.key.span, (spec.Term(flat(value), "", value.span),)
    if sound and not nodes:
        scope.diagnostics.error("SG0222", node.name.span, f"the genotype of `{node.name.id}` decides nothing", help=_FORM)
        sound = False
    return spec.Genotype(node.name.id, nodes, node.span, places) if sound else None
