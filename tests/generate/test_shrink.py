"""What is reported of a random spec is the smallest one."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from spikegraph.generate import Wanted, random_spec, seeded, smallest
from spikegraph.program.program import Program

from .hypothesis_draw import HypothesisDraw

FEW = Wanted(operations=("transposed", "norm"), blocks=0, loops=0, choices=0, cells=0, trellises=0, params=0)


def enlarges(made):
    """True if a network has a transposed convolution with stride 2 along some axis."""
    graph = Program.of_text(made.text, "random.sdhs").checked().space("search")
    ops = [node.op for node in graph if node.op.name == "transposed"]
    return any(2 in (op.stride if isinstance(op.stride, tuple) else (op.stride,)) for op in ops)


def test_the_smallest_spec_with_a_strided_transposed_convolution():
    draw = next(draw for draw in map(seeded, range(1000)) if enlarges(random_spec(draw)) and len(draw.taken) > 100)
    found = smallest(draw.taken, enlarges)
    assert enlarges(found)
    assert found.text.count("\n") <= 15, found.text


def test_it_is_an_error_if_the_spec_does_not_do_it():
    with pytest.raises(ValueError, match="doesn't do what is to be kept"):
        smallest([], enlarges)


@pytest.mark.long  # the same by the means of hypothesis
def test_hypothesis_shrinks_it_too():
    small = []

    @settings(max_examples=20, phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck), database=None)
    @given(st.data())
    def never(data):
        text = random_spec(HypothesisDraw(data), FEW).text
        if "transposed(" in text:
            small.append(text)
        assert "transposed(" not in text

    with pytest.raises(AssertionError):
        never()
    assert small[-1].count("\n") < 16
