"""Where in memory a program of a kernel reads, computed from its text with numpy's numbers of 32 and 64 bits."""

import itertools
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from spikegraph.backends.torch.triton.source import moments_text
from spikegraph.backends.torch.triton.tiles import Tiles


class Block(np.ndarray):
    """An array with Triton's conversion."""

    def to(self, kind: type) -> "Block":
        return self.astype(kind).view(Block)


def block(numbers: object, kind: type = np.int32) -> Block:
    return np.atleast_1d(np.asarray(numbers, kind)).view(Block)


def places(tiles: Tiles, program: tuple[int, ...]) -> np.ndarray:
    """The places of all numbers of a program in a step, those beyond it without a place."""
    text, known = moments_text(tiles.last), tiles.arguments()
    tl = SimpleNamespace(
        int32=np.int32,
        int64=np.int64,
        program_id=lambda axis: block(program[axis]),
        arange=lambda first, end: block(np.arange(first, end)),
        cdiv=lambda x, y: -(-x // y),
        cast=lambda x, kind: x.astype(kind),
        max_constancy=lambda x, sizes: x,
        max_contiguous=lambda x, sizes: x,
        multiple_of=lambda x, sizes: x,
    )
    sizes = {k: block(known[k], np.int64 if known[k] >> 31 else np.int32) for k in ("P", "C", "L") if k in known}
    scope = {**known, **sizes, "tl": tl}
    lines = re.findall(r"^    ((?:across|part|r|i|c|inside|m|at) = .*)$", text, re.MULTILINE)
    exec("\n".join(lines), scope)
    return scope["at"][np.broadcast_to(scope["m"], scope["at"].shape)]


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("shape", [(3, 40, 5, 7), (9, 2, 1 << 13, 1 << 14), (65540, 256, 16, 16)])
def test_each_number_has_its_place(shape: tuple[int, ...], alike: bool, last: bool) -> None:
    """The first numbers and the last ones, also of a step with more numbers than 32 bits can tell."""
    n, c, h, w = shape
    x = torch.empty((1, n, h, w, c), device="meta").movedim(-1, 2) if last else torch.empty((1, *shape), device="meta")
    tiles, total = Tiles.of(x, alike=alike, elements=8), n * c * h * w
    programs = [(0,) * len(tiles.grid), tuple(k - 1 for k in tiles.grid)]
    first, end = (places(tiles, each) for each in programs)
    assert first.min() == 0
    assert end.max() == total - 1
    if total < 1 << 20:
        found = [places(tiles, each) for each in itertools.product(*map(range, tiles.grid))]
        assert sorted(np.concatenate(found)) == list(range(total))
    assert tiles.arguments()["WIDE"] == (total > 1 << 31)
