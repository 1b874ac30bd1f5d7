"""`project`: identity where shapes agree, otherwise convolution and norm; checked against the same network without it."""

import pytest
import torch

from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.model import Model

NET = """
network net {{
  input image : real[2, 9, 7]
  time = 3
  block basic(x) {{ weights = own
    param out    = 4
    param stride = 1
    a = x -> conv(3, out = out, stride = stride) -> norm -> lif
    b = a -> conv(3, out = out) -> norm
    return add(b, {shortcut}) -> lif }}
  s = image -> conv(3, out = 4) -> norm -> lif
  l = s -> basic
  m = l -> {second}
  output y = m -> pool -> linear(3) -> mean(time)
}}
"""
PROJECTED = NET.format(shortcut="project(x, like = b)", second="basic(out = 6, stride = 2)")
SECOND = "down(out = 6)\n"
DOWN = """
  block down(x) { weights = own
    param out = 4
    a = x -> conv(3, out = out, stride = 2) -> norm -> lif
    b = a -> conv(3, out = out) -> norm
    return add(b, x -> conv(1, out = out, stride = 2, bias = false) -> norm) -> lif }
  s = image"""
BY_HAND = NET.format(shortcut="x", second=SECOND).replace("\n  s = image", DOWN)


def test_the_shortcuts_of_a_residual_network(small):
    graph = small(PROJECTED).after("expand-layers")
    parts = [(n.name, n.op.name, str(n.value)) for n in graph if "project" in n.name]
    assert parts == [
        ("l.add.project", "identity", "spike[4, 9, 7]"),
        ("m.add.project.conv", "conv", "real[6, 5, 4]"),
        ("m.add.project", "norm", "real[6, 5, 4]"),
    ]
    assert graph.node("m.add.project.conv").leaves == {"m.add.project.conv": {"weight": (6, 4, 1, 1)}}


def test_values_and_gradients_are_those_of_convolution_and_norm(small):
    torch.manual_seed(0)
    model = Model(small(PROJECTED).build("retrain").graph).to(torch.float64)
    other = Model(small(BY_HAND).build("retrain").graph).to(torch.float64)
    names = {k: k.replace("add.project.conv", "add.conv").replace("add.project", "add.norm") for k in model.state_dict()}
    other.load_state_dict({names[k]: v for k, v in model.state_dict().items()})
    image = torch.randn(2, 2, 9, 7, dtype=torch.float64)
    for m in (model, other):
        m(image).square().sum().backward()
    assert torch.equal(model(image), other(image))
    gradients = dict(other.named_parameters())
    assert all(torch.equal(p.grad, gradients[names[k]].grad) for k, p in model.named_parameters())


@pytest.mark.parametrize(
    ("axes", "stride"), [("9, 7", "2"), ("9, 7", "[1, 2]"), ("9, 7", "[3, 1]"), ("9", "2"), ("5, 9, 7", "[1, 2, 3]")]
)
def test_its_stride_is_that_of_the_convolutions_beside_it(small, axes, stride):
    text = PROJECTED.replace("9, 7", axes).replace("param stride = 1", "").replace("basic(out = 6, stride = 2)", "other")
    head = "  block other(x) { weights = own\n"
    head += f"a = x -> conv(3, out = 6, stride = {stride}) -> lif\n return add(a, project(x, like = a)) -> lif }}\n"
    text = text.replace(", stride = stride", "").replace("  s = image", f"{head}  s = image")
    graph = small(text).after("expand-layers")
    convs = [n for n in graph if n.op.name == "conv" and n.name.startswith("m.")]
    assert convs[0].value.size == convs[1].value.size != graph.node("s").value.size
    one = max(convs[0].op.stride) if isinstance(convs[0].op.stride, tuple) else convs[0].op.stride  # type: ignore[attr-defined]
    assert convs[1].op.stride in (convs[0].op.stride, one)  # type: ignore[attr-defined]


def test_its_norm_folds(small):
    torch.manual_seed(0)
    made = small(PROJECTED)
    model = Model(made.build("retrain").graph).to(torch.float64)
    image = torch.randn(2, 2, 9, 7, dtype=torch.float64)
    with torch.no_grad():
        model.train()(image)
        deployed = Model(made.build("deploy").graph).to(torch.float64)
        load_folded(deployed, model.state_dict())
        torch.testing.assert_close(deployed.eval()(image), model.eval()(image), rtol=1e-10, atol=1e-10)
    assert not any(n.op.name == "norm" for n in made.build("deploy").plain)
