"""What `torch` does to the dimensions of a tensor, its layout follows, so that its numbers are found again."""

import math
import random

import pytest
import torch

from spikegraph.foreign.layout import Layout, whole

SIZES = {"T": 4, "N": 3, "C": 12, "0": 6, "1": 8}


def start(sizes=SIZES):
    shape = tuple(sizes.values())
    x = torch.arange(math.prod(shape)).view(shape)
    return x, Layout(tuple(whole(axis, n) for axis, n in sizes.items()), sizes["C"], (sizes["0"], sizes["1"]))


def found(x, layout):
    shape, order = layout.in_order
    return x.reshape(shape).permute(order).flatten()


def step(draw, x, layout):
    """A random view or exchange of dimensions; a view may be one that cuts across parts."""
    if draw.random() < 0.5:
        order = draw.sample(range(x.dim()), x.dim())
        return x.permute(order), layout.permuted(order)
    shape = list(x.shape)
    k = draw.randrange(len(shape))
    if draw.random() < 0.5 and len(shape) > 1 and k + 1 < len(shape):
        shape[k : k + 2] = [shape[k] * shape[k + 1]]
    else:
        factor = draw.choice([f for f in range(1, shape[k] + 1) if shape[k] % f == 0])
        shape[k : k + 1] = [factor, shape[k] // factor]
    return x.reshape(shape), layout.reshaped(shape)


@pytest.mark.parametrize("seed", range(40))
def test_numbers_are_found_again(seed):
    draw = random.Random(seed)
    x, layout = start(SIZES if seed % 2 else {**SIZES, "N": 1, "0": 1})
    before = x.flatten()
    followed = 0
    for _ in range(12):
        y, after = step(draw, x, layout)
        if after is None:
            continue
        x, layout, followed = y, after, followed + 1
        assert layout.shape == tuple(x.shape)
        assert torch.equal(found(x, layout), before)
    assert followed >= 6


def test_a_view_that_cuts_across_a_part_is_none():
    _, layout = start()
    assert layout.permuted([0, 1, 3, 4, 2]).reshaped((4, 3, 6, 96)) is not None
    assert layout.reshaped((4, 3, 8, 9, 8)) is None  # 12 channels aren't 8 times something
    assert layout.reshaped((4, 3, 12, 6)) is None  # and 48 pixels aren't 6


def test_a_view_back_is_the_same_layout():
    _, layout = start()
    heads = layout.reshaped((12, 4, 3, 48)).permuted([0, 3, 1, 2])
    assert heads.permuted([0, 2, 3, 1]).reshaped(layout.shape) == layout
    assert heads != layout
