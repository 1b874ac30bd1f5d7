"""The canonical form: printed text parses to the same tree and prints as the same text."""

# A wrong type fails the test anyway, and narrowing every value first would hide the assertions.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false, reportOperatorIssue=false

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.equality import same, same_text
from spikegraph.dsl.layout import flat
from spikegraph.dsl.parser import parse
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.source import SourceFile, Span

from ..sampled import sampled

SPECS = Path(__file__).parents[2] / "specs"
AT = Span("", 1, 1, 1, 1)


def read(text):
    diagnostics = Diagnostics()
    file = parse(SourceFile("spec", text), diagnostics)
    assert [(d.span.start, d.summary) for d in diagnostics] == [], text
    return file


@pytest.mark.parametrize("path", sorted(SPECS.rglob("*.sdhs")), ids=lambda p: str(p.relative_to(SPECS)))
def test_specs_are_in_canonical_form(path):
    text = path.read_text(encoding="utf-8")
    assert print_file(read(text)) == text


# Trees of any shape.

WORDS = [
    "a",
    "b1",
    "lif",
    "input",
    "output",
    "param",
    "block",
    "dgs",
    "at",
    "on",
    "all",
    "like",
    "path",
    "search",
    "sdhs",
    "import",
]
LONG = "a_rather_long_name_of_something_in_a_network"
STRINGS = st.text(st.characters(blacklist_characters='"', blacklist_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), max_size=9)


@st.composite
def names(draw):
    return ast.Name(draw(st.sampled_from([*WORDS, LONG])), AT)


@st.composite
def numbers(draw):
    value = draw(st.integers(0, 10**15) | st.floats(0, 1e15, allow_nan=False).map(abs))
    return ast.Number(value, draw(st.sampled_from([None, None, "ms", "s", "us"])), AT)


def several(draw, strategy, least, most):
    return tuple(draw(strategy) for _ in range(draw(st.integers(least, most))))


@st.composite
def references(draw, depth):
    sort = draw(st.sampled_from(["name", "call", "attribute", "index"])) if depth > 0 else "name"
    if sort == "call":
        return ast.Call(draw(names()), several(draw, arguments(depth - 1), 0, 4), AT)
    if sort == "attribute":
        return ast.Attribute(draw(references(depth - 1)), draw(st.sampled_from(WORDS)), AT)
    if sort == "index":
        return ast.Index(draw(references(depth - 1)), several(draw, expressions(depth - 1), 1, 3), AT)
    return draw(names())


@st.composite
def arguments(draw, depth):
    return ast.Argument(draw(st.none() | st.sampled_from(WORDS)), draw(expressions(depth)), AT)


@st.composite
def expressions(draw, depth=3):
    sorts = ["number", "text", "reference"]
    if depth > 0:
        sorts += ["reference", "sequence", "binary", "binary", "negative", "pipe"]
    match draw(st.sampled_from(sorts)):
        case "number":
            return draw(numbers())
        case "text":
            return ast.Text(draw(STRINGS), AT)
        case "sequence":
            return ast.Sequence(several(draw, expressions(depth - 1), 0, 12), AT)
        case "binary":
            left, right = draw(expressions(depth - 1)), draw(expressions(depth - 1))
            return ast.Binary(draw(st.sampled_from("+-*/")), left, right, AT)
        case "negative":
            return ast.Negative(draw(expressions(depth - 1)), AT)
        case "pipe":
            return ast.Pipe(several(draw, expressions(depth - 1), 2, 4), AT)
        case _:
            return draw(references(depth))


@st.composite
def keys(draw):
    key = draw(names())
    for _ in range(draw(st.integers(0, 2))):
        dotted = ast.Attribute(key, draw(st.sampled_from(WORDS)), AT)
        key = draw(st.sampled_from([dotted, ast.Index(key, (ast.Number(5, None, AT),), AT)]))
    return key


@st.composite
def statements(draw, depth=2):
    sorts = ["entry", "entry", "output", "param", "input", "return"] + ["block", "dgs"] * (depth > 0)
    match draw(st.sampled_from(sorts)):
        case "output":
            return ast.Output(draw(names()), draw(expressions()), AT)
        case "param":
            return ast.Param(draw(names()), draw(expressions()), AT)
        case "input":
            return ast.Input(several(draw, names(), 1, 3), draw(expressions()), AT)
        case "return":
            return ast.Return(draw(expressions()), AT)
        case "block":
            return ast.Block(draw(names()), several(draw, names(), 0, 3), bodies(draw, depth - 1), AT)
        case "dgs":
            places = several(draw, references(1) | st.just(ast.Name("all stems", AT)), 1, 2)
            return ast.Dgs(places, bodies(draw, depth - 1), AT)
        case _:
            return ast.Entry(draw(keys()), draw(expressions()), AT)


def bodies(draw, depth=2):
    return several(draw, statements(depth), 0, 5)


@st.composite
def files(draw):
    items = []
    for _ in range(draw(st.integers(0, 4))):
        match draw(st.sampled_from(["import", "declaration", "declaration", "block", "path", "run"])):
            case "import":
                items.append(ast.Import(ast.Text(draw(STRINGS), AT), draw(st.none() | names()), AT))
            case "block":
                items.append(ast.Block(draw(names()), several(draw, names(), 0, 3), bodies(draw), AT))
            case "declaration":
                kind = draw(st.sampled_from(["cell", "genotype", "network", "anything"]))
                items.append(ast.Declaration(kind, draw(names()), draw(st.none() | names()), bodies(draw), AT))
            case "path":
                items.append(ast.Path(draw(names()), draw(expressions()), AT))
            case _:
                kind = draw(st.sampled_from(["search", "retrain"]))
                bound = several(draw, arguments(2), 0, 3)
                items.append(ast.Run(kind, draw(names()), bound, draw(names()), bodies(draw), AT))
    return ast.File(1, tuple(items), (), AT)


calm = settings(max_examples=80, suppress_health_check=list(HealthCheck))


@given(files())
@calm
def test_any_tree_is_printed_and_read_back(file):
    text = print_file(file)
    back = read(text)
    assert same(back, file)
    again = print_file(back)
    assert same(read(again), file)
    assert print_file(read(again)) == again


@given(expressions())
@calm
def test_any_expression_is_printed_and_read_back(expr):
    file = read(f"sdhs 1\npath a = {flat(expr)}\n")
    assert same(file.items[0].levels, expr)


@pytest.mark.parametrize("seed", sampled(range(60), 20))
def test_comments_survive_wherever_they_are(seed):
    """Comments between any two tokens are kept in order, and formatting twice changes nothing more."""
    rng = random.Random(seed)
    text = (SPECS / "stereo.sdhs").read_text(encoding="utf-8")
    bare = "\n".join(line.split("#")[0].rstrip() for line in text.split("\n"))
    tokens = [token for token in bare.replace("\n", " \n ").split(" ") if token]
    for count in range(40):
        tokens.insert(rng.randrange(len(tokens) + 1), f"# note {count}\n")
    spec = " ".join(tokens)
    before = read(spec)
    once = print_file(before)
    after = read(once)
    assert same(before, after)
    assert len(after.comments) == 40
    assert print_file(after) == once


def formatted(text):
    return print_file(read(text))


def test_columns_blank_lines_and_comments():
    text = """
# head


sdhs 1 # version
import "a.sdhs"
neuron lif   { decay=0.2 # tau
threshold=0.5
# own line


reset=hard # a


} # end
cell a like b {} path one=[1,0] path three=[1]   # last
network n { x=a->b(1,k=2)->c
longer=x1->d
  block f(u,v) { # inside
    return (u+v)*-2
    # trailing own line
  }
}
# tail"""
    assert (
        formatted(text)
        == """# head

sdhs 1                            # version
import "a.sdhs"

neuron lif {
  decay     = 0.2                 # tau
  threshold = 0.5
  # own line

  reset = hard                    # a
}                                 # end

cell a like b
path one   = [1, 0]
path three = [1]                  # last

network n {
  x      = a  -> b(1, k = 2) -> c
  longer = x1 -> d
  block f(u, v) {                 # inside
    return (u + v) * -2
    # trailing own line
  }
}

# tail
"""
    )


def test_long_lines_are_broken():
    cells = ", ".join(["normal"] * 30)
    text = f"sdhs 1\nnetwork n {{ cells = stem -> chain([{cells}], width = W) -> pool }}\n"
    printed = formatted(text)
    assert max(map(len, printed.split("\n"))) <= 120
    assert "\n    -> chain(\n      [\n        normal, normal," in printed
    assert formatted(printed) == printed


def test_genotypes_have_their_terms_in_columns():
    text = "sdhs 1\ngenotype g { n0=skip(prev2)+c3(prev) n1=c3(n0)+c3(prev2) }"
    assert "  n0 = skip(prev2) + c3(prev)\n  n1 = c3(n0)      + c3(prev2)\n" in formatted(text)
    assert print_file(read(text := "sdhs 1\n\ngenotype g {\n  n0 = c3(prev2) + (c3(prev) + skip(prev))\n}\n")) == text


@pytest.mark.parametrize(
    ("text", "equal"),
    [
        (" sdhs 1 profile p { lif.threshold=1\n\n lif.reset  = (soft) } # mine", True),
        ("sdhs 1 profile p { lif.threshold = 1 lif.reset = hard }", False),
        ("sdhs 1 profile p { lif.reset = soft lif.threshold = 1 }", False),
        ("sdhs 1 profile p { lif.threshold = 1 lif.reset = soft } }", False),
    ],
)
def test_texts_are_the_same_in_any_layout(text, equal):
    assert same_text("sdhs 1\n\nprofile p {\n  lif.threshold = 1\n  lif.reset     = soft\n}\n", text) is equal
