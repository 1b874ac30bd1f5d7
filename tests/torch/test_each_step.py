"""A value that is repeated over time, against PyTorch's layers on a repeated image."""

import pytest
import torch
from torch import nn

from spikegraph.backends.torch.lowering import lower
from spikegraph.base.errors import NotStreamableError
from spikegraph.program.program import Program

STEPS = 4


def built(lines, time=f"  time = {STEPS}\n"):
    text = f"sdhs 1\nneuron lif {{ decay = 0.5 }}\nnetwork net {{\n  input x : real[3, 6, 5]\n{time}{lines}}}\n"
    return Program.of_text(text, "net.sdhs").checked().build("retrain")


def model_of(lines, time=f"  time = {STEPS}\n"):
    found = built(lines, time)
    torch.manual_seed(0)
    return lower(found.graph, plain=found.plain).double()


def test_the_statistics_of_a_norm_are_those_of_torch_on_a_repeated_image():
    model = model_of("  output y = x -> each_step -> conv(3, out = 4) -> norm\n").train()
    once = model_of("  output y = x -> conv(3, out = 4) -> norm\n").train()
    theirs = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4)).double().train()
    weights = model.state_dict()
    once.load_state_dict(weights)
    with torch.no_grad():
        theirs[0].weight.copy_(weights["y.conv.weight"])
        theirs[0].bias.copy_(weights["y.conv.bias"])
    x = torch.randn(2, 3, 6, 5, dtype=torch.float64)
    wanted = theirs(x.unsqueeze(0).repeat(STEPS, 1, 1, 1, 1).flatten(0, 1)).unflatten(0, (STEPS, 2))
    found = model(x)
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-12)
    torch.testing.assert_close(model.state_dict()["y.running_var"], theirs[1].running_var, rtol=0, atol=1e-12)
    torch.testing.assert_close(once(x), wanted[0], rtol=0, atol=1e-12)
    assert (once.state_dict()["y.running_var"] - theirs[1].running_var).abs().max() > 1e-4


def test_neurons_repeat_by_themselves():
    line = "  output y = x -> {}conv(3, out = 4) -> norm -> lif\n"
    model, once = (model_of(line.format(prefix)).eval() for prefix in ("each_step -> ", ""))
    once.load_state_dict(model.state_dict())
    x = 2 * torch.randn(2, 3, 6, 5, dtype=torch.float64)
    spikes = model(x)
    assert spikes.shape == (STEPS, 2, 4, 6, 5)
    assert 0.05 < spikes.mean() < 0.95
    assert torch.equal(spikes, once(x))
    stream = model.stream()
    assert torch.equal(spikes, torch.stack([stream.step({"x": x})["y"] for _ in range(STEPS)]))


def test_a_mean_over_time_at_each_step_is_not_known_in_a_stream():
    model = model_of("  output y = x -> conv(3, out = 4) -> lif -> mean(time) -> each_step\n", "")
    x = torch.randn(3, 1, 3, 6, 5, dtype=torch.float64)
    y = model(x)
    assert y.shape == (3, 1, 4, 6, 5)
    assert torch.equal(y[0], y[2])
    with pytest.raises(NotStreamableError, match=r"`y` takes a mean over time, which is known after the last step"):
        model.stream()


def test_what_it_costs():
    line = "  output y = x -> {}conv(3, out = 4, bias = false) -> lif\n"
    values = [built(line.format(prefix)).plain.node("y.conv").value for prefix in ("", "each_step -> ")]
    assert [str(value) for value in values] == ["real[4, 6, 5] once", "real[4, 6, 5]"]
