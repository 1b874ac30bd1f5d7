"""The moves of a trellis, and what its legend names."""

import math
import re

import pytest

from spikegraph.backends.graphviz.theme import theme
from spikegraph.backends.graphviz.trellis import draw, view

LOOK = theme(dark=False)
BETA = [[[0.0] * 3] * 3] * 3


def drawn(*args, betas=False, **options):
    """The colours of moves by their ends, and the sentences of the legend."""
    found = draw([view("way", *args[:2], LOOK, *args[2:], **options)], LOOK, name="n", betas=betas).source
    moves = re.findall(r'"way/(\S+)" -> "way/(\S+)" \[([^]]*)\]', found)
    colours = {(a, b): re.search(r'\bcolor="?(#\w+)', rest).group(1) for a, b, rest in moves}
    return colours, found


def test_a_path_without_an_alternative_is_drawn_as_chosen():
    colours, found = drawn(3, 1, (0, 0, 0))
    assert {*colours.values()} == {LOOK.spike}
    assert "the chosen path" in found
    assert "possible move" not in found


@pytest.mark.parametrize("betas", [False, True])
def test_the_first_move_to_the_finest_level_is_part_of_the_path(betas):
    colours, found = drawn(3, 3, (1, 2, 2), beta=BETA if betas else None, betas=betas, finest=1)
    assert [ends for ends, colour in sorted(colours.items()) if colour == LOOK.spike] == [
        ("-1,0", "0,1"),
        ("0,1", "1,2"),
        ("1,2", "2,2"),
    ]
    assert "the only possible move" not in found
    assert ("a possible move" in found) != betas
    assert ("width: probability" in found) == betas


def test_a_chosen_move_is_as_wide_as_its_probability():
    """Of the moves from level 1, that to level 2 has the probability 0.05, and the path takes it."""
    unlikely = [math.log(0.15), math.log(0.8), math.log(0.05)]
    beta = [[[0.0] * 3] * 3, [[0.0] * 3, unlikely, [0.0] * 3], [[0.0] * 3] * 3]
    _, found = drawn(3, 3, (1, 2, 2), beta=beta, betas=True)
    (chosen,) = re.findall(r'"way/0,1" -> "way/1,2" \[([^]]*)\]', found)
    assert LOOK.spike in chosen
    width = float(re.search(r"penwidth=\"?([\d.]+)", chosen).group(1))
    assert width == pytest.approx(0.5 + 4.5 * 0.05, abs=0.01)
