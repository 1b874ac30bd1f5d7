"""A batch norm of one value of each channel in training: the error names the operation and its line."""

import pytest
import torch

import spikegraph

SPEC = """\
sdhs 1
neuron lif { }
network net {
  input x : real[3, 4, 4]
  h = x -> conv(3, out = 4) -> pool
  output y = h -> linear(4) -> norm -> %s
}
"""


@pytest.mark.parametrize("act", ["act", "lif", "identity"])
@pytest.mark.parametrize("native", ["0", "1"])
def test_the_operation_is_named(tmp_path, monkeypatch, act, native):
    monkeypatch.setenv("SPIKEGRAPH_NATIVE", native)
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC % act + "neuron act { model = relu }\n" * (act == "act"))
    model = spikegraph.compile(path).train()
    with pytest.raises(spikegraph.UntrainableError) as caught:
        model(torch.ones(1, 1, 3, 4, 4))
    assert f"{path}:6:" in caught.value.summary
    assert "normalises one value of each channel, which has no variance" in caught.value.summary
    assert (
        caught.value.help == "use a larger `batch` that leaves no single sample for the last one, a larger map, or no norm here"
    )
    assert torch.isfinite(torch.cat([b.flatten().float() for b in model.buffers()])).all()  # nothing was spoilt
    model(torch.ones(1, 2, 3, 4, 4))
    model.eval()(torch.ones(1, 1, 3, 4, 4))


def test_several_values_are_enough(tmp_path):
    """Two steps, or the pixels of a map; two samples are in the test above."""
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC % "lif")
    spikegraph.compile(path).train()(torch.rand(2, 1, 3, 4, 4))
    path.write_text(SPEC.replace("pool", "lif").replace("linear(4)", "conv(1, out = 4)") % "lif")
    spikegraph.compile(path).train()(torch.rand(1, 1, 3, 4, 4))
