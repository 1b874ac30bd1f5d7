"""ONNX gets sums that onnxruntime computes exactly enough on large maps."""

import numpy as np
import pytest
import torch
from exact_networks import of_text

from spikegraph.backends.torch.exporting.decompositions import var_mean
from spikegraph.backends.torch.exporting.onnx_model import onnx_content

pytestmark = pytest.mark.unchecked

SIZE = (320, 384)
"""Onnxruntime's own variance of a map of this size is off by 2e-4 if a tenth of the neurons fires."""

SPEC = """sdhs 1
network net {
  input x : spike[4, 320, 384]
  output y = x -> norm(kind = instance, affine = false)
}
"""


def test_an_instance_norm_of_many_spikes() -> None:
    import onnxruntime

    content, notes = onnx_content(of_text(SPEC))
    assert notes == ()
    spikes = np.random.default_rng(0).random((2, 4, *SIZE)) < [[[[0.1]], [[0.001]], [[0.5]], [[0.9]]]]
    (found,) = onnxruntime.InferenceSession(content).run(None, {"x": spikes.astype(np.float32)})
    share = spikes.mean((-2, -1), keepdims=True)  # of spikes, whose variance is share * (1 - share)
    np.testing.assert_allclose(found, (spikes - share) / np.sqrt(share * (1 - share) + 1e-5), rtol=2e-6)


@pytest.mark.parametrize("keepdim", [True, False])
@pytest.mark.parametrize("dim", [None, (-1,), (0, -2), (1, 2, 3)])
@pytest.mark.parametrize("correction", [None, 0, 2])
def test_variance_and_mean(dim: tuple[int, ...] | None, correction: int | None, keepdim: bool) -> None:
    x = torch.randn(3, 4, 5, 6, dtype=torch.float64)
    found = var_mean(x, dim, correction=correction, keepdim=keepdim)
    for ours, theirs in zip(found, torch.var_mean(x, dim, correction=correction, keepdim=keepdim), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0)
