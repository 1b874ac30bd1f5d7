"""Programs for other runtimes: every value has the plain layout, and there is an example of the inputs.

ExecuTorch 1.5.1 refuses convolutions whose operand and result differ in layout, and AOTInductor needs the example: both ran the
program of this network, with results within 2.4e-7 of torch's.
"""

import io

import pytest
import torch

import spikegraph
from spikegraph.backends.torch.exporting.files import torch_content

from ..traceable import without_checks

SPEC = """sdhs 1
neuron lif { decay = 0.5 }

network net {
  input image : real[2, 12, 12]
  time = 2
  a = image -> conv(3, out = 4) -> norm -> lif -> pool(max)
  b = a -> conv(3, out = 4) -> norm -> lif
  c = b -> transposed(2, out = 4, stride = 2) -> lif
  output logits = c -> pool -> linear(10) -> mean(time)
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("plain") / "net.sdhs"
    path.write_text(SPEC)
    model = spikegraph.compile(path, phase="deploy").eval()
    weight = model.state_dict()["b.conv.weight"]
    assert not weight.is_contiguous(), "the model's own weights have the layout that is fastest here"
    with pytest.MonkeyPatch.context() as patch:
        without_checks(patch)
        content, _ = torch_content(model)
    return torch.export.load(io.BytesIO(content))


def test_every_value_has_the_plain_layout(program):
    values = {node.name: node.meta.get("val") for node in program.graph_module.graph.nodes}
    maps = {name: value for name, value in values.items() if isinstance(value, torch.Tensor) and value.dim() == 4}
    assert len(maps) > 10
    for name, value in maps.items():
        strides = [stride for size, stride in zip(value.shape[1:], value.stride()[1:], strict=True) if size != 1]
        assert strides == sorted(strides, reverse=True), name
    assert all(weight.is_contiguous() for weight in program.state_dict.values())


def test_it_has_an_example_of_what_it_takes(program):
    (arrays, named) = program.example_inputs
    assert named == {}
    assert [tuple(x.shape) for x in arrays] == [(2, 2, 12, 12), (2, 4, 12, 12), (2, 4, 6, 6), (2, 4, 12, 12), (2, 10), (2,)]
