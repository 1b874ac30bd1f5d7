"""Lines and boxes can be distinguished, even without colour."""

from itertools import combinations
from pathlib import Path

import pytest

from spikegraph.backends.graphviz.cell_view import looks
from spikegraph.backends.graphviz.render import render
from spikegraph.backends.graphviz.theme import DARK, LIGHT, number, width_of
from spikegraph.genotype.architecture import Architecture
from spikegraph.ir.types import Kind
from spikegraph.program.program import Program

from .contrast import contrast

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda t: t.name)


@THEMES
def test_text_is_readable(theme):
    for ground in (theme.ground, theme.panel, theme.cell):
        assert contrast(theme.ink, ground) > 7
        assert contrast(theme.muted, ground) > 4.5
    for colour in (theme.removed, theme.added, theme.real):
        assert contrast(colour, theme.ground) > 3
    for colour in theme.candidates:
        assert contrast(theme.on_colour, colour) > 4


@THEMES
def test_kinds_differ_without_colour(theme):
    lines = {kind: theme.wire(kind) for kind in Kind}
    for a, b in combinations(lines.values(), 2):
        assert (a.pattern, a.double) != (b.pattern, b.double) or max(a.width, b.width) > 2 * min(a.width, b.width)
        assert a.colour != b.colour
    assert lines[Kind.REAL].width == max(line.width for line in lines.values()), "real numbers have the widest line"


@THEMES
def test_candidates_differ_without_colour(theme):
    lines = [theme.candidate(look) for look in (*range(8), "identity", "zero")]
    assert len({(line.pattern, line.head) for line in lines}) == len(lines)
    assert len({(line.colour, line.pattern, line.head) for line in lines}) == len(lines)


@THEMES
def test_twelve_candidates_have_colours_of_their_own(theme):
    lines = [theme.candidate(look) for look in (*range(12), "identity")]
    assert len({line.colour for line in lines}) == len(lines)


def test_every_operation_of_darts_has_its_own_colour_and_none_has_no_colour():
    candidates = Program.read(Path(__file__).parents[2] / "specs/zoo/darts.sdhs").build("search").space
    (cell, *_) = [spec for node in candidates if (spec := node.op.cell_spec()) is not None]
    found = looks((), cell.candidates)
    assert found == {"none": "zero", "max": 0, "avg": 1, "skip": "identity", "sep3": 2, "sep5": 3, "dil3": 4, "dil5": 5}
    assert len({LIGHT.candidate(look).colour for look in range(6)}) == 6


def test_operations_without_definitions_are_known_by_their_names():
    assert looks(["sep3", "none", "skip", "avg"]) == {"avg": 0, "none": "zero", "sep3": 1, "skip": "identity"}


def test_a_double_line_is_two_with_the_ground_between():
    attributes = LIGHT.wire(Kind.COUNT).attributes(LIGHT.ground)
    assert attributes["color"] == f"{LIGHT.count}:{LIGHT.ground}:{LIGHT.count}"


def test_numbers_and_widths():
    assert [number(x) for x in (2.0, 0.5, 1 / 3)] == ["2", "0.5", "0.33"]
    assert width_of(0) < width_of(0.5) < width_of(1)
    assert width_of(0) > 0, "improbable edges are still visible"


@THEMES
def test_colours_never_repeat(theme):
    lines = [theme.candidate(look) for look in range(120)]
    taken = {theme.spike, theme.count, theme.events, theme.real, theme.ink, theme.muted, theme.faint}
    assert len({line.colour for line in lines} - taken) == len(lines)
    assert min(contrast(theme.on_colour, line.colour) for line in lines) > 4


def test_operations_of_different_cells_have_different_colours():
    shown = render(Architecture("two", {"a": {"n0": {"prev": "c3"}}, "b": {"n0": {"prev": "c5"}}}, {})).source
    first, second = (next(line for line in shown.splitlines() if f"{name}: prev to n0" in line) for name in ("c3", "c5"))
    assert first.split("color=")[1][:9] != second.split("color=")[1][:9]
