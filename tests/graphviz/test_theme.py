"""Lines and boxes can be distinguished, even without colour."""

from itertools import combinations

import pytest

from spikegraph.backends.graphviz.theme import DARK, LIGHT, number, width_of
from spikegraph.ir.types import Kind

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
    lines = [theme.candidate(i) for i in range(8)] + [theme.candidate(0, skip=True)]
    assert len({(line.pattern, line.head) for line in lines}) == len(lines)
    assert len({(line.colour, line.pattern, line.head) for line in lines}) == len(lines)


def test_a_double_line_is_two_with_the_ground_between():
    attributes = LIGHT.wire(Kind.COUNT).attributes(LIGHT.ground)
    assert attributes["color"] == f"{LIGHT.count}:{LIGHT.ground}:{LIGHT.count}"


def test_numbers_and_widths():
    assert [number(x) for x in (2.0, 0.5, 1 / 3)] == ["2", "0.5", "0.33"]
    assert width_of(0) < width_of(0.5) < width_of(1)
    assert width_of(0) > 0, "improbable edges are still visible"
