"""Genotype files in the form that searches write."""

import random
from pathlib import Path

import pytest

from spikegraph.dsl.equality import same
from spikegraph.dsl.genotype_text import Choices, format_genotypes, read_canonical
from spikegraph.dsl.loader import load_text
from spikegraph.dsl.resolve import resolve, resolve_source
from spikegraph.genotype.architecture import of_spec

PUBLISHED = Path(__file__).parents[2] / "specs" / "genotypes" / "stereo.sdhs"


def test_the_published_genotype_is_in_canonical_form():
    spec = resolve(PUBLISHED).spec
    comment = "Found on MVSEC split 1 by the authors of the paper, who published it; nothing here was searched again."
    text = format_genotypes(list(spec.genotypes.values()), list(spec.paths.values()), comment)
    assert text == PUBLISHED.read_text(encoding="utf-8")


def test_without_a_comment_and_with_a_long_one(tmp_path):
    spec = resolve(PUBLISHED).spec
    assert format_genotypes([], list(spec.paths.values())).startswith("sdhs 1\n")
    path = tmp_path / "written.sdhs"
    path.write_text(format_genotypes(list(spec.genotypes.values()), [], "one\n\ntwo"), encoding="utf-8")
    assert path.read_text().startswith("# one\n#\n# two\nsdhs 1\n")
    again = resolve(path)
    assert len(again.diagnostics) == 0
    assert same(again.spec.genotypes, spec.genotypes)


TEXT = PUBLISHED.read_text(encoding="utf-8")


def parsed(text):
    """What the parser reads of a text; None if it has errors."""
    resolved = resolve_source(load_text(text, "genotype.sdhs"))
    if resolved.diagnostics.has_errors:
        return None
    found = of_spec("", resolved.spec)
    return Choices({c: dict(nodes) for c, nodes in found.cells.items()}, dict(found.paths))


def test_the_fast_reader_reads_what_is_written():
    bundled = sorted(PUBLISHED.parent.rglob("*.sdhs"))
    assert len(bundled) > 3
    for path in bundled:
        text = path.read_text(encoding="utf-8")
        assert read_canonical(text) == parsed(text), path
        assert read_canonical(text) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sdhs 1\n", "sdhs 2\n"),
        ("n1 = c3(prev2) + c5(prev)", "n0 = c3(prev2) + c5(prev)"),
        ("n1 = c3(prev2) + c5(prev)", "n1 = c3(prev) + c5(prev)"),
        ("genotype matching", "genotype feature"),
        ("path matching_path", "path feature_path "),
        ("[1, 2, 2, 1]", "[1, 2, 2, 0]"),
        ("c5(prev)", "c5(prev), 1"),
        ("sdhs 1\n", 'sdhs 1\nimport "x.sdhs"\n'),
        ("+ c5", "\n+ c5"),
        ("n1 =", "n\u0661 ="),
    ],
)
def test_the_fast_reader_leaves_everything_else_to_the_parser(old, new):
    assert old in TEXT
    assert read_canonical(TEXT.replace(old, new)) is None


def test_the_fast_reader_agrees_with_the_parser_on_mutants():
    dice, read = random.Random(0), 0
    pieces = [*"ncp35[](){}=+,# \n\t01.", "n0", "c3(prev)", " + ", "genotype", "path", "sdhs", "on", "all", "input"]
    for _ in range(600):
        at = dice.randrange(len(TEXT))
        text = TEXT[:at] + dice.choice(pieces) + TEXT[at + dice.randrange(3) :]
        found = read_canonical(text)
        if found is not None:
            assert found == parsed(text), text
            read += 1
    assert read > 80
