"""Where in memory a program of a kernel reads, computed from its text with numpy's numbers of 32 and 64 bits."""

import itertools
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from spikegraph.backends.torch.modules.generated_neurons import step_for
from spikegraph.backends.torch.triton.form import Form
from spikegraph.backends.torch.triton.source import backward_text, moments_text
from spikegraph.backends.torch.triton.tiles import Tiles
from spikegraph.ir.neuron import Neuron


class Block(np.ndarray):
    """An array with Triton's conversion."""

    def to(self, kind: type) -> "Block":
        return self.astype(kind).view(Block)


def block(numbers: object, kind: type = np.int32) -> Block:
    return np.atleast_1d(np.asarray(numbers, kind)).view(Block)


def computed(text: str, tiles: Tiles, program: tuple[int, ...], *names: str) -> dict[str, np.ndarray]:
    """What a program computes of these names, and before them."""
    known = tiles.arguments()
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
    sizes = {k: block(known[k], np.int64 if known[k] >> 31 else np.int32) for k in ("P", "C", "L", "STEP") if k in known}
    scope: dict[str, Any] = {**known, **sizes, "tl": tl}
    lines = re.findall(rf"^    ((?:{'|'.join(names)}) = .*)$", text, re.MULTILINE)
    exec("\n".join(lines), scope)
    return scope


def chosen(places: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return places[np.broadcast_to(mask, places.shape)]


def places(tiles: Tiles, program: tuple[int, ...]) -> np.ndarray:
    """The places of all numbers of a program in a step, those beyond it without a place."""
    scope = computed(moments_text(tiles.last), tiles, program, "across", "part", "r", "i", "c", "inside", "m", "at")
    return chosen(scope["at"], scope["m"])


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


@pytest.mark.parametrize("shape", [(3, 40, 5, 7), (65540, 256, 16, 16)])
def test_each_number_of_two_steps_has_its_place(shape: tuple[int, ...]) -> None:
    """Those of the second step are as far behind those of the first as a step has numbers; a last step may be alone."""
    n, c, h, w = shape
    tiles = Tiles.of(torch.empty((1, n, h, w, c), device="meta").movedim(-1, 2), alike=False, elements=4, access=8)
    total = n * c * h * w
    step = step_for(Neuron.model_validate({}))
    assert step is not None
    form = Form(step, (1,), (True,), (0,), started=False, last=True)
    how = {"writes": True, "sums": True, "continued": False, "saved": False, "passed": False, "paired": True}
    text = backward_text(form, 5, 5, **how)
    names = ("across", "part", "second", "row", "column", "both", "alone", "of_both")
    programs = [(k,) for k in (range(tiles.grid[0]) if total < 1 << 20 else (0, tiles.grid[0] - 1))]
    found = [computed(text, tiles, program, *names) for program in programs]
    both, alone = (np.concatenate([chosen(each["of_both"], each[mask]) for each in found]) for mask in ("both", "alone"))
    assert (both.min(), both.max(), alone.min(), alone.max()) == (0, 2 * total - 1, 0, total - 1)
    if total < 1 << 20:
        assert sorted(both) == list(range(2 * total))
        assert sorted(alone) == list(range(total))
