"""Losses that compare two values of the network: numbers, gradients, and what is refused."""

import pytest
import torch
from torch import Tensor

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.base.processes import ONE
from spikegraph.program.program import Program

SPEC = """sdhs 1
neuron lif { decay = 0.5  surrogate = dspike(b = 3) }
network net {
  input image : real[1, 28, 28]
  time = 3
  code = image -> conv(3, out = 2, stride = 4) -> lif
  back = code  -> conv(3, out = 1)
  once = back  -> mean(time)
  view = image -> resize(like = back)
  output logits = code -> pool -> linear(10) -> mean(time)
}
dataset fashion_mnist_small {}
retrain net on fashion_mnist_small {
  epochs        = 1
  epoch_samples = 16
  batch         = 8
  weights       = adam(lr = 0.01)
  loss          = LOSS
}
"""
CLASSES = "cross_entropy(logits)"


def losses(*terms: str) -> Losses:
    program = Program.of_text(SPEC.replace("LOSS", " + ".join(terms)), "net.sdhs").checked()
    return Losses(program.build("retrain").graph, program.spec.retrain.loss)  # type: ignore[union-attr]


def drawn(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).requires_grad_()


def images(count: int) -> Batch:
    return Batch({}, torch.zeros(count, dtype=torch.long), torch.ones(count, dtype=torch.bool))


def test_each_step_is_compared_with_what_is_the_same_at_all_steps() -> None:
    found = losses("mse(back, to = view)")
    assert found.wanted == ("back", "view")
    back, view = drawn(3, 2, 1, 7, 7, seed=0), drawn(2, 1, 7, 7, seed=1)
    total, _, terms = found.over(ONE, {"back": back, "view": view}, images(2))
    wanted = sum(((back[t] - view) ** 2).sum() for t in range(3)) / (3 * 2 * 49)
    assert list(terms) == ["mse"]
    torch.testing.assert_close(total, wanted)
    for ours, theirs in zip(*(torch.autograd.grad(value, (back, view)) for value in (total, wanted)), strict=True):  # type: ignore[arg-type]
        assert theirs.abs().max() > 0
        torch.testing.assert_close(ours, theirs)


def test_values_without_steps() -> None:
    once, view = drawn(2, 1, 7, 7, seed=0), drawn(2, 1, 7, 7, seed=1)
    total, _, _ = losses("l1(once, to = view)").over(ONE, {"once": once, "view": view}, images(2))
    torch.testing.assert_close(total, (once - view).abs().mean())


def test_only_steps_with_a_target_count() -> None:
    """Of 3 steps the last 2 have targets of their own, one of which only fills up a window."""
    back, view = drawn(3, 2, 1, 7, 7, seed=0), drawn(2, 1, 7, 7, seed=1)
    counted = torch.tensor([[True, True], [True, False]])
    batch = Batch({}, torch.zeros(2, 2), counted)
    total, _, _ = losses("l1(back, to = view)").over(ONE, {"back": back, "view": view}, batch)
    parts = [(back[t, k] - view[k]).abs().mean() for t, k in ((1, 0), (1, 1), (2, 0))]
    torch.testing.assert_close(total, sum(parts) / 3)


def told(text: str) -> list[tuple[str, str | None]]:
    program = Program.of_text(text, "net.sdhs")
    return [(each.summary, each.help) for each in program.check() if each.severity == "error"]


@pytest.mark.parametrize(
    ("loss", "message", "help"),
    [
        ("mse(back, to = imag)", "the network has no input, output or wire `imag`", "did you mean `image`?"),
        (
            "mse(code, to = back)",
            "`mse` compares `code`, spike[2, 7, 7], with `back`, real[1, 7, 7]; it needs numbers",
            "`code` must be real, such as what `conv` gives",
        ),
        (
            "l1(back, to = image)",
            "`l1` compares `back`, real[1, 7, 7], with `image`, real[1, 28, 28] once, which has another shape",
            "give `back` the same channels and sizes, such as with `resize(like = image)`",
        ),
        (
            "huber(once, to = back)",
            "`huber` compares `once`, real[1, 7, 7] once, with `back`, real[1, 7, 7], which has a value at each time step",
            "leave out the mean over time before `once`",
        ),
        (
            "cross_entropy(logits, to = image)",
            "`cross_entropy` has no parameter `to`",
            "write `cross_entropy(of = none, label_smoothing = 0, ignore = none, class_weights = none)`",
        ),
    ],
)
def test_what_is_refused(loss: str, message: str, help: str) -> None:
    assert told(SPEC.replace("LOSS", f"{CLASSES} + {loss}")) == [(message, help)]


def test_the_evaluation_needs_an_output_where_no_loss_does() -> None:
    text = SPEC.replace("LOSS", "mse(back, to = view)").replace("output logits", "logits").replace("once =", "output once =")
    summary = "no loss needs the targets of `fashion_mnist_small`, but the evaluation does: "
    assert told(text) == [
        (f"{summary}exactly one output must be logits, but 0 of `once` are", "declare one output that ends in `mean(time)`")
    ]
