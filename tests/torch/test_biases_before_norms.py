"""The gradient of a convolution's bias before a batch norm, which is 0 unless something else sees what the bias is added to."""

import pytest
import torch
from one_operation import AT
from torch import nn

from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.ir.graph import Graph
from spikegraph.ir.opdef import OPS
from spikegraph.ir.stage import Stage
from spikegraph.program.program import Program


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("also", [False, True])
def test_the_gradient_of_a_bias_before_a_norm(held, also):
    """It is torch's, and exactly 0 where a norm with the batch's statistics is all that uses the convolution's result."""
    graph = Graph("net", Stage.LOWERED)
    graph.add("x", OPS["input"].model_validate({"kind": "real", "channels": 3, "size": [4, 5], "steps": True}), (), AT)
    graph.add("conv", OPS["conv"].model_validate({"kernel": 3, "out": 4}), ("x",), AT)
    graph.add("norm", OPS["norm"].model_validate({}), ("conv",), AT)
    graph.add("y", OPS["add"].model_validate({}), ("norm", "conv" if also else "norm"), AT)
    graph.outputs["y"] = "y"
    torch.manual_seed(3)
    model, (x,) = Model(graph).double().train(), [torch.randn(2, 3, 3, 4, 5, dtype=torch.float64)]
    if held:
        model.norm.hold()
    upstream = torch.randn(6, 4, 4, 5, dtype=torch.float64)
    weight, bias = (p.detach().clone().requires_grad_() for p in (model.conv.weight, model.conv.bias))
    conv = nn.functional.conv2d(x.flatten(0, 1), weight, bias, padding=1)
    norm = nn.functional.batch_norm(conv, torch.zeros(4).double(), torch.ones(4).double(), training=not held)
    ((norm + (conv if also else norm)) * upstream).sum().backward()
    (model(x).flatten(0, 1) * upstream).sum().backward()
    torch.testing.assert_close(model.conv.weight.grad, weight.grad, rtol=0, atol=1e-12)
    torch.testing.assert_close(model.conv.bias.grad, bias.grad, rtol=0, atol=1e-12)
    assert bool((model.conv.bias.grad == 0).all()) is not (held or also)


SEEN = """sdhs 1
neuron lif { }
network net {
  input image : real[2, 6, 6]
  time = 2
  stem = image -> conv(3, out = 4) -> norm -> lif
  two  = stem -> conv(3, out = 4) -> norm -> lif
  output y = two -> pool -> flatten
}
"""


@pytest.mark.parametrize("name", ["stem.conv", "two.conv"])
@pytest.mark.parametrize("way", ["hook", "replaced", "before the norm", "wanted", "watched"])
def test_the_gradient_of_a_bias_whose_result_is_seen(way, name):
    """A loss of what a hook or a caller sees behind a convolution has a gradient for the bias: the sum of the result's."""
    built = Program.of_text(SEEN, "seen.sdhs").checked("retrain").build("retrain")
    torch.manual_seed(1)
    model = lower(built.graph, plain=built.plain).train()
    x, seen, added = torch.randn(2, 2, 6, 6), dict[str, torch.Tensor](), torch.zeros(4, 1, 1, requires_grad=True)
    module, place = model.get_submodule(name), name.split(".")[0]
    loss = None
    if way == "hook":
        module.register_forward_hook(lambda _, __, y: seen.update(y=y))
    elif way == "replaced":
        module.register_forward_hook(lambda _, __, y: seen.update(y=y) or (y + added).clamp(min=0))
    elif way == "before the norm":
        model.get_submodule(f"{place}.norm").register_forward_pre_hook(lambda _, given: ((given[0] + added).clamp(min=0),))
    elif way == "wanted":
        node = next(n.name for n in built.graph if name in n.weights and n.leaves)
        seen["y"] = model.values({"image": x}, [node])[node]
    else:
        model.values({"image": x}, watch=lambda n, y: seen.update(y=y) if n.startswith(place) and "y" not in seen else None)
    if way in ("replaced", "before the norm"):
        loss = (model(x) * torch.linspace(1, 2, 4)).sum()
    elif way == "hook":
        model(x)
    if loss is None:
        seen["y"].retain_grad()
        loss = seen["y"].square().sum()
    loss.backward()
    y = added.grad.flatten() if added.grad is not None else seen["y"].grad.transpose(-3, 0).flatten(1).sum(1)
    assert float(y.abs().max()) > 1e-3
    torch.testing.assert_close(module.bias.grad, y, rtol=1e-4, atol=1e-5)
