"""A number of a neuron that float32 doesn't have is refused by each format: as a threshold of 0 it would be another network."""

import pytest

import spikegraph
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.program.program import Program

SPEC = """sdhs 1
neuron own { model = alif(adaptation = ADAPTATION)  threshold = THRESHOLD }
network net {
  input image : real[1, 8, 8]
  time = 2
  a = image -> conv(3, out = 4) -> norm -> own
  output logits = a -> pool -> linear(3) -> mean(time)
}
"""


@pytest.mark.parametrize("format", ["nir", "torch", "onnx", "python", "safetensors"])
@pytest.mark.parametrize(
    ("threshold", "adaptation", "name"), [("1e-300", "0.2", "threshold = 1e-300"), ("1", "1e-40", "adaptation = 1e-40")]
)
def test_each_format_refuses_it(tmp_path, format, threshold, adaptation, name):
    if format == "nir":
        pytest.importorskip("nir")
    text = SPEC.replace("THRESHOLD", threshold).replace("ADAPTATION", adaptation)
    model = spikegraph.compile(Program.of_text(text, "net.sdhs"))
    with pytest.raises(SpecError) as raised:
        model.export(tmp_path / "net.py", to=format)
    found = [(d.code, d.summary, d.help) for d in raised.value.diagnostics if "float32" in d.summary]
    assert found == [("SG1101", f"`{name}` of a neuron is too small for float32 (at a)", "write a number of at least 1.18e-38")]
    assert not list(tmp_path.iterdir())
