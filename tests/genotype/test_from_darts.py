"""Genotypes of DARTS: the result of the import, and errors if something doesn't fit."""

import pytest

from spikegraph.genotype.from_darts import OPERATIONS, read_darts
from spikegraph.genotype.imported import Imported, genotype_file

DARTS_V2 = """\
DARTS_V2 = Genotype(
  normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('skip_connect', 0), ('dil_conv_3x3', 2)],
  normal_concat=[2, 3],
  reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1)],
  reduce_concat=range(2, 4))
"""


def taken(text, *, name=None, cells=(), names=OPERATIONS):
    found = Imported()
    read_darts(found, found.source("g.txt", text), name, cells)
    result = genotype_file(found, names, "Imported.")
    return result, [(d.span.start, d.summary) for d in found.diagnostics]


EXPECTED = """\
# Imported.
sdhs 1

genotype normal {
  n0 = sep_conv_3x3(prev2) + sep_conv_3x3(prev)
  n1 = skip(prev2)         + dil_conv_3x3(n0)
}

genotype reduction {
  n0 = max_pool_3x3(prev2) + max_pool_3x3(prev)
  n1 = skip(n0)            + max_pool_3x3(prev)
}
"""


def test_a_genotype():
    assert taken(DARTS_V2) == (EXPECTED, [])


@pytest.mark.parametrize(
    "text",
    [
        f"05/03 12:00:01 PM {DARTS_V2}",
        "Genotype([('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('skip_connect', 0), ('dil_conv_3x3', 2)], [3, 2],"
        "[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1)], range(2, 4))",
        "from collections import namedtuple\nGenotype = namedtuple('Genotype', 'normal normal_concat')\n\n" + DARTS_V2,
        DARTS_V2.replace("\n", " # ein Kommentar: ü\n"),
    ],
)
def test_surrounding_text_is_ignored(text):
    assert taken(text) == (EXPECTED, [])


def test_names():
    text, errors = taken(DARTS_V2, cells=("a", "b"), names={**OPERATIONS, "sep_conv_3x3": "c3", "max_pool_3x3": "c5"})
    assert errors == []
    assert "genotype a {\n  n0 = c3(prev2)" in text and "genotype b {\n  n0 = c5(prev2)" in text
    _, errors = taken(DARTS_V2, cells=("a", "a"))
    assert [summary for _, summary in errors] == ["the genotype of `a` is there twice"]


def test_one_of_several():
    text = DARTS_V2 + DARTS_V2.replace("DARTS_V2", "OTHER").replace("sep_conv_3x3", "dil_conv_5x5")
    assert taken(text)[1] == [("g.txt:6:1", "the text has 2 genotypes")]
    assert "n0 = dil_conv_5x5(prev2)" in taken(text, name="OTHER")[0]
    assert taken(text, name="DARTS_V2") == (EXPECTED, [])
    assert taken(text, name="THIRD")[1] == [("g.txt:1:1", "the text has no genotype `THIRD`")]


@pytest.mark.parametrize(
    ("text", "place", "summary"),
    [
        ("hello", "1:1", "the text has no `Genotype(...)`"),
        ("\nx = Genotype(normal=[", "2:13", "`(` is not closed"),
        ("Genotype(normal=[('a', 0), ('b', 1)], normal_concat=range(2, 3", "1:9", "`(` is not closed"),
        ("Genotype(normal=5)", "1:17", "`normal` is not a list of pairs, such as `[('sep_conv_3x3', 0), ...]`"),
        ("Genotype(normal=[('a', 0)])", "1:17", "`normal` has 1 edges, but each node needs 2"),
        ("Genotype(normal=[('a', 0),\n  ('b', 2)])", "2:3", "node 0 has the sources 0 to 1, not 2"),
        ("Genotype(normal=[('a', 0), ('b', -1)])", "1:28", "node 0 has the sources 0 to 1, not -1"),
        ("Genotype(normal=[('a', 0), ('b', 0)])", "1:28", "node 0 uses `prev2` twice"),
        ("Genotype(normal=[('a', 0), ('none', 1)])", "1:28", "the operation `none` computes nothing"),
        ("Genotype(normal=[('a', 0), ('b c', 1)])", "1:28", "`b c` can't be the name of a candidate"),
        (f"Genotype(normal=[('a', 0), ('{'b' * 256}', 1)])", "1:28", f"`{'b' * 30}...` can't be the name of a candidate"),
        (
            "Genotype(normal=[('a', 0), ('b',)])",
            "1:28",
            "expected an operation and the number of its source, such as `('sep_conv_3x3', 0)`",
        ),
        (
            "Genotype(normal=[('a', 0), ('b', True)])",
            "1:28",
            "expected an operation and the number of its source, such as `('sep_conv_3x3', 0)`",
        ),
        (
            "Genotype(normal=[('a', 0), ('b', 1)], normal_concat=[3])",
            "1:53",
            "the output uses `3`, but the cell's nodes are 2 to 2",
        ),
        (
            "Genotype(normal=[('a', 0), ('b', 1)], normal_concat=range(2, 10**9))",
            "1:53",
            "expected the numbers of the nodes, such as `range(2, 3)`",
        ),
        ("Genotype(**{})", "1:12", "`**` is not allowed here"),
        ("Genotype(normal=[('a' 0)])", "1:19", "not valid Python: invalid syntax. Perhaps you forgot a comma?"),
    ],
)
def test_what_does_not_fit(text, place, summary):
    assert taken(text)[1] == [(f"g.txt:{place}", summary)]


@pytest.mark.parametrize("call", ["__import__('os').system('touch HERE')", "open('HERE', 'w')", "[open('HERE', 'w')][0]"])
def test_nothing_is_run(call, tmp_path):
    here = tmp_path / "made"
    _, errors = taken(f"Genotype(normal=[({call.replace('HERE', str(here))}, 0), ('b', 1)])")
    assert [summary for _, summary in errors] == [
        "expected an operation and the number of its source, such as `('sep_conv_3x3', 0)`"
    ]
    assert not here.exists()


def test_deep_nesting_is_refused():
    (error,) = taken("Genotype(normal=" + "[" * 5000 + "]" * 5000 + ")")[1]
    assert error[0].startswith("g.txt:1:")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a" * 1_000_000, ("g.txt:1:1", "the text has no `Genotype(...)`")),
        ("x =" * 300_000, ("g.txt:1:1", "the text has no `Genotype(...)`")),
        ("Genotype(" * 100_000, ("g.txt:1:10", "the text has 100000 genotypes")),
        (f"Genotype(normal=[{'1,' * 50_000}])", ("g.txt:1:1", "it has 100,019 characters; at most 65,536 are read")),
        ("Genotype('''')\rGenotype ('''')", ("g.txt:1:16", "the text has 2 genotypes")),
        (
            f"Genotype(normal={'-' * 900}1)",
            ("g.txt:1:17", "`normal` is not a list of pairs, such as `[('sep_conv_3x3', 0), ...]`"),
        ),
    ],
    ids=["word", "equals", "calls", "long", "quotes", "signs"],
)
def test_texts_that_could_take_for_ever(text, error):
    assert taken(text)[1][:1] == [error]


def test_lines_that_end_at_a_carriage_return():
    assert taken("Genotype(\r\rnormal=5)")[1][0][1].startswith("`normal` is not a list of pairs")
