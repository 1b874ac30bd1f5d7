"""Time steps as channels, and channels as time steps: by hand, by the reference, step by step, and with its mistakes."""

import numpy as np
import pytest
import torch

from spikegraph.api.reference import reference
from spikegraph.backends.torch.lowering import lower
from spikegraph.base.errors import InputError, NotStreamableError
from spikegraph.program.program import Program

STEPS = 4

ATTENTION = """
  seen  = x -> reduce(over = space, by = mean) -> reduce(over = channels, by = mean)
  score = seen -> time_to_channels(steps = 4) -> linear(2, bias = false) -> relu -> linear(4, bias = false) -> sigmoid
  output y = mul(x, score -> channels_to_time(steps = 4) -> spread(3))
"""


def text_of(lines, time=""):
    return f"sdhs 1\nneuron lif {{ decay = 0.5 }}\nnetwork net {{\n  input x : real[3, 6, 5]\n{time}{lines}}}\n"


def model_of(lines, time=""):
    found = Program.of_text(text_of(lines, time), "net.sdhs").checked().build("retrain")
    torch.manual_seed(0)
    return lower(found.graph, plain=found.plain).double().eval()


def drawn(*shape):
    torch.manual_seed(5)
    return torch.randn(shape, dtype=torch.float64)


def test_the_steps_stand_in_a_row():
    x = drawn(STEPS, 2, 3, 6, 5)
    y = model_of("  output y = x -> time_to_channels(steps = 4)\n")(x)
    assert torch.equal(y, torch.cat(list(x), 1))
    assert torch.equal(model_of("  output y = x -> time_to_channels(steps = 4) -> channels_to_time(steps = 4)\n")(x), x)
    z = model_of("  output y = x -> time_to_channels(steps = 4) -> split(4, 2)\n")(x)
    assert torch.equal(z, x[2])


def test_a_shorter_sequence_has_zeros_and_the_first_parts():
    x = drawn(2, 2, 3, 6, 5)
    y = model_of("  output y = x -> time_to_channels(steps = 4)\n")(x)
    assert torch.equal(y, torch.cat([*x, *torch.zeros_like(x)], 1))
    assert torch.equal(model_of("  output y = x -> time_to_channels(steps = 4) -> channels_to_time(steps = 4)\n")(x), x)


def test_samples_of_different_lengths_have_their_own_steps():
    model, x = model_of("  output y = x -> time_to_channels(steps = 4) -> flatten -> linear(5)\n"), drawn(STEPS, 2, 3, 6, 5)
    both = model(x, lengths=torch.tensor([4, 2]))
    torch.testing.assert_close(both[0], model(x[:, :1])[0], rtol=0, atol=1e-12)
    torch.testing.assert_close(both[1], model(x[:2, 1:])[0], rtol=0, atol=1e-12)


def test_attention_over_time_is_that_of_a_loop():
    model, x = model_of(ATTENTION), drawn(STEPS, 2, 3, 6, 5)
    first, second = (model.state_dict()[f"score.{name}.weight"] for name in ("linear", "linear2"))
    means = torch.stack([step.mean((1, 2, 3)) for step in x], 1)
    score = torch.sigmoid(torch.relu(means @ first.T) @ second.T)
    wanted = torch.stack([step * score[:, t].view(2, 1, 1, 1) for t, step in enumerate(x)])
    torch.testing.assert_close(model(x), wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("steps", [2, 4])
def test_the_reference_computes_the_same(steps):
    model, x = model_of(ATTENTION), drawn(steps, 2, 3, 6, 5)
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    judge = reference(Program.of_text(text_of(ATTENTION), "net.sdhs"), weights)
    np.testing.assert_allclose(judge({"x": x.numpy()})["y"], model(x).detach().numpy(), rtol=0, atol=1e-12)


def test_gradients():
    model, x = model_of(ATTENTION), drawn(3, 1, 3, 6, 5).requires_grad_()
    assert torch.autograd.gradcheck(model, (x,))


def test_an_encoding_of_a_static_input_can_be_streamed():
    model = model_of("  output y = x -> conv(3, out = 8) -> channels_to_time -> lif\n", "  time = 4\n")
    x = 2 * drawn(2, 3, 6, 5)
    spikes = model(x)
    assert spikes.shape == (STEPS, 2, 2, 6, 5)
    assert 0.02 < spikes.mean() < 0.9
    assert not torch.equal(spikes[0], spikes[1])
    stream = model.stream()
    assert torch.equal(spikes, torch.stack([stream.step({"x": x})["y"] for _ in range(STEPS)]))
    with pytest.raises(InputError, match=r"`y.channels_to_time` has channels for 4 time steps, not for 5"):
        stream.step({"x": x})


def test_a_stream_has_the_steps_so_far():
    model, x = model_of("  output y = x -> time_to_channels(steps = 4) -> flatten -> linear(5)\n"), drawn(STEPS, 2, 3, 6, 5)
    stream = model.stream()
    for t in range(STEPS):
        torch.testing.assert_close(stream.step({"x": x[t]})["y"], model(x[: t + 1]), rtol=0, atol=1e-12)
    with pytest.raises(InputError, match=r"`y.time_to_channels` makes channels of 4 time steps, not of 5"):
        stream.step({"x": x[0]})


def test_attention_over_time_has_no_stream():
    message = (
        r"net.sdhs:8:30: `y.channels_to_time` takes a concatenation over time, which is known after the last step, "
        r"so the network can't run step by step"
    )
    with pytest.raises(NotStreamableError, match=message):
        model_of(ATTENTION).stream()


def test_too_many_steps():
    with pytest.raises(InputError, match=r"`score.time_to_channels` makes channels of 4 time steps, not of 5"):
        model_of(ATTENTION)(drawn(5, 1, 3, 6, 5))
