"""Nearest resizing: the index rule, binary maps, gradients."""

import numpy as np
import pytest
import torch

from spikegraph.backends.torch.modules.resize import resize_nearest

GENERATOR = torch.Generator().manual_seed(6)


def rule(n: int, out: int) -> np.ndarray:
    return np.arange(out) * n // out


@pytest.mark.parametrize(("n", "out"), [(44, 87), (58, 115), (87, 44), (115, 58), (22, 44), (12, 24), (33, 17), (5, 13)])
def test_index_rule_of_plane_and_volume(n: int, out: int) -> None:
    x = torch.randn(2, 3, n, 7, generator=GENERATOR)
    want = x[:, :, rule(n, out)][:, :, :, rule(7, 4)]
    assert torch.equal(resize_nearest(x, (out, 4)), want)
    volume = torch.randn(2, 3, 7, n, 5, generator=GENERATOR)
    want = volume[:, :, rule(7, 13)][:, :, :, rule(n, out)][..., rule(5, 9)]
    assert torch.equal(resize_nearest(volume, (13, out, 9)), want)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_index_rule_of_every_size_up_to_100(dtype: torch.dtype) -> None:
    for n in range(1, 101):
        x = torch.arange(n, dtype=dtype).view(1, 1, n)
        for out in range(1, 101):
            assert np.array_equal(resize_nearest(x, (out,))[0, 0].numpy(), rule(n, out)), (n, out)


def test_sequences_keep_their_axes_and_spikes_stay_binary() -> None:
    spikes = (torch.rand(4, 2, 3, 5, 6, generator=GENERATOR) > 0.5).float()
    resized = resize_nearest(spikes, (9, 11))
    assert resized.shape == (4, 2, 3, 9, 11)
    assert set(resized.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(resized[3, 1], resize_nearest(spikes[3, 1], (9, 11)))


def test_gradients_count_the_copies() -> None:
    x = torch.zeros(1, 1, 2, 2, requires_grad=True)
    resize_nearest(x, (3, 4)).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[[[4.0, 4.0], [2.0, 2.0]]]]


def test_the_same_size_is_the_same_tensor() -> None:
    x = torch.zeros(2, 3, 4, 5)
    assert resize_nearest(x, (4, 5)) is x


def test_memory_format_is_kept() -> None:
    x = torch.randn(6, 8, 5, 7).to(memory_format=torch.channels_last).view(3, 2, 8, 5, 7)
    assert resize_nearest(x, (9, 13)).flatten(0, 1).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("size", [(), (0, 4), (1, 2, 3, 4)])
def test_sizes_that_are_refused(size: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="one to three positive numbers"):
        resize_nearest(torch.zeros(1, 2, 3, 4), size)


def test_too_few_axes() -> None:
    with pytest.raises(ValueError, match="channels and 2 spatial axes"):
        resize_nearest(torch.zeros(3, 4), (6, 8))
