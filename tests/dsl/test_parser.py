"""From text to trees: contextual keywords, spans, comments, and linear effort."""

# A wrong type fails the test anyway, and narrowing every value first would hide the assertions.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false, reportOperatorIssue=false

import re
from pathlib import Path

import pytest

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.equality import same
from spikegraph.dsl.parser import parse, parse_expression, parse_partly
from spikegraph.dsl.source import SourceFile
from spikegraph.dsl.syntax import FILES
from spikegraph.dsl.traversal import children

SPECS = Path(__file__).parents[2] / "specs"
STEREO = (SPECS / "stereo.sdhs").read_text(encoding="utf-8")


def tree(text):
    diagnostics = Diagnostics()
    file = parse(SourceFile("spec", text), diagnostics)
    assert [d.summary for d in diagnostics] == []
    return file


def expression(text):
    diagnostics = Diagnostics()
    expr = parse_expression(SourceFile("expr", text), diagnostics)
    assert [d.summary for d in diagnostics] == []
    return expr


def test_words_are_keywords_only_in_their_places():
    file = tree(
        """sdhs 1
        cell input like like
        neuron path { search = retrain output = sdhs  block = all dgs = at }
        network on { input input, all : like[param] param param = 2 output output = block block block(on) { return return } }
        search path(search = 1) on retrain {}
        path search = [all]
        """
    )
    assert [type(item).__name__ for item in file.items] == ["Declaration", "Declaration", "Declaration", "Run", "Path"]
    keys = [s.key.id for s in file.items[1].body if isinstance(s, ast.Entry)]
    assert keys == ["search", "output", "block", "dgs"]
    assert [type(s).__name__ for s in file.items[2].body] == ["Input", "Param", "Output", "Block"]


@pytest.mark.parametrize("word", sorted(set(re.findall(r'^[A-Z]+: "([a-z]+)"$', FILES.text, re.MULTILINE)) - {"return"}))
def test_a_keyword_is_a_name_behind_every_value(word):
    """Behind a value a new declaration may begin as well, so its words are keywords there."""
    for value in ("0.5", "a", "a(b = 3)", "a.b", "[1, 2]", '"text"', "a -> b"):
        (neuron,) = tree(f"sdhs 1 neuron {word} {{ decay = {value} {word} = {word}({word} = 3) }}").items
        assert [entry.key.id for entry in neuron.body] == ["decay", word]


def test_line_ends_and_blanks_mean_nothing():
    assert same(tree(STEREO).items, tree(" ".join(line.split("#")[0] for line in STEREO.split("\n"))).items)
    assert same(tree(STEREO), tree(STEREO.replace("\n", "\r\n")))


def test_precedence():
    def shape(expr):
        match expr:
            case ast.Pipe(stages):
                return ("->", *map(shape, stages))
            case ast.Binary(operator, left, right):
                return (operator, shape(left), shape(right))
            case ast.Negative(operand):
                return ("neg", shape(operand))
            case ast.Number(value):
                return value
            case ast.Name(name):
                return name

    assert shape(expression("a -> 1 + 2 * -3 - 4 / b -> c")) == (
        "->",
        "a",
        ("-", ("+", 1, ("*", 2, ("neg", 3))), ("/", 4, "b")),
        "c",
    )
    assert shape(expression("(a -> b) * (1 - (2 - 3))")) == ("*", ("->", "a", "b"), ("-", 1, ("-", 2, 3)))


@pytest.mark.parametrize("path", sorted(SPECS.rglob("*.sdhs")), ids=lambda p: str(p.relative_to(SPECS)))
def test_every_span_covers_its_expression(path):
    text = path.read_text(encoding="utf-8")
    source = SourceFile("spec", text)
    stack, seen = [tree(text)], 0
    while stack:
        node = stack.pop()
        stack.extend(children(node))
        if isinstance(node, ast.Number | ast.Text | ast.Name | ast.Attribute | ast.Index | ast.Call | ast.Sequence | ast.Pipe):
            span = node.span
            piece = text[source.offset(span.line, span.column) : source.offset(span.end_line, span.end_column)]
            assert same(expression(piece), node)
            seen += 1
    assert seen > 10


def test_comments_are_kept_in_order():
    file = tree('# one\nsdhs 1 # two\nneuron lif { # three\n  # four\n  decay = 0.2 # "five" # still\n}\n# six')
    assert [c.text for c in file.comments] == ["# one", "# two", "# three", "# four", '# "five" # still', "# six"]
    assert [c.own_line for c in file.comments] == [True, False, False, True, False, True]


def test_a_number_sign_in_a_string_is_not_a_comment():
    file = tree('sdhs 1\nimport "a#b.sdhs"\n')
    assert (file.items[0].path.value, file.comments) == ("a#b.sdhs", ())


def test_sound_declarations_are_kept_beside_broken_ones():
    diagnostics = Diagnostics()
    text = "sdhs 1\nneuron a { decay = 0.1 }\nneuron b { decay = }\nneuron c { decay = 0.3 }\n"
    parsed = parse_partly(SourceFile("spec", text), diagnostics)
    assert [item.name.id for item in parsed.file.items] == ["a", "c"]
    assert (parsed.broken, parsed.incomplete) == ({("neuron", "b")}, False)
    assert parse(SourceFile("spec", text), Diagnostics()) is None


def test_an_unreadable_import_leaves_names_open():
    parsed = parse_partly(SourceFile("spec", 'sdhs 1\nimport "a\n'), Diagnostics())
    assert parsed.incomplete


def test_the_work_of_parsing_is_linear(growth):
    body = STEREO.split("sdhs 1", 1)[1]

    def work(copies):
        assert parse(SourceFile("spec", "sdhs 1" + body * copies), Diagnostics()) is not None

    assert growth(work, 1, 4) < 4.5


def test_the_work_of_reporting_errors_is_linear(growth):
    def work(count):
        text = "sdhs 1\n" + "neuron lif {\n  decay = = 0.2\n  threshold = 0.5\n}\n" * count
        diagnostics = Diagnostics()
        assert parse(SourceFile("spec", text), diagnostics) is None
        assert len(diagnostics) == count

    assert growth(work, 25, 100) < 4.5
