"""Gradients of convolutions' inputs by minimal filtering, compared with sums of integers and with torch in float64."""

import numpy as np
import pytest
import torch
from torch import Tensor

from spikegraph.backends.torch.memory import memory_format
from spikegraph.backends.torch.modules.convolution import convolve
from spikegraph.backends.torch.native import winograd

pytestmark = pytest.mark.native

CASES = {
    "even": ((2, 20, 8, 12), 33),
    "odd, whole vectors": ((3, 32, 7, 9), 64),
    "one line": ((2, 17, 1, 13), 16),
    "one pixel": ((5, 16, 1, 1), 100),
    "many channels": ((1, 300, 5, 6), 150),
    "three axes": ((2, 19, 4, 5, 7), 18),
    "three axes, one depth": ((1, 16, 1, 6, 6), 49),
}


def case(name: str) -> tuple[Tensor, Tensor]:
    """The gradient of a result, and weights."""
    shape, inputs = CASES[name]
    torch.manual_seed(len(name))
    layout = memory_format(len(shape) - 2)
    weight = torch.randn(shape[1], inputs, *[3] * (len(shape) - 2))
    return torch.randn(shape).contiguous(memory_format=layout), weight.contiguous(memory_format=layout)


def of_torch(grad: Tensor, weight: Tensor) -> Tensor:
    axes = grad.dim() - 2
    x = grad.new_empty(grad.shape[0], weight.shape[1], *grad.shape[2:])
    window = ([1] * axes, [1] * axes, [1] * axes, False, [0] * axes, 1)
    return torch.ops.aten.convolution_backward(grad, x, weight, None, *window, [True, False, False])[0]


def test_sums_of_integers() -> None:
    """With small integers nothing is rounded: each result is the sum over windows of int64 numbers."""
    rng = np.random.default_rng(0)
    grad, weight = rng.integers(-9, 10, (2, 18, 6, 5)), rng.integers(-9, 10, (18, 35, 3, 3))
    padded = np.pad(grad, ((0, 0), (0, 0), (1, 1), (1, 1)))
    expected = np.zeros((2, 35, 6, 5), np.int64)
    for y in range(3):
        for x in range(3):
            expected += np.einsum("bohw,oc->bchw", padded[:, :, 2 - y : 8 - y, 2 - x : 7 - x], weight[:, :, y, x])
    found = winograd.input_gradient(torch.tensor(grad).float(), torch.tensor(weight).float())
    assert found.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_array_equal(found.numpy(), expected)


@pytest.mark.parametrize("name", list(CASES))
def test_sums_in_float64(name: str) -> None:
    """torch's own sums in float32 differ from these by up to 3e-6 of the largest one."""
    grad, weight = case(name)
    exact = of_torch(grad.double(), weight.double())
    torch.testing.assert_close(
        winograd.input_gradient(grad, weight).double(), exact, rtol=0, atol=1e-6 * float(exact.abs().max())
    )


def test_the_same_with_any_number_of_threads() -> None:
    threads, found = torch.get_num_threads(), list[Tensor]()
    try:
        for number in (1, 2, 5):
            torch.set_num_threads(number)
            found.append(winograd.input_gradient(*case("odd, whole vectors")))
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(found[0], found[1]) and torch.equal(found[0], found[2])


@pytest.mark.parametrize("name", ["even", "odd, whole vectors", "three axes"])
def test_gradients_of_a_convolution(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of joined convolutions of a sequence, beside those of torch alone."""
    grad, weight = case(name)
    parts = [1, 9, len(weight) - 10]
    found: list[list[Tensor]] = []
    for channels in (winograd.CHANNELS, 10**6):
        monkeypatch.setattr(winograd, "CHANNELS", channels)
        x = torch.linspace(-1, 1, grad[:, 0].numel() * weight.shape[1]).reshape(
            1, grad.shape[0], weight.shape[1], *grad.shape[2:]
        )
        leaves = [t.clone().requires_grad_() for t in (x, *weight.split(parts))]
        y = convolve(leaves[0], leaves[1:], [], 1)
        y.backward(grad.unsqueeze(0))
        found.append([t.grad for t in leaves if t.grad is not None])
    assert not torch.equal(found[0][0], found[1][0])  # else neither or both were torch's
    torch.testing.assert_close(found[0][0], found[1][0], rtol=0, atol=4e-6 * float(found[0][0].abs().max()))
    assert all(map(torch.equal, found[0][1:], found[1][1:]))


def test_where_it_is_used() -> None:
    """With the channels, windows and sizes for which it was measured to be faster; never on tensors without values."""
    grad, weight = torch.ones(2, 16, 8, 8), torch.ones(16, 16, 3, 3)
    assert winograd.usable(grad, weight, 1)
    assert not winograd.usable(grad, weight, 2)
    assert not winograd.usable(grad, torch.ones(16, 16, 5, 5), 1)
    assert not winograd.usable(grad[:, :15], weight[:15], 1)
    assert not winograd.usable(grad.double(), weight.double(), 1)
    assert not winograd.usable(grad.bfloat16(), weight, 1)
    assert not winograd.usable(torch.ones(2, 16, 3, 3), weight, 1)  # 64 products in place of 81
    assert not winograd.usable(grad[:0], weight, 1)
    assert not winograd.usable(grad.to("meta"), weight.to("meta"), 1)


def test_shapes_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"the gradient \[2, 17, 8, 8\] doesn't fit the weights \[16, 16, 3, 3\]"):
        winograd.input_gradient(torch.ones(2, 17, 8, 8), torch.ones(16, 16, 3, 3))
