"""The text of genotype files, as searches write them."""

from collections.abc import Sequence

from spikegraph.dsl import ast, spec
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.recover import VERSION
from spikegraph.dsl.source import Span
from spikegraph.visible import visible

_NOWHERE = Span("", 1, 1, 1, 1)


def format_genotypes(genotypes: Sequence[spec.Genotype], paths: Sequence[spec.TrellisPath], comment: str | None = None) -> str:
    """The canonical text of a genotype file: the comment, then the genotypes, then the paths."""
    items: list[ast.Item] = [_genotype(genotype) for genotype in genotypes]
    items += [_path(path) for path in paths]
    text = print_file(ast.File(VERSION, tuple(items), (), _NOWHERE))
    lines = [] if comment is None else [f"# {visible(line)}".rstrip() for line in comment.splitlines()]
    return "\n".join([*lines, text])


def _genotype(genotype: spec.Genotype) -> ast.Declaration:
    entries = tuple(
        ast.Entry(_name(node), _sum([_term(term) for term in terms]), _NOWHERE) for node, terms in genotype.nodes.items()
    )
    return ast.Declaration("genotype", _name(genotype.cell), None, entries, _NOWHERE)


def _term(term: spec.Term) -> ast.Expr:
    return ast.Call(_name(term.operation), (ast.Argument(None, _name(term.source), _NOWHERE),), _NOWHERE)


def _sum(terms: Sequence[ast.Expr]) -> ast.Expr:
    total = terms[0]
    for term in terms[1:]:
        total = ast.Binary("+", total, term, _NOWHERE)
    return total


def _path(path: spec.TrellisPath) -> ast.Path:
    levels = tuple(ast.Number(level, None, _NOWHERE) for level in path.levels)
    return ast.Path(_name(path.trellis), ast.Sequence(levels, _NOWHERE), _NOWHERE)


def _name(text: str) -> ast.Name:
    return ast.Name(text, _NOWHERE)
