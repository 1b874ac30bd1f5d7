"""Values that are the same at every time step."""

import pytest
import torch

from spikegraph.backends.torch.modules.sequence import repeated


@pytest.mark.parametrize("steps", [1, 2, 5, 20])
def test_the_gradient_of_a_repeated_value(steps: int) -> None:
    torch.manual_seed(0)
    x, upstream = torch.randn(2, 3, 4, 5, dtype=torch.float64, requires_grad=True), torch.randn(steps, 2, 3, 4, 5).double()
    y = repeated(x, steps)
    assert torch.equal(y, torch.stack([x] * steps))
    (y * upstream).sum().backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad, upstream.sum(0))
    assert torch.autograd.gradgradcheck(lambda x: repeated(x, steps).square(), torch.randn(2, 3).double().requires_grad_())


def test_the_gradient_of_a_repeated_value_is_rounded_once() -> None:
    """In bfloat16, where 256 + 1 / 2 is 256: as torch adds it."""
    x = torch.zeros(1, dtype=torch.bfloat16, requires_grad=True)
    repeated(x, 16).backward(torch.tensor([256.0] + [0.5] * 15, dtype=torch.bfloat16).view(16, 1))
    assert x.grad is not None
    assert x.grad.dtype == torch.bfloat16 and float(x.grad) == 264  # of 263.5
