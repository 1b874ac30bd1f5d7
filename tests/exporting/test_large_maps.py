"""Large maps: ONNX gets sums that onnxruntime computes exactly enough, and weights alone are compared on small ones."""

import numpy as np
import pytest
import torch
from exact_networks import of_text

from spikegraph.backends.torch.exporting.checked import on_small_maps
from spikegraph.backends.torch.exporting.decompositions import var_mean
from spikegraph.backends.torch.exporting.files import safetensors_content
from spikegraph.backends.torch.exporting.onnx_model import onnx_content
from spikegraph.backends.torch.exporting.refusals import NotExportableError

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


WIDE = """sdhs 1
neuron act { decay = 0.5 }
network net {
  input x : real[2, 480, 641]
  output y = x -> conv(3, out = 4, stride = 2) -> norm -> act -> HEAD
}
"""


@pytest.mark.parametrize(("head", "size"), [("conv(3, out = 1)", (6, 7)), ("flatten -> linear(2)", (480, 641))])
def test_folded_weights_are_compared_on_small_maps_that_the_network_takes(head, size):
    """Both networks have the weights that they had, and the sizes of the file stay."""
    model = of_text(WIDE.replace("HEAD", head))
    for before, small in zip((model, model), on_small_maps(model, model), strict=True):
        assert small.plain.node("x").value.size == size
        assert before.plain.node("x").value.size == (480, 641)
        assert small.state_dict().keys() == before.state_dict().keys()
        assert all(torch.equal(tensor, before.state_dict()[name]) for name, tensor in small.state_dict().items())


def test_a_wrong_weight_of_a_large_network_is_found_on_small_maps():
    """The file has another weight than the trained network."""
    model, wrong = of_text(WIDE.replace("HEAD", "conv(3, out = 1)")), of_text(WIDE.replace("HEAD", "conv(3, out = 1)"))
    wrong.load_state_dict(model.state_dict())
    with torch.no_grad():
        name = next(name for name in wrong.state_dict() if name.startswith("y.") and name.endswith("weight"))
        wrong.state_dict()[name][0, 0, 0, 0] += 0.01
    assert safetensors_content(model, model)[1] == ()
    with pytest.raises(NotExportableError, match=r"isn't what the trained network computes: number .* of `y`"):
        safetensors_content(wrong, model)
