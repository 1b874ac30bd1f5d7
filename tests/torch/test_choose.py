"""A choice on a wire computes: open, the softmax mixture of its branches; decided, the chosen branch, bit for bit."""

from pathlib import Path

import pytest
import torch

from spikegraph.plugins.targets import lower
from spikegraph.program.program import Program

SPEC = """sdhs 1
neuron lif { decay = 0.5  threshold = 1 }
network net {
  input x : real[3, 9, 9]
  s = x -> conv(3, out = 4) -> norm -> lif
  b = s -> choose(skip = identity, c3 = conv(3, out = 4) -> norm, deep = conv(1, out = 4) -> norm -> lif -> conv(5, out = 4))
  output y = b -> conv(1, out = 2)
}
"""
ALONE = {"skip": "identity", "c3": "conv(3, out = 4) -> norm", "deep": "conv(1, out = 4) -> norm -> lif -> conv(5, out = 4)"}


def model(path: Path, text: str, phase: str):
    path.write_text(text)
    return lower(Program.read(path).build(phase).graph, "torch").double()


def branch(name: str) -> str:
    """The spec with one branch in the place of the choice."""
    start, _, end = SPEC.partition("choose(")
    return f"{start}{ALONE[name]}{end[end.index(chr(10)) :]}"


def names(state: dict[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    """The weights of a branch under the names that they have without `choose`."""
    prefix = f"b.{name}."
    return {k.replace(prefix, "b."): v for k, v in state.items() if not k.startswith("b.") or k.startswith(prefix)}


@pytest.fixture
def inputs() -> torch.Tensor:
    return torch.randn(3, 2, 3, 9, 9, dtype=torch.float64)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", ALONE)
def test_decided_it_is_the_branch_alone(name: str, training: bool, inputs: torch.Tensor, tmp_path: Path):
    decided = model(tmp_path / "net.sdhs", SPEC + f"genotype net {{ b = {name} }}\n", "retrain").train(training)
    alone = model(tmp_path / "alone.sdhs", branch(name), "retrain").train(training)
    alone.load_state_dict(names(decided.state_dict(), name))
    found, expected = (m(inputs) for m in (decided, alone))
    assert torch.equal(found, expected)
    assert found.abs().max() > 0


def test_open_it_is_the_mixture_by_hand(inputs: torch.Tensor, tmp_path: Path):
    mixed = model(tmp_path / "net.sdhs", SPEC, "search").eval()
    alpha = torch.tensor([[0.3, -1.2, 0.9]], dtype=torch.float64)
    with torch.no_grad():
        mixed.architecture["net.b.alpha"].copy_(alpha)
    ends = mixed.state_dict()
    total = torch.zeros(3, 2, 4, 9, 9, dtype=torch.float64)
    for weight, name in zip(alpha[0].exp() / alpha[0].exp().sum(), ALONE, strict=True):
        text = branch(name).replace("output y = b -> conv(1, out = 2)", "output y = b -> identity")
        alone = model(tmp_path / "alone.sdhs", text, "retrain").eval()
        kept = {k: v for k, v in names(ends, name).items() if not k.startswith("y.") and "alpha" not in k}
        alone.load_state_dict(kept)
        total += weight * alone(inputs)
    expected = torch.nn.functional.conv2d(total.flatten(0, 1), ends["y.weight"], ends["y.bias"]).view(3, 2, 2, 9, 9)
    torch.testing.assert_close(mixed(inputs), expected, rtol=1e-12, atol=1e-12)


def test_the_gradient_of_alpha_is_that_of_the_mixture(inputs: torch.Tensor, tmp_path: Path):
    mixed = model(tmp_path / "net.sdhs", SPEC, "search").eval()
    parameter = mixed.architecture["net.b.alpha"]

    def loss() -> torch.Tensor:
        return (mixed(inputs) ** 2).sum()

    (slope,) = torch.autograd.grad(loss(), [parameter])
    for k in range(3):
        with torch.no_grad():
            step = torch.zeros_like(parameter)
            step[0, k] = 1e-6
            parameter += step
            above = loss()
            parameter -= 2 * step
            below = loss()
            parameter += step
        torch.testing.assert_close(slope[0, k], (above - below) / 2e-6, rtol=1e-5, atol=1e-6)


LOOP = """sdhs 1
neuron lif { decay = 0.5  threshold = 1 }
network net {
  input x : real[3, 6, 5]
  s = x -> conv(3, out = 4) -> norm -> lif
  a = add(s -> conv(3, out = 4), previous(a) -> choose(same = conv(1, out = 4), wide = conv(3, out = 4) -> norm)) -> lif
  output y = a -> conv(1, out = 2)
}
"""


@pytest.mark.parametrize(("name", "alone"), [("same", "conv(1, out = 4)"), ("wide", "conv(3, out = 4) -> norm")])
def test_a_choice_in_a_loop(name: str, alone: str, tmp_path: Path):
    start, _, end = LOOP.partition("choose(")
    plain = f"{start}{alone}{end[end.index(')) -> lif') + 1 :]}"
    decided = model(tmp_path / "net.sdhs", f"{LOOP}genotype net {{ a.add.choose = {name} }}\n", "retrain").eval()
    without = model(tmp_path / "plain.sdhs", plain, "retrain").eval()
    assert decided.graph.carried and len(decided.state_dict()) == len(without.state_dict())
    state = decided.state_dict()
    for before, after in (("wide.conv.", "conv2."), ("wide.", "norm."), ("same.", "conv2.")):
        state = {key.replace(f"a.add.choose.{before}", f"a.add.{after}"): value for key, value in state.items()}
    without.load_state_dict(state)
    x = 3 * torch.randn(5, 2, 3, 6, 5, dtype=torch.float64)
    found = decided(x)
    assert torch.equal(found, without(x))
    mixed = model(tmp_path / "net.sdhs", LOOP, "search").eval()
    whole, carried, steps = mixed(x), None, []
    for t in range(5):
        values, carried = mixed.run({"x": x[t : t + 1]}, carried)
        steps.append(values[mixed.graph.outputs["y"]])
    torch.testing.assert_close(torch.cat(steps), whole, rtol=1e-12, atol=1e-12)
