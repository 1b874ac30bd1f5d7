"""The text of genotype files, as searches write them."""

import re
from collections.abc import Sequence
from itertools import pairwise

from spikegraph.base.record import record
from spikegraph.base.visible import visible
from spikegraph.dsl import ast, spec
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.source import Span

_NAME = r"[A-Za-z_]\w{0,99}"
_SOURCE = rf"{_NAME}|previous\({_NAME}\)"
_TERM = rf"(?P<operation>{_NAME})\((?P<source>{_SOURCE})\)"
_TERMS = re.sub(r"\?P<\w+>", "?:", _TERM)
_LINE = rf"  (?P<node>{_NAME}) += (?P<terms>{_TERMS}(?: +\+ {_TERMS})*)\n"
_PLACE = rf"{_NAME}(?:\[\d{{1,4}}\])?(?:\.{_NAME}(?:\[\d{{1,4}}\])?)*"
_DECISION = rf"  (?P<place>{_PLACE}) += (?P<branch>{_NAME}|\d[\d.]*(?:e[+-]?\d+)?)\n"
_PATH = rf"path (?P<trellis>{_NAME}) += \[(?P<levels>\d{{1,4}}(?:, \d{{1,4}})*)\]\n"
_CELL = rf"genotype (?P<cell>{_NAME}) \{{\n(?P<lines>(?:{re.sub(r'[?]P<[a-z]+>', '?:', _LINE)})+)\}}\n"
_NETWORK = rf"genotype (?P<network>{_NAME}) \{{\n(?P<decisions>(?:{re.sub(r'[?]P<[a-z]+>', '?:', _DECISION)})+)\}}\n"
_ITEM = re.compile(rf"\n?(?:{_CELL}|{_NETWORK}|{_PATH})", re.ASCII)
_HEAD = re.compile(r"(?:#[^\r\n]*\n)*sdhs 1\n")
_LINES, _EACH, _DECISIONS = re.compile(_LINE, re.ASCII), re.compile(_TERM, re.ASCII), re.compile(_DECISION, re.ASCII)

_NOWHERE = Span("", 1, 1, 1, 1)


def format_genotypes(genotypes: Sequence[spec.Genotype], paths: Sequence[spec.TrellisPath], comment: str | None = None) -> str:
    """The canonical text of a genotype file: the comment, then the genotypes, then the paths."""
    items: list[ast.Item] = [_genotype(genotype) for genotype in genotypes]
    items += [_path(path) for path in paths]
    text = print_file(ast.File(ast.VERSION, tuple(items), (), _NOWHERE))
    lines = [] if comment is None else [f"# {visible(line)}".rstrip() for line in comment.splitlines()]
    return "\n".join([*lines, text])


@record
class Choices:
    """The content of a genotype file.

    Attributes:
        cells: For each cell its nodes, for each node its sources with the operation on the edge from each; for a network the
            places of its choices, for each place the branch, under the empty source.
        paths: Level after each layer, by trellis.
    """

    cells: dict[str, dict[str, dict[str, str]]]
    paths: dict[str, tuple[int, ...]]


def read_canonical(text: str) -> Choices | None:
    """The content of a file as `format_genotypes` writes it, many times as fast as the parser; None for any other text.

    None too where something is given twice or a path leaps: the parser knows what is wrong.
    """
    head = _HEAD.match(text)
    if head is None:
        return None
    found = Choices({}, {})
    at = head.end()
    while at < len(text):
        item = _ITEM.match(text, at)
        name = None if item is None else item["cell"] or item["network"]
        if item is None or name in found.cells or item["trellis"] in found.paths:
            return None
        at = item.end()
        if name is None:
            levels = tuple(map(int, item["levels"].split(", ")))
            if any(abs(a - b) > 1 for a, b in pairwise((0, *levels))):
                return None
            found.paths[item["trellis"]] = levels
        else:
            nodes = _nodes(item["lines"]) if item["network"] is None else _branches(item["decisions"])
            if nodes is None:
                return None
            found.cells[name] = nodes
    return found


def _nodes(lines: str) -> dict[str, dict[str, str]] | None:
    nodes: dict[str, dict[str, str]] = {}
    for line in _LINES.finditer(lines):
        terms = [(term["source"], term["operation"]) for term in _EACH.finditer(line["terms"])]
        if line["node"] in nodes or len(dict(terms)) < len(terms):
            return None
        nodes[line["node"]] = dict(terms)
    return nodes


def _branches(lines: str) -> dict[str, dict[str, str]] | None:
    decisions = [(line["place"], line["branch"]) for line in _DECISIONS.finditer(lines)]
    return {place: {"": branch} for place, branch in decisions} if len(dict(decisions)) == len(decisions) else None


def _genotype(genotype: spec.Genotype) -> ast.Declaration:
    entries = tuple(
        ast.Entry(_place(node), _sum([_term(term) for term in terms]), _NOWHERE) for node, terms in genotype.nodes.items()
    )
    return ast.Declaration("genotype", _name(genotype.cell), None, entries, _NOWHERE)


def _place(text: str) -> ast.Name | ast.Attribute | ast.Index:
    """A place as an expression: `cells[2].b1`; a node is a name."""
    place: ast.Name | ast.Attribute | ast.Index | None = None
    for step in text.split("."):
        label, _, index = step.rstrip("]").partition("[")
        place = _name(label) if place is None else ast.Attribute(place, label, _NOWHERE)
        if index:
            place = ast.Index(place, (ast.Number(int(index), None, _NOWHERE),), _NOWHERE)
    assert place is not None
    return place


def _term(term: spec.Term) -> ast.Expr:
    if not term.source and term.operation[0].isdigit():
        value = float(term.operation)
        return ast.Number(int(value) if term.operation.isdigit() else value, None, _NOWHERE)
    if not term.source:
        return _name(term.operation)
    return ast.Call(_name(term.operation), (ast.Argument(None, _source(term.source), _NOWHERE),), _NOWHERE)


def _source(text: str) -> ast.Expr:
    """`n0` or `previous(n2)`."""
    function, _, node = text.removesuffix(")").rpartition("(")
    return ast.Call(_name(function), (ast.Argument(None, _name(node), _NOWHERE),), _NOWHERE) if function else _name(node)


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
