"""Genotype files in the form that searches write."""

from pathlib import Path

from spikegraph.dsl.equality import same
from spikegraph.dsl.genotype_text import format_genotypes
from spikegraph.dsl.resolve import resolve

PUBLISHED = Path(__file__).parents[2] / "specs" / "genotypes" / "stereo.sdhs"


def test_the_published_genotype_is_in_canonical_form():
    spec = resolve(PUBLISHED).spec
    comment = "Found on MVSEC split 1, as published by the authors of the paper."
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
