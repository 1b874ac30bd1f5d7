"""The cost volume of Eq. 13."""

from pathlib import Path

import numpy as np
import pytest
import torch

from spikegraph.backends.torch.modules.volume import cost_volume

with np.load(Path(__file__).parents[1] / "vectors" / "equations.npz") as archive:
    LEFT, RIGHT, OUT = (torch.from_numpy(archive[f"volume/{name}"]) for name in ("left", "right", "out"))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_vector(dtype: torch.dtype) -> None:
    assert torch.equal(cost_volume(LEFT.to(dtype), RIGHT.to(dtype), OUT.shape[1]), OUT.to(dtype))


def test_leading_axes_are_independent() -> None:
    generator = torch.Generator().manual_seed(2)
    left, right = (torch.randn(2, 3, 4, 5, 6, generator=generator) for _ in range(2))
    volume = cost_volume(left, right, 4)
    assert volume.shape == (2, 3, 8, 4, 5, 6)
    assert torch.equal(volume[1, 2], cost_volume(left[1, 2], right[1, 2], 4))


def test_more_planes_than_columns_are_out_of_frame() -> None:
    volume = cost_volume(torch.ones(1, 2, 3), torch.ones(1, 2, 3), 5)
    assert volume[1].sum((1, 2)).tolist() == [6.0, 4.0, 2.0, 0.0, 0.0]
    assert (volume[0] == 1).all()


@pytest.mark.parametrize("planes", [1, 3, 6])
def test_gradcheck(planes: int) -> None:
    generator = torch.Generator().manual_seed(4)
    views = [torch.randn(2, 2, 2, 4, generator=generator, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    assert torch.autograd.gradcheck(lambda left, right: cost_volume(left, right, planes), views)


def test_gradients_in_bfloat16_are_rounded_once() -> None:
    """That of the right view was rounded for each plane: of 300 planes whose gradients are 1 it was 256."""
    left, right = (torch.zeros(1, 1, 400, dtype=torch.bfloat16, requires_grad=True) for _ in range(2))
    cost_volume(left, right, 300).sum().backward()
    assert left.grad is not None and right.grad is not None
    assert left.grad.tolist() == [[[300.0] * 400]]
    sums = torch.arange(400, 0, -1).clamp(max=300)
    assert torch.equal(right.grad[0, 0], sums.bfloat16())


@pytest.mark.unchecked
def test_errors() -> None:
    with pytest.raises(ValueError, match="the views differ"):
        cost_volume(torch.zeros(1, 2, 3), torch.zeros(1, 2, 4), 2)
    with pytest.raises(ValueError, match="at least one plane"):
        cost_volume(torch.zeros(1, 2, 3), torch.zeros(1, 2, 3), 0)
    with pytest.raises(ValueError, match=r"features must be \[..., C, H, W\]"):
        cost_volume(torch.zeros(2, 3), torch.zeros(2, 3), 1)
