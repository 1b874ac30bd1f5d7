"""Architecture strings of NAS-Bench-201: what they become, and what can't be read."""

import pytest

from spikegraph.genotype.from_nasbench201 import OPERATIONS, read_nasbench201
from spikegraph.genotype.imported import Imported, genotype_file

ARCHITECTURE = "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|none~2|"


def read(text, cells=()):
    found = Imported()
    read_nasbench201(found, found.source("arch.txt", text), cells)
    return found, genotype_file(found, OPERATIONS, "From the bench.")


def test_an_architecture():
    expected = (
        "# From the bench.\nsdhs 1\n\ngenotype cell {\n  n0 = c3(prev)\n  n1 = c3(prev)   + avg(n0)\n"
        "  n2 = skip(prev) + c1(n0) + zero(n1)\n}\n"
    )
    found, text = read(f"best so far: {ARCHITECTURE} with 94.1 %\n")
    assert (text, list(found.diagnostics)) == (expected, [])
    assert read(ARCHITECTURE, ("normal",))[1] == expected.replace("genotype cell", "genotype normal")


@pytest.mark.parametrize(
    ("text", "column", "summary", "help"),
    [
        ("", 1, "the text has no architecture string", "give one, such as `|nor_conv_3x3~0|+|none~0|skip_connect~1|`"),
        (
            f"{ARCHITECTURE} {ARCHITECTURE}",
            len(ARCHITECTURE) + 2,
            "the text has 2 architecture strings",
            "give one, such as `|nor_conv_3x3~0|+|none~0|skip_connect~1|`",
        ),
        ("|nor_conv_3x3~0|+|none~0|none|", 26, "`none` is not an operation and its source", "such as `nor_conv_3x3~0`"),
        ("|nor_conv_5x5~0|", 2, "NAS-Bench-201 has no operation `nor_conv_5x5`", "did you mean `nor_conv_3x3`?"),
        ("|nor_conv_3x3~1|", 2, "node 1 has the sources 0 to 0, not 1", None),
        ("|none~0|+|none~0|none~0|", 18, "node 2 uses source 0 twice", "its edges need different sources"),
    ],
)
def test_what_cant_be_read_is_an_error_at_its_place(text, column, summary, help):
    found, _ = read(text)
    (error,) = found.diagnostics
    assert (error.code, error.span.line, error.span.column, error.summary, error.help) == ("SG0416", 1, column, summary, help)


def test_one_string_is_one_cell():
    (error,) = read(ARCHITECTURE, ("a", "b"))[0].diagnostics
    assert error.summary == "an architecture string has one cell, but 2 names are given"
