"""Batch norm folded into a convolution."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from spikegraph.backends.torch.modules.fold import fold_norm

with np.load(Path(__file__).parents[1] / "vectors" / "equations.npz") as archive:
    VECTORS = {name: torch.from_numpy(archive[name]) for name in archive.files if name.startswith("fold")}


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-5)])
def test_vectors(dtype: torch.dtype, tolerance: float) -> None:
    names = ("weight", "bias", "gamma", "beta", "mean", "var")
    weight, bias, *norm = (VECTORS[f"fold/{name}"].to(dtype) for name in names)
    gamma, beta, mean, var = norm
    weight, bias = fold_norm(weight, bias, gamma, beta, mean, var)
    torch.testing.assert_close(weight, VECTORS["fold/out_weight"].to(dtype), rtol=0, atol=tolerance)
    torch.testing.assert_close(bias, VECTORS["fold/out_bias"].to(dtype), rtol=0, atol=tolerance)


@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_does_what_the_pair_did(dimensions: int, with_bias: bool) -> None:
    torch.manual_seed(9)
    conv = (nn.Conv2d if dimensions == 2 else nn.Conv3d)(3, 4, 3, padding=1, bias=with_bias).double()
    norm = (nn.BatchNorm2d if dimensions == 2 else nn.BatchNorm3d)(4, eps=1e-3).double()
    x = torch.randn(5, 3, *[6] * dimensions, dtype=torch.float64)
    with torch.no_grad():
        for parameter in norm.parameters():
            parameter.normal_()
        norm(conv(x) + 2)  # running statistics other than 0 and 1
        norm.eval()
        want = norm(conv(x))
        assert norm.running_mean is not None
        assert norm.running_var is not None
        weight, bias = fold_norm(conv.weight, conv.bias, norm.weight, norm.bias, norm.running_mean, norm.running_var, norm.eps)
        got = (nn.functional.conv2d if dimensions == 2 else nn.functional.conv3d)(x, weight, bias, padding=1)
    torch.testing.assert_close(got, want, rtol=0, atol=1e-10)


@pytest.mark.unchecked
def test_errors() -> None:
    ones = torch.ones(4)
    with pytest.raises(ValueError, match=r"gamma has shape \[3\], but the convolution has 4 output channels"):
        fold_norm(torch.zeros(4, 2, 3, 3), None, torch.ones(3), ones, ones, ones)
