"""Large maps: ONNX gets sums that onnxruntime computes exactly enough, and weights alone are compared on small ones."""

import numpy as np
import pytest
import torch
from exact_networks import of_text

from spikegraph.backends.torch.exporting import made
from spikegraph.backends.torch.exporting.checked import on_small_maps
from spikegraph.backends.torch.exporting.decompositions import var_mean
from spikegraph.backends.torch.exporting.files import safetensors_content, torch_content
from spikegraph.backends.torch.exporting.onnx_model import onnx_content
from spikegraph.backends.torch.exporting.refusals import NotExportableError
from spikegraph.program.program import Program
from spikegraph.validation import smaller
from spikegraph.validation.smaller import smallest

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


def with_a_wrong_weight(text):
    """A network, and the same with another weight of its last convolution."""
    model, wrong = of_text(text), of_text(text)
    wrong.load_state_dict(model.state_dict())
    with torch.no_grad():
        name = next(name for name in wrong.state_dict() if name.startswith("y.") and name.endswith("weight"))
        wrong.state_dict()[name][0, 0, 0, 0] += 0.01
    return model, wrong


@pytest.mark.parametrize(("head", "size"), [("conv(3, out = 1)", (6, 7)), ("flatten -> linear(2)", (480, 641))])
def test_folded_weights_are_compared_on_small_maps_that_the_network_takes(head, size):
    """Both networks have the weights that they had, and the sizes of the file stay."""
    model = of_text(WIDE.replace("HEAD", head))
    for before, small in zip((model, model), on_small_maps(model, model), strict=True):
        assert small.plain.node("x").value.size == size
        assert before.plain.node("x").value.size == (480, 641)
        found, wanted = small.state_dict(), before.state_dict()
        assert found.keys() == wanted.keys()
        assert all(torch.equal(tensor, wanted[name]) for name, tensor in found.items())


def test_a_wrong_weight_of_a_large_network_is_found_on_small_maps():
    """The file has another weight than the trained network."""
    model, wrong = with_a_wrong_weight(WIDE.replace("HEAD", "conv(3, out = 1)"))
    assert safetensors_content(model, model)[1] == ()
    with pytest.raises(NotExportableError, match=r"isn't what the trained network computes: number .* of `y`"):
        safetensors_content(wrong, model)


# The note and the comparison are the same for all formats.
@pytest.mark.parametrize("content", [torch_content, pytest.param(onnx_content, marks=pytest.mark.long)])
def test_the_program_of_a_large_network_is_compared_on_small_maps(content, monkeypatch):
    monkeypatch.setattr(made, "MOST_NUMBERS", 100_000)
    text = WIDE.replace("480, 641", "48, 65").replace("HEAD", "conv(3, out = 1)")
    model, wrong = with_a_wrong_weight(text)
    assert content(model)[1] == ()  # 25,000 numbers
    monkeypatch.setattr(made, "MOST_NUMBERS", 10_000)
    note = "the network is large, so its program was compared with the trained network on inputs of [6, 7]"
    file, notes = content(model)
    assert notes == (note,)
    assert len(file) > 1000
    with pytest.raises(NotExportableError, match="isn't what the trained network computes"):
        content(wrong, model)


def test_a_large_network_whose_windows_need_large_maps_gets_the_largest_maps_that_are_allowed(monkeypatch):
    """Means of windows of 64 are fewer than three places on all but the whole map."""
    text = "sdhs 1\nnetwork net {\n  input x : real[1, 200, 200]\n  output y = x -> pool(avg, kernel = 64, stride = 64)\n}\n"
    graph = Program.of_text(text, "net.sdhs").checked().build("retrain").space
    sizes = []
    for most in (40_016, 80_000, 14_000, 300, 20):
        monkeypatch.setattr(smaller, "MOST_NUMBERS", most)
        (node,) = smallest(graph, lambda small: None).inputs().values()
        sizes.append(node.value.size[0])
    assert sizes == [200, 200, 80, 16, 200]


LOOPS = """sdhs 1
neuron lif { decay = 0.5 }
network net {
  input x : real[2, 260, 346]
  wide     = x -> pad(8)
  slow     = add(wide -> conv(3, out = 2), previous(slow) -> conv(3, out = 2)) -> lif
  deep     = add(wide -> conv(3, out = 2, stride = 2), previous(deep) -> conv(1, out = 2)) -> lif
  output y = add(slow, deep -> upsample(2), previous(deep) -> upsample(2))
}
"""


def test_maps_of_loops_become_small_too():
    """What comes from the step before has the size of its source, which only follows behind it."""
    graph = Program.of_text(LOOPS, "net.sdhs").checked().build("retrain").plain
    small = smallest(graph, lambda small: None)
    assert small.node("x").value.size == (6, 6)
    sizes = {source: small.node(name).value.size for name, source in small.carried.items()}
    assert sorted(sizes.values()) == [(4, 4), (8, 8)]
    assert all(small.node(source).value.size == size for source, size in sizes.items())
    assert len(small) == len(graph)
