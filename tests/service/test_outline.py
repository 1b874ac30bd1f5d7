"""The outline of sound texts has the statements that the parser has, and its tokens are those of the grammar."""

from pathlib import Path

import pytest

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.parser import parse
from spikegraph.dsl.source import SourceFile
from spikegraph.service.document import Document
from spikegraph.service.formatting import formatted, formatted_document
from spikegraph.service.outline import outline
from spikegraph.service.pieces import pieces

from ..sampled import sampled
from .grammar_tokens import grammar_tokens

ROOT = Path(__file__).parents[2]
SPECS = [
    str(path.relative_to(ROOT))
    for folder in ("specs", "dsl/library", "tests/diagnostics")
    for path in sorted((ROOT / folder).rglob("*.sdhs"))
]
SORTS = {
    ast.Entry: "entry",
    ast.Output: "output",
    ast.Param: "param",
    ast.Input: "input",
    ast.Return: "return",
    ast.Block: "block",
    ast.Dgs: "dgs",
    ast.Quantity: "number",
    ast.Weights: "weights",
    ast.Option: "option",
    ast.State: "state",
    ast.Emit: "emit",
    ast.Over: "over",
    ast.Import: "import",
    ast.Path: "path",
}


def path_of(key):
    match key:
        case ast.Name(name):
            return (name,)
        case ast.Attribute():
            return (*path_of(key.base), key.name if isinstance(key.name, str) else key.name.id)
        case ast.Index():
            return path_of(key.base)


def names_of(node):
    match node:
        case ast.Run():
            return (node.network.id,)
        case ast.Path():
            return (node.trellis.id,)
        case ast.Entry():
            return path_of(node.key)
        case ast.Input():
            return tuple(name.id for name in node.names)
        case ast.Return() | ast.Dgs() | ast.Emit() | ast.Over():
            return ()
        case _:
            return () if node.name is None else (node.name.id,)


def of_parser(node):
    yield SORTS.get(type(node)) or node.kind, names_of(node), node.span.start
    for inner in getattr(node, "body", ()):
        yield from of_parser(inner)


def of_outline(document):
    for number, piece in enumerate(document.pieces):
        for node in piece.outline.walk():
            if node.kind != "version":
                names = tuple(piece.outline.tokens[i].text for i in node.names)
                yield node.kind, names, document.span(number, *node.range).start


@pytest.mark.parametrize("name", sampled(SPECS, 40))
def test_it_has_the_statements_that_the_parser_has(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    file = parse(SourceFile(name, text), Diagnostics())
    if file is None:
        pytest.skip("a text with syntax errors")
    assert list(of_outline(Document(Path(name), text))) == [found for item in file.items for found in of_parser(item)]


@pytest.mark.parametrize("name", sampled([name for name in SPECS if not name.startswith("tests")], 12))
def test_the_tokens_are_those_of_the_grammar(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    document = Document(Path(name), text)
    expected = grammar_tokens(text)
    found = [(p.start + t.start, t.text) for p in document.pieces for t in p.outline.tokens]
    assert found == [(start, value) for start, value, _ in expected]


@pytest.mark.parametrize("name", sampled(SPECS, 20))
def test_a_text_is_formatted_in_pieces_as_the_whole_is(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for changed in (text, text.replace("  ", " "), text.replace("\n\n", "\n"), text.replace("}\n", "}\n\n\n")):
        assert formatted_document(Document(Path(name), changed)) == formatted(SourceFile(name, changed), Diagnostics())


def test_pieces_are_the_whole_text():
    text = "# a\nsdhs 1\nneuron a {\nparam b = 1\n}\nblock c(x) {\n  return x }\nnetwork d { # cell x {\n  block e(x) { }\n"
    found = pieces(text)
    assert [(piece.line, piece.text.partition("\n")[0]) for piece in found] == [
        (0, "# a"),
        (2, "neuron a {"),
        (5, "block c(x) {"),
        (7, "network d { # cell x {"),
    ]
    assert "".join(piece.text for piece in found) == text


def sketch(text):
    def of(node):
        name = ".".join(found.tokens[i].text for i in node.names)
        inside = " ".join(of(inner) for inner in node.body)
        value = " ".join(found.tokens[i].text for i in range(*node.value))
        return f"({node.kind} {name}{' = ' + value if value else ''}{' ' + inside if inside else ''})"

    found = outline(text)
    return " ".join(of(node) for node in found.nodes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "network n {\n  a = x -> conv(3,\n  b = a -> norm\n}",
            "(network n (entry a = x -> conv ( 3 ,) (entry b = a -> norm))",
        ),
        ("network n {\n  a =\n  output b = a", "(network n (entry a) (output b = a))"),
        ("network n {\n  a = [1, 2\n}\ncell c {", "(network n (entry a = [ 1 , 2)) (cell c)"),
        ("search n(C = ) on {\n epochs = }", "(search n (entry epochs))"),
        ("cell like { nodes 3 keep = 2 }", "(cell like (entry keep = 2))"),
        ("}}} = ( network", ""),
    ],
    ids=["bracket", "value", "list", "run", "equals", "nothing"],
)
def test_broken_texts_keep_what_can_be_read(text, expected):
    assert sketch(text) == expected
