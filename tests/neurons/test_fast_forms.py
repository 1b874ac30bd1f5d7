"""The faster forms of networks whose neurons are texts, by generated kernels: loops, sparse convolutions, bfloat16."""

import re
from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.modules import generated_neurons
from spikegraph.backends.torch.native import sparse
from spikegraph.backends.torch.native.sparse import SparsePasses
from spikegraph.dsl.models.library import library, library_model
from spikegraph.passes import pipeline
from spikegraph.passes.phase_pipelines import FASTER
from spikegraph.program.program import Program

pytestmark = pytest.mark.usefixtures("quickly_compiled")
STEPS = 5
COMPARED = ("klif", "tclif")
"""Models that are compared without `--long` too: with a learned number, with two currents."""
MODELS = [
    pytest.param(name, marks=() if name in COMPARED else pytest.mark.long)
    for name in library()
    if name != "lif" and library_model(name).plain.states and not library_model(name).over_time
]
GAIN = {"adlif": 10.0, "brf": 300.0, "izhikevich": 300.0}
"""What weights of norms are multiplied by, for models that fire in a few steps only at larger currents."""

LOOP = """
  a = add(x -> conv(3, out = 6) -> norm, previous(b) -> conv(3, out = 6)) -> act{others}
  b = a -> conv(3, out = 6) -> norm -> act{others}
  output o = b -> flatten -> linear(3)
"""
WIDE = """
  a = x -> conv(3, out = 64) -> norm -> act{others}
  b = a -> conv(3, out = 64) -> norm -> act{others}
  c = b -> conv(3, out = 6) -> norm -> act{others}
  output o = c -> flatten -> linear(3)
"""

ONE = """
  a = add(x -> conv(3, out = 64) -> norm, x -> conv(1, out = 64) -> norm) -> act{others}
  output o = a -> flatten -> linear(3)
"""


@pytest.fixture(autouse=True)
def _of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated_neurons, "FEWEST_VALUES", 0)


def networks(model: str, wires: str, *, double: bool = True, bf16: bool = False) -> tuple[Model, Model]:
    """A network as it is written and in its faster form, with the same weights."""
    channels = 64 if "64" in wires else 6
    each = [f"{name} = x -> conv(1, out = channels)" for name in library_model(model).inputs[1:]]
    others = f"({', '.join(each)})" * bool(each)
    lines = [
        line.format(others=others.replace("channels", "6" if "out = 6)" in line else str(channels)))
        for line in wires.splitlines()
    ]
    head = f"sdhs 1\nneuron act {{ model = {model} }}\nnetwork net {{\n  input x : events[2, 6, 5]\n  neuron = act"
    graph = Program.of_text("\n".join([head, *lines, "}"]), "net.sdhs").checked().build("retrain").plain
    torch.manual_seed(0)
    plain, fast = (Model(each, low=torch.bfloat16 if bf16 else None) for each in (graph, pipeline.run(FASTER, graph)))
    with torch.no_grad():
        for name, parameter in plain.named_parameters():
            if name.endswith("norm.weight"):
                parameter.mul_(GAIN.get(model, 1.0))
    fast.load_state_dict(plain.state_dict())
    assert any(node.op.name == "norm_neuron" for node in fast.graph)
    return (plain.double(), fast.double()) if double else (plain, fast)


def events(dtype: torch.dtype = torch.float64) -> Tensor:
    return (torch.randn(STEPS, 3, 2, 6, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64) * 2).to(dtype)


def gradients(model: Model, x: Tensor) -> tuple[Tensor, Mapping[str, Tensor]]:
    y = model(x)
    y.square().sum().backward()
    return y.detach(), {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def same(plain: Model, fast: Model) -> None:
    """Values, gradients and running statistics are equal."""
    (a, mine), (b, others) = (gradients(model.train(), events()) for model in (plain, fast))
    assert a.std() > 1e-3
    torch.testing.assert_close(b, a, rtol=0, atol=1e-9)
    assert mine.keys() == others.keys() == dict(plain.named_parameters()).keys()
    for name, gradient in mine.items():
        torch.testing.assert_close(others[name], gradient, rtol=1e-7, atol=1e-8 * (1 + gradient.abs().max().item()), msg=name)
    after = fast.state_dict()
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(after[name], value, rtol=1e-10, atol=1e-10, msg=name)


@pytest.mark.native
@pytest.mark.parametrize("model", MODELS)
def test_loops(model: str) -> None:
    """Their neurons are computed step by step; continued and streamed they are the whole sequence."""
    plain, fast = networks(model, LOOP)
    same(plain, fast)
    x = events()
    with torch.no_grad():
        whole = fast.eval()(x)
        stream = fast.stream()
        streamed = torch.stack([stream.step({"x": step})["o"] for step in x])
        first, state = fast.run({"x": x[:2]})
        rest, _ = fast.run({"x": x[2:]}, state)
    torch.testing.assert_close(streamed, whole, rtol=0, atol=1e-10)
    torch.testing.assert_close(torch.cat([first["o"], rest["o"]]), whole, rtol=0, atol=1e-10)


@pytest.mark.native
@pytest.mark.parametrize("model", MODELS)
def test_sparse_convolutions(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[bool] = []

    def always(*_: object) -> SparsePasses:
        ran.append(True)
        return SparsePasses(True, True)

    monkeypatch.setattr(sparse, "faster_passes", always)
    plain, fast = networks(model, WIDE)
    marked = [node.name for node in fast.graph if node.notes.get("sparse")]
    assert bool(marked) == (library_model(model).plain.spikes == "spike")
    same(plain, fast)
    assert bool(ran) == bool(marked)


@pytest.mark.native
@pytest.mark.parametrize("model", MODELS)
def test_bfloat16(model: str) -> None:
    """The faster form rounds less, since norms and sums between convolution and neuron stay in float32."""
    if model == "izhikevich":
        pytest.skip("its gradients grow from step to step, and with them what is rounded")
    plain, fast = networks(model, ONE, double=False, bf16=True)
    x = events(torch.float32)
    spikes: list[Tensor] = []
    for network in (plain, fast):
        seen: dict[str, Tensor] = {}
        network.train().run({"x": x}, watch=seen.__setitem__)
        spikes.append(seen["a"])
    assert spikes[0].dtype == spikes[1].dtype
    assert spikes[0].float().abs().mean() > 0.01
    assert (spikes[0] != spikes[1]).float().mean() < 0.02
    (_, mine), (_, others) = (gradients(network, x) for network in (plain, fast))
    for name, gradient in mine.items():
        if re.search(r"conv\d*\.bias$", name) is None:  # a norm takes it out
            assert torch.nn.functional.cosine_similarity(gradient.flatten(), others[name].flatten(), 0) > 0.98, name
