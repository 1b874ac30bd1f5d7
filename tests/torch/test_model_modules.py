"""What a model shows of its operations: its text, and modules whose hooks fire with the values of the graph."""

import copy
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

import spikegraph
from spikegraph.backends.torch.model import InputError, Model
from spikegraph.backends.torch.parameters import Leaf, Tree

NETWORK = """
network net {
  input x : real[3, 8, 8]
  time = 2
  stem = x -> stem(3, out = 4)
  output y = stem -> chain([small], width = 2) -> pool -> linear(4) -> mean(time)
}
genotype small {
  n0 = c3(prev2) + c5(prev)
  n1 = skip(n0) + c3(prev)
}
"""


@pytest.fixture
def compiled(small):
    torch.manual_seed(0)

    def made(phase="retrain", network=NETWORK):
        return spikegraph.compile(small(network).path, phase=phase).eval()

    return made


def heard(model):
    """Hooks on every submodule; the dict has the values that they got."""
    found = {}
    handles = [
        module.register_forward_hook(lambda module, given, value, name=name: found.setdefault(name, []).append(value))
        for name, module in model.named_modules()
        if name
    ]
    return found, handles


@pytest.mark.parametrize("phase", ["search", "retrain", "deploy"])
def test_its_text(compiled, golden, phase):
    golden(repr(compiled(phase)) + "\n", ".txt")


def test_a_part_has_a_text_too(compiled):
    model = compiled()
    assert repr(model.stem.conv) == "Leaf(conv 3x3, 3 -> 4: real[4, 8, 8] once)"
    assert repr(model.y.linear) == "Leaf(linear, 4 -> 4: real[4])"


@pytest.mark.parametrize("phase", ["search", "retrain", "deploy"])
def test_hooks_get_the_values_of_all_operations(compiled, phase):
    model, x = compiled(phase), torch.randn(2, 3, 8, 8)
    found, _ = heard(model)
    model(x)
    plain = model.plain
    assert found.keys() == {n.weights for n in plain if not n.op.traits.source}
    assert {name for name, module in model.named_modules() if isinstance(module, Leaf)} < found.keys()
    for node in plain:
        for value in found.get(node.weights, ()):
            assert value.shape == ((2,) if node.value.steps else ()) + (2, *node.value.shape), node.name
    assert found["stem"][0].unique().tolist() == [0.0, 1.0]  # spikes: the neuron of the stem


def test_their_values_are_those_of_the_plain_graph(compiled):
    model, x = compiled(), torch.randn(2, 3, 8, 8)
    found, _ = heard(model)
    y = model(x)
    other = Model(model.plain).eval()
    other.load_state_dict(model.state_dict())
    names = [node.name for node in model.plain if node.weights in found]
    values, _ = other.run({"x": x}, wanted=names)
    for name in names:
        assert torch.equal(values[name], found[model.plain.node(name).weights][0]), name
    assert torch.equal(values["y"], y)


def test_both_uses_of_shared_weights_are_heard(stereo_spec, compiled):
    model = compiled(network=stereo_spec)
    found, _ = heard(model)
    left, right = (torch.randint(-1, 2, (3, 1, 2, 8, 12)).float() for _ in range(2))
    model(left, right)
    first, second = found["features.stem.conv"]
    assert first.shape == (3, 1, 4, 8, 12) and not torch.equal(first, second)


def test_a_hook_gets_the_operands_and_may_replace_the_value(compiled):
    model, x = compiled(), torch.randn(2, 3, 8, 8)
    given = []
    model.stem.conv.register_forward_pre_hook(lambda module, operands: given.append(operands))
    model(x)
    assert torch.equal(given[0][0], x)
    handle = model.stem.register_forward_hook(lambda module, operands, value: torch.zeros_like(value))
    silent = model(x)
    assert torch.equal(silent, model(torch.randn(2, 3, 8, 8)))
    handle.remove()
    assert not torch.equal(model(x), silent)


def test_gradients_pass_through_modules_with_hooks(compiled):
    model, x = compiled().double(), torch.randn(2, 3, 8, 8).double()
    model(x).sum().backward()
    wanted = {name: p.grad.clone() for name, p in model.named_parameters()}
    model.zero_grad()
    seen = []
    model.stem.register_full_backward_hook(lambda module, before, after: seen.append(after[0].shape))
    model(x).sum().backward()
    assert seen == [(2, 2, 4, 8, 8)]
    for name, p in model.named_parameters():
        assert torch.allclose(p.grad, wanted[name], atol=1e-9), name


def test_without_hooks_no_module_is_called(compiled, monkeypatch):
    model, x = compiled(), torch.randn(2, 3, 8, 8)
    before = model(x)
    found, handles = heard(model)
    close = model(x)
    assert found
    assert torch.allclose(before, close, atol=1e-5)
    for handle in handles:
        handle.remove()
    monkeypatch.setattr(Tree, "call", None)
    assert torch.equal(model(x), before)


def test_a_module_is_not_called_alone(compiled):
    with pytest.raises(RuntimeError, match="this module is a part of a network and can't be called alone; call the network"):
        compiled().stem(torch.zeros(1))


def test_two_threads(compiled):
    """Both are inside one module at once: one computed the other's values, and a KeyError ended the other."""
    model, xs = compiled(), torch.randn(2, 2, 3, 8, 8)
    inside = threading.Barrier(2, timeout=60)
    wanted = [model(x) for x in xs]

    def wait(module, operands):
        inside.wait()

    model.stem.conv.register_forward_pre_hook(wait)
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(model, xs))
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in zip(found, wanted, strict=True))


def test_a_copy_has_hooks_of_its_own(compiled):
    model, x = compiled(), torch.randn(2, 3, 8, 8)
    other = copy.deepcopy(model)
    found, _ = heard(other)
    model(x)
    assert not found
    other(x)
    assert found


def test_hooks_amid_a_sequence(compiled):
    """A sequence that began with hooks continues without them; the state of a wide neuron can't be continued with them."""
    model, x = compiled(), torch.randn(2, 3, 8, 8)
    _, handles = heard(model)
    stream = model.stream()
    stream.step({"x": x})
    for handle in handles:
        handle.remove()
    last = stream.step({"x": x})["y"]
    assert torch.allclose(last, model(x), atol=1e-5)
    supernet = compiled("search")
    stream = supernet.stream()
    stream.step({"x": x})
    heard(supernet)
    with pytest.raises(RuntimeError, match="hooks were registered within a sequence; start a new one"):
        stream.step({"x": x})


def test_an_input_of_another_type_than_the_weights(compiled):
    model = compiled()
    for given, fix in (
        (torch.float64, "pass `x.to(torch.float32)`, or convert the network: `model.to(torch.float64)`"),
        (torch.uint8, "pass `x.to(torch.float32)`"),
    ):
        with pytest.raises(InputError) as told:
            model(torch.zeros(2, 3, 8, 8, dtype=given))
        assert str(told.value) == f"the input `x` is {given}, but the weights are torch.float32; {fix}"
    model.to(torch.float64)(torch.zeros(2, 3, 8, 8, dtype=torch.float64))
