"""Norms with several uses: the graph that runs changes their running statistics in the order of the network."""

import pytest
import torch
from torch import Tensor, nn

from spikegraph.backends.torch.model import Model
from spikegraph.program.program import Program

NET = """sdhs 1
neuron lif {{ decay = learn(0.3) }}
network net {{
  input a, b, z : real[2, 6, 5]
  s = z -> mean(time)
  block n(x) {{ weights = shared  return x -> norm }}
  block m(x) {{ weights = shared  return x -> norm }}
  block layer(x) {{ weights = shared  return x -> conv(3, out = 2) -> norm -> lif }}
  block choice(x) {{ weights = shared  return x -> choose(u = conv(3, out = 2) -> norm -> lif, v = identity) }}
  {body}
  output o = y -> pool -> linear(3) -> mean(time)
}}
"""

JOINED = {
    "two convolutions before a norm": "y = add(s -> conv(3, out = 2) -> n, s -> conv(3, out = 2) -> n) -> lif",
    "a use between those that are joined": """c = a -> conv(3, out = 2)
  d = a -> conv(3, out = 2)
  y = add(c -> n, b -> m, d -> m) -> lif""",
    "a layer as two candidates": "y = a -> choose(c = layer, d = layer)",
    "a choice with two uses": "y = add(a -> choice, a -> choice)",
}


@pytest.mark.parametrize("body", JOINED.values(), ids=JOINED)
def test_joined_operations(body: str) -> None:
    """Values, gradients and statistics of three steps of training are those of the plain graph."""
    plain, quick = models(body)
    for inputs in batches():
        results = [model.run(inputs)[0]["o"] for model in (plain, quick)]
        torch.testing.assert_close(results[1], results[0], rtol=0, atol=1e-12)
        for model, result in zip((plain, quick), results, strict=True):
            model.zero_grad()
            (result * torch.arange(result.numel()).view_as(result).cos()).sum().backward()
        for name, parameter in plain.named_parameters():
            torch.testing.assert_close(quick.get_parameter(name).grad, parameter.grad, rtol=1e-9, atol=1e-9, msg=name)
        same_state(plain, quick)


@pytest.mark.parametrize(
    ("body", "uses"),
    [
        ("y = add(a -> n, s -> n) -> lif", "as"),
        ("y = add(s -> n, a -> n) -> lif", "sa"),
        ("y = add(a -> n, b -> n, s -> n) -> lif", "abs"),
        ("y = add(a -> n, s -> n, b -> m) -> lif", "as"),
        ("y = add(add(a -> n, s -> m) -> lif, add(b -> n, b -> m) -> lif)", "ab"),
        ("c = a -> n\n  d = b -> n -> lif\n  y = add(c -> lif, d)", "ab"),
        ("c = a -> n\n  d = s -> n\n  y = add(add(c, b -> m) -> lif, add(d, a -> m) -> lif)", "as"),
        ("y = add(a -> conv(3, out = 2) -> m, previous(y) -> n, b -> n) -> lif", None),
    ],
)
def test_order(body: str, uses: str | None) -> None:
    """In one sum and in several, with time steps and without; the numbers are those of PyTorch's norm."""
    plain, quick = models(body)
    norm = nn.BatchNorm2d(2).double()
    for inputs in batches():
        for model in (plain, quick):
            model.run(inputs)
        same_state(plain, quick)
        for name in uses or "":
            norm(inputs["z"].mean(0) if name == "s" else inputs[name].flatten(0, 1))
        if uses is not None:
            for name in ("running_mean", "running_var"):
                torch.testing.assert_close(quick.state_dict()[f"n.norm.{name}"], getattr(norm, name), rtol=0, atol=1e-12)


def models(body: str) -> tuple[Model, Model]:
    """The plain model and the one that runs, in training with the same random weights."""
    built = Program.of_text(NET.format(body=body), "n.sdhs").checked().build("search")
    torch.manual_seed(0)
    plain, quick = Model(built.plain).double(), Model(built.graph).double()
    quick.load_state_dict(plain.state_dict())
    return plain.train(), quick.train()


def batches() -> list[dict[str, Tensor]]:
    """Inputs for three steps of training; numbers of different inputs have different means."""
    torch.manual_seed(1)
    means = torch.tensor([1.0, -2.0, 0.0]).double()
    return [
        dict(zip("abz", torch.randn(3, 3, 2, 2, 6, 5).double() + means.view(3, 1, 1, 1, 1, 1), strict=True)) for _ in range(3)
    ]


def same_state(plain: Model, quick: Model) -> None:
    """Compares weights and statistics."""
    found = quick.state_dict()
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(found[name], value, rtol=0, atol=1e-12, msg=name)
