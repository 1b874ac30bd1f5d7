"""Blocks that are repeated: values, gradients and streams are those of the layers written one after the other."""

import pytest
import torch
from torch.nn.functional import conv2d

from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.model import Model

NET = """
block layer(x) {{
  weights = {weights}
  param n = lif
  a = x -> conv(3, out = 3) -> n
  return add(x, a)
}}
network net {{
  input x : real[3, 6, 5]
  l = x -> repeat(layer(n = lif(decay = 0.6, threshold = 0.1)), 3)
  output y = l -> pool -> mean(time)
}}
"""


def model(small, weights, form="graph"):
    torch.manual_seed(0)
    built = small(NET.format(weights=weights)).build("retrain")
    return Model(getattr(built, form)).to(torch.float64)


def by_hand(x, layers):
    """Three layers in a loop over time; `layers` has weight and bias of each."""
    potentials, total = [0.0] * 3, 0.0
    spikes = [torch.zeros(())] * 3
    for step in x:
        value = step
        for i, (weight, bias) in enumerate(layers):
            potentials[i] = 0.6 * potentials[i] * (1 - spikes[i]) + conv2d(value, weight, bias, padding=1)
            spikes[i] = (potentials[i] > 0.1).to(value.dtype)
            value = value + spikes[i]
        total = total + value.mean((-2, -1))
    return total / len(x)


@pytest.mark.parametrize("weights", ["own", "shared"])
@pytest.mark.parametrize("form", ["plain", "graph"])
def test_values_are_those_of_a_loop(small, weights, form):
    made, x = model(small, weights, form), torch.randn(4, 2, 3, 6, 5, dtype=torch.float64)
    names = [f"l[{i}].a.conv" for i in range(3)] if weights == "own" else ["layer.a.conv"] * 3
    state = made.state_dict()
    assert state.keys() == {f"{name}.{part}" for name in names for part in ("weight", "bias")}
    expected = by_hand(x, [(state[f"{name}.weight"], state[f"{name}.bias"]) for name in names])
    torch.testing.assert_close(made(x), expected, rtol=1e-12, atol=1e-12)
    assert expected.std() > 0.1


def test_shared_gradients_are_sums_of_own_ones(small):
    own, shared = model(small, "own"), model(small, "shared")
    state = shared.state_dict()
    names = {f"l[{i}].a.conv.{part}": f"layer.a.conv.{part}" for i in range(3) for part in ("weight", "bias")}
    own.load_state_dict({name: state[of] for name, of in names.items()})
    x = torch.randn(4, 2, 3, 6, 5, dtype=torch.float64)
    for each in (own, shared):
        each(x).square().sum().backward()
    gradients = dict(own.named_parameters())
    for part in ("weight", "bias"):
        total = torch.stack([gradients[f"l[{i}].a.conv.{part}"].grad for i in range(3)]).sum(0)
        torch.testing.assert_close(shared.get_parameter(f"layer.a.conv.{part}").grad, total, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("weights", ["own", "shared"])
def test_a_stream_is_the_sequence(small, weights):
    made, x = model(small, weights).eval(), torch.randn(5, 2, 3, 6, 5, dtype=torch.float64)
    with torch.no_grad():
        whole, _ = made.run({"x": x}, wanted=("y",))
        stream = made.stream(("y",))
        steps = [stream.step({"x": value})["y"] for value in x]
    torch.testing.assert_close(steps[-1], whole["y"], rtol=1e-12, atol=1e-12)


def test_norms_in_repetitions_fold(small):
    torch.manual_seed(0)
    made = small(NET.format(weights="own").replace("-> n\n", "-> norm -> n\n"))
    trained, x = Model(made.build("retrain").graph).to(torch.float64), torch.randn(4, 2, 3, 6, 5, dtype=torch.float64)
    with torch.no_grad():
        trained.train()(x)
        deployed = Model(made.build("deploy").graph).to(torch.float64)
        load_folded(deployed, trained.state_dict())
        torch.testing.assert_close(deployed.eval()(x), trained.eval()(x), rtol=1e-10, atol=1e-10)
