"""Additions of mean poolings, counted window by window."""

import pytest

from spikegraph.analysis.parts import Sums
from spikegraph.analysis.statistics import Statistics
from spikegraph.program.program import Program


@pytest.mark.parametrize(
    ("pool", "kernel", "stride", "before", "windows"),
    [
        ("kernel = 3, stride = 1, padding = centred", 3, 1, 1, 8),
        ("kernel = 3, stride = 2, padding = centred", 3, 2, 1, 4),
        ("kernel = 3, stride = 3, padding = even", 3, 3, 0, 3),
        ("kernel = 7, stride = 1, padding = 3", 7, 1, 3, 8),
        ("kernel = 2, stride = 2", 2, 2, 0, 4),
    ],
)
def test_means_over_windows_add_what_the_windows_hold(pool, kernel, stride, before, windows):
    """Those at a border hold fewer numbers: of n numbers a mean makes n - 1 additions."""
    text = f"sdhs 1\nnetwork n {{\n  input x : real[2, 8, 8]\n  time = 3\n  output y = x -> pool(avg, {pool}) -> each_step\n}}"
    built = Program.of_text(text, "n.sdhs").build("retrain")
    (part,) = [part for layer in Statistics.of(built.outline, built.plain).layers for part in layer.parts]
    starts = [k * stride - before for k in range(windows)]
    held = [sum(0 <= place < 8 for place in range(start, start + kernel)) for start in starts]
    assert part == Sums(*[2 * sum(height * width - 1 for height in held for width in held)] * 2)
