"""The subpixel estimator and its cross entropy (Eqs. 5 and 6)."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from spikegraph.backends.torch.modules.subpixel import resize_similarity, subpixel_cross_entropy, subpixel_estimate

with np.load(Path(__file__).parents[1] / "vectors" / "equations.npz") as archive:
    VECTORS = {name: archive[name] for name in archive.files if name.startswith("subpixel")}

PRECISIONS = [(torch.float64, 1e-9), (torch.float32, 1e-5)]


def vector(name: str, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.from_numpy(VECTORS[f"subpixel/{name}"]).to(dtype)


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
def test_vectors(dtype: torch.dtype, tolerance: float) -> None:
    similarity = vector("similarity", dtype).requires_grad_()
    estimate = subpixel_estimate(similarity)
    torch.testing.assert_close(estimate.detach(), vector("estimate", dtype), rtol=0, atol=tolerance)
    loss = subpixel_cross_entropy(similarity, vector("truth", dtype))
    loss.backward()
    torch.testing.assert_close(loss.detach(), vector("loss", dtype), rtol=0, atol=tolerance)
    assert similarity.grad is not None
    torch.testing.assert_close(similarity.grad, vector("grad", dtype), rtol=0, atol=tolerance)


def test_leading_axes_are_averaged_over_all_valid_pixels() -> None:
    similarity, truth = vector("similarity"), vector("truth")
    other = torch.where(torch.arange(6) < 3, torch.nan, truth)
    parts = [(subpixel_cross_entropy(similarity, t), t.isfinite().sum()) for t in (truth, other)]
    together = subpixel_cross_entropy(similarity.expand(2, 7, 5, 6), torch.stack([truth, other]))
    want = sum(loss * count for loss, count in parts) / sum(count for _, count in parts)
    torch.testing.assert_close(together, want, rtol=0, atol=1e-12)
    assert torch.equal(subpixel_estimate(similarity.expand(2, 7, 5, 6))[1], subpixel_estimate(similarity))


@pytest.mark.parametrize("invalid", [torch.inf, -torch.inf, torch.nan])
def test_no_valid_pixel_is_zero_with_a_gradient(invalid: float) -> None:
    similarity = vector("similarity").requires_grad_()
    loss = subpixel_cross_entropy(similarity, torch.full((5, 6), invalid))
    loss.backward()
    assert loss.item() == 0.0
    assert similarity.grad is not None
    assert (similarity.grad == 0).all()


def test_a_truth_beyond_every_plane_stays_finite() -> None:
    similarity = torch.zeros(4, 1, 1, dtype=torch.float64)
    loss = subpixel_cross_entropy(similarity, torch.full((1, 1), 1e6))
    assert loss.item() == pytest.approx(np.log(4))


def test_gradcheck() -> None:
    similarity = vector("similarity")[:, :2, :2].clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda s: subpixel_cross_entropy(s, vector("truth")[:2, :2]), (similarity,))
    assert torch.autograd.gradcheck(subpixel_estimate, (similarity,))


@pytest.mark.parametrize(("best", "want"), [(0, 2.0), (1, 3.0), (3, 6.0), (6, 10.0)])
def test_the_window_is_cut_off_at_the_ends(best: int, want: float) -> None:
    similarity = torch.zeros(7, 1, 1, dtype=torch.float64)
    similarity[best] = 1e-12  # the best plane, but by so little that the window's weights are equal
    assert subpixel_estimate(similarity).item() == pytest.approx(want, abs=1e-9)


def test_step_and_support_scale_as_named() -> None:
    similarity = vector("similarity")
    torch.testing.assert_close(subpixel_estimate(similarity, step=3), subpixel_estimate(similarity, step=1) * 3)
    assert torch.equal(subpixel_estimate(similarity, support=0), similarity.argmax(0) * 2.0)


def test_half_precision_is_computed_in_full() -> None:
    similarity = torch.zeros(100, 1, 1, dtype=torch.bfloat16)
    similarity[70], similarity[71] = 20.0, 19.0
    estimate = subpixel_estimate(similarity)
    assert estimate.dtype == torch.float32
    assert estimate.item() == pytest.approx(2 * (70 + 1 / (1 + np.e)), abs=1e-3)
    assert subpixel_cross_entropy(similarity, torch.full((1, 1), 141.0)).dtype == torch.float32


def test_resize_is_bilinear_within_a_plane() -> None:
    planes = torch.arange(12.0).reshape(1, 3, 2, 2)
    resized = resize_similarity(planes, (4, 4))
    assert resized.shape == (1, 3, 4, 4)
    assert resized[0, 0, 0].tolist() == [0.0, 0.25, 0.75, 1.0]
    assert torch.equal(resized[0, 2], resized[0, 0] + 8)
    assert torch.equal(resize_similarity(planes.expand(5, 2, 3, 2, 2), (4, 4))[3, 1], resized[0])


@pytest.mark.unchecked
def test_errors() -> None:
    with pytest.raises(ValueError, match="doesn't fit truth"):
        subpixel_cross_entropy(torch.zeros(7, 5, 6), torch.zeros(6, 5))
    with pytest.raises(ValueError, match="must be positive, not 0"):
        subpixel_cross_entropy(torch.zeros(7, 5, 6), torch.zeros(5, 6), diversity=0.0)
    with pytest.raises(ValueError, match=r"similarity must be \[..., D, H, W\]"):
        subpixel_estimate(torch.zeros(5, 6))
    with pytest.raises(ValueError, match="number of planes"):
        subpixel_estimate(torch.zeros(7, 5, 6), support=-1)
