"""The check of an export: wrong files are refused with neuron, step, distance and bound; rounding is told apart and counted."""

import re
from collections.abc import Callable

import exact_networks as networks
import pytest
import torch
from compared_networks import TEXT, both, compare
from torch import Tensor

from spikegraph.backends.torch.exporting import checked as check_module
from spikegraph.backends.torch.exporting.files import safetensors_content
from spikegraph.backends.torch.exporting.refusals import NotExportableError
from spikegraph.backends.torch.exporting.step import StreamingStep
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.program.program import Program

pytestmark = pytest.mark.unchecked

NUMBER = r"\S+"
APART = rf"{NUMBER} and not {NUMBER}, {NUMBER} apart, where rounding explains {NUMBER}"
PLACE = r"\[\d+(, \d+)*\]"
NEURON = (
    rf"neuron {PLACE} of `{NUMBER}` at step \d, whose potential is {NUMBER} from its threshold "
    rf"\(rounding explains {NUMBER}\): its `{NUMBER}` is {APART}"
)
OUTPUT = rf"number {PLACE} of `{NUMBER}` at step \d is {APART}"


def test_a_right_file_is_accepted():
    """Norms that fold, that stay and behind which a value of the step before is added; every neuron fires somewhere."""
    deployed, separate = both()
    assert {n.name for n in deployed.plain if n.op.name == "norm"} == {"b.norm", "c.norm"}
    assert compare(deployed, separate) == ()
    assert safetensors_content(deployed, separate)[1] == ()


WEIGHTS = {
    "a weight times 1.01": lambda p: p["a.conv.weight"].mul_(1.01),
    "a weight of one channel times 1.01": lambda p: p["a.conv.weight"][2].mul_(1.01),
    "one number of a weight": lambda p: p["tied.conv.weight"][1, 2, 0, 0].add_(0.01),
    "two channels swapped": lambda p: p["d.conv.weight"].copy_(p["d.conv.weight"][[1, 0, 2, 3]]),
    "two inputs swapped": lambda p: p["tied.conv.weight"].copy_(p["tied.conv.weight"][:, [0, 2, 1, 3]]),
    "a kernel flipped": lambda p: p["a.conv.weight"].copy_(p["a.conv.weight"].flip(-1)),
    "a bias moved by a hundredth": lambda p: p["a.conv.bias"][3].add_(0.01),
    "a bias left out": lambda p: p["d.conv.bias"].zero_(),
    "a mean left out of a norm that stays": lambda p: p["b.norm.running_mean"].zero_(),
    "variances exchanged": lambda p: p["c.norm.running_var"].copy_(p["b.norm.running_var"]),
    "the weights of the loop": lambda p: p["d.conv.weight"].mul_(0.99),
    "the last layer": lambda p: p["logits.linear.weight"][0].mul_(1.001),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_wrong_weights(name):
    deployed, separate = both()
    with torch.no_grad():
        WEIGHTS[name](dict(deployed.state_dict()))
    with pytest.raises(NotExportableError) as caught:
        compare(deployed, separate)
    text = str(caught.value).partition("what the trained network computes: ")[2]
    pattern = OUTPUT if name == "the last layer" else NEURON
    assert re.match(pattern, text), text
    apart, explains = re.search(r"(\S+) apart, where rounding explains (\S+?)( \(help|$)", text).groups()[:2]
    assert float(apart) > float(explains)
    with pytest.raises(NotExportableError):
        safetensors_content(deployed, separate)


@pytest.mark.parametrize("wrong", ["epsilon", "gamma", "variance"])
def test_wrong_folding(wrong):
    """An epsilon left out, a factor left out, and the variance in place of its root."""
    deployed, separate = both()
    p, q = dict(deployed.state_dict()), separate.state_dict()
    var, gamma = q["a.norm.running_var"], q["a.norm.weight"]
    right = gamma / (var + 0.001).sqrt()
    scale = {"epsilon": gamma / var.sqrt(), "gamma": 1 / (var + 0.001).sqrt(), "variance": gamma / (var + 0.001)}[wrong]
    with torch.no_grad():
        p["a.conv.weight"].mul_((scale / right).view(-1, 1, 1, 1))
    with pytest.raises(NotExportableError, match="of `a` at step 0"):
        compare(deployed, separate)


def test_weights_that_took_in_a_norm_of_one_use_alone():
    """As norms were folded once: the shared convolution has the norm of one use, and both norms are gone."""
    deployed, separate = both()
    q = separate.state_dict()
    factor = (q["b.norm.weight"] / (q["b.norm.running_var"] + 1e-5).sqrt()).view(-1, 1, 1, 1)
    with torch.no_grad():
        dict(deployed.state_dict())["tied.conv.weight"].mul_(factor)
    with pytest.raises(NotExportableError, match="of `b` at step 0"):
        compare(deployed, separate)


def change(index: int, how: Callable[[Tensor], Tensor]):
    def run(step, arrays):
        found = list(step(*arrays))
        found[index] = how(found[index])
        return found

    return run


def swapped(one: int, other: int):
    def run(step, arrays):
        found = list(step(*arrays))
        found[one], found[other] = found[other], found[one]
        return found

    return run


def forgets(step, arrays):
    return list(step(*arrays[:1], *(torch.zeros_like(x) for x in arrays[1:])))


def one_more(x: Tensor) -> Tensor:
    y = x.clone()
    y.view(-1)[7] = 1 - y.view(-1)[7]
    return y


# outputs maps, logits; states a:v, b:v, c:v, previous of d, d:v, d:s, the sum and the count of the mean
PROGRAMS = {
    "states of two neurons exchanged": (swapped(3, 4), "of `b` at step 0"),
    "a state that isn't reset": (change(2, lambda v: torch.where(v == 0, 0.6, v)), "of `a` at step 0"),
    "a state that is rounded": (change(3, lambda v: (v * 1000).round() / 1000), "of `b` at step 0"),
    "states that are forgotten": (forgets, "at step 1"),
    "a spike too many in an output": (change(0, one_more), "of `maps` at step 0"),
    "an output that isn't a number": (change(1, lambda y: y * torch.nan), "of `logits` at step 0"),
    "a state that isn't a number": (change(2, lambda y: y * torch.nan), "of `a` at step 0"),
    "an output of another shape": (change(1, lambda y: y[:, :2]), r"`logits` has the shape \[1, 2\] and not \[1, 3\]"),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_wrong_programs(name):
    run, text = PROGRAMS[name]
    deployed, separate = both()
    assert [a.name for a in StreamingStep(deployed).signature.states][:3] == ["a:v", "b:v", "c:v"]
    with pytest.raises(NotExportableError, match=text):
        compare(deployed, separate, run)


@pytest.mark.parametrize(
    ("old", "new"), [("decay = 0.5", "decay = 0.51"), ("reset = soft", "reset = hard"), ("= 0.3", "= 0.31")]
)
def test_neurons_of_another_kind(old, new):
    deployed, _ = both(TEXT.replace(old, new))
    with pytest.raises(NotExportableError, match="what the trained network computes: neuron"):
        compare(deployed, both()[1])


EDGE = """sdhs 1
neuron lif {{ threshold = {threshold!r}  reset = hard }}
neuron soft {{ threshold = 0.5  reset = soft }}
network net {{
  input x : spike[48]
  a = x -> linear(64, bias = false) -> lif
  output y = a -> linear(8) -> soft
}}
"""


def at_the_threshold(monkeypatch) -> tuple[Model, Tensor]:
    """A network all of whose first currents are the threshold but for rounding, and these currents in float32.

    Each neuron adds the same 48 weights in another order, so that their sums in float64 differ by less than 1e-14.
    """
    generator = torch.Generator().manual_seed(3)
    weights = torch.rand(48, generator=generator)
    threshold = float(weights.double().sum())
    model = lower(Program.of_text(EDGE.format(threshold=threshold), "net.sdhs").checked().build("deploy").plain).eval()
    rows = torch.stack([weights[torch.randperm(48, generator=generator)] for _ in range(64)])
    with torch.no_grad():
        model.get_parameter("a.linear.weight").copy_(rows)
    ones = torch.ones(1, 48)
    monkeypatch.setattr(check_module, "examples", lambda step, batch, seed: (ones,))
    monkeypatch.setattr(check_module, "STEPS", 1)
    currents = torch.zeros(64)
    for k in range(48):  # one after the other, as a simple program adds them
        currents += rows[:, k]
    return model, currents


def one_after_the_other(model: Model, currents: Tensor, factor: float = 1.0):
    def run(step, arrays):
        spikes = (currents.double() > model.plain.node("a").op.neuron.threshold).float()
        u = factor * model.get_parameter("y.linear.weight") @ spikes + model.get_parameter("y.linear.bias")
        y = (u > 0.5).float()
        return [y[None], (currents * (1 - spikes))[None], (u - 0.5 * y)[None]]

    return run


def test_spikes_that_rounding_decides_are_counted_and_followed(monkeypatch):
    """The count is that of a comparison by hand, and what the other layer gets are the spikes of the file."""
    model, currents = at_the_threshold(monkeypatch)
    threshold = model.plain.node("a").op.neuron.threshold
    exact = torch.nn.functional.linear(torch.ones(48).double(), model.get_parameter("a.linear.weight").double()) > threshold
    differ = int(((currents.double() > threshold) != exact).sum())
    assert 8 < differ < 56
    (note,) = compare(model, model, one_after_the_other(model, currents))
    assert note.startswith(f"{differ} of 72 spikes differ from the trained network's, as rounding explains: neuron [")
    distance, bound = map(float, re.search(r"is (\S+) from its threshold \(rounding explains (\S+)\)$", note).groups())
    assert distance < 1e-12 < bound
    assert bound < 64 * 2**-24 * 3 * threshold  # (n + roundings) u sum |w x|, and the roundings of the neuron


def test_what_follows_from_such_spikes_is_compared_too(monkeypatch):
    model, currents = at_the_threshold(monkeypatch)
    with pytest.raises(NotExportableError, match=r"neuron \[\d\] of `y` at step 0"):
        compare(model, model, one_after_the_other(model, currents, 1.001))


def test_a_current_that_is_farther_from_the_threshold_than_rounding(monkeypatch):
    model, currents = at_the_threshold(monkeypatch)
    currents[5] -= 0.001
    with pytest.raises(NotExportableError, match=r"neuron \[5\] of `a` at step 0"):
        compare(model, model, one_after_the_other(model, currents))


@pytest.mark.parametrize("name", ["torch", "onnx"])
def test_the_files_of_other_programs_are_compared_with_separate_norms(name):
    from spikegraph.backends.torch.exporting.files import torch_content
    from spikegraph.backends.torch.exporting.onnx_model import onnx_content

    text = TEXT.partition("  d = ")[0] + "  output y = c\n}\n"
    deployed, separate = both(text)
    content = {"torch": torch_content, "onnx": onnx_content}[name]
    assert content(deployed, separate)[1] == ()
    with torch.no_grad():
        separate.get_buffer("b.norm.running_mean")[0] += 0.01
    with pytest.raises(NotExportableError, match="of `b` at step 0"):
        content(deployed, separate)


def test_states_of_the_check_are_alive():
    """Otherwise the comparisons above prove nothing."""
    step = StreamingStep(both()[0])
    state = step.begin(1)
    with torch.no_grad():
        for seed in range(check_module.STEPS):
            found = step(*check_module.examples(step, 1, seed), *state)
            state = found[2:]
    assert networks.fired({a.name: v.numpy() for a, v in zip(step.signature.states, state, strict=True)}) > 0.3
