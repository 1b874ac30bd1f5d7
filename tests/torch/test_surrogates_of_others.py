"""Surrogates whose judge is SpikingJelly or snnTorch."""

import pytest
import torch

from spikegraph.backends.torch.modules.surrogate_gradient import gradient

SPIKINGJELLY = [
    ("sigmoid", 4.0, "Sigmoid", 4.0),
    ("cauchy", 3.5, "ATan", 3.5),
    ("arctan", 3.0, "ATan", 2.0),
    ("softsign", 2.0, "SoftSign", 2.0),
    ("gaussian", 2.5, "Erf", 2.5),
    ("hat", 1.5, "PiecewiseQuadratic", 1.5),
    ("exponential", 1.5, "PiecewiseExp", 1.5),
    ("rectangular", 1.5, "Rect", 1.5),
]


def slopes(spike, x):
    x = x.clone().requires_grad_()
    spike(x).sum().backward()
    return x.grad


@pytest.mark.parametrize(("name", "b", "theirs", "alpha"), SPIKINGJELLY)
def test_spikingjelly(name, b, theirs, alpha):
    surrogate = pytest.importorskip("spikingjelly.activation_based.surrogate")
    x = torch.linspace(-2.013, 2.013, 400, dtype=torch.float64)
    expected = slopes(getattr(surrogate, theirs)(alpha), x)
    torch.testing.assert_close(gradient(name, x + 0.7, 0.7, b), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "theirs", "key"),
    [("sigmoid", "sigmoid", "slope"), ("cauchy", "atan", "alpha"), ("superspike", "fast_sigmoid", "slope")],
)
def test_snntorch(name, theirs, key):
    surrogate = pytest.importorskip("snntorch.surrogate")
    x = torch.linspace(-1.013, 1.013, 400)
    expected = slopes(getattr(surrogate, theirs)(**{key: 5.0}), x)
    torch.testing.assert_close(gradient(name, x, 0.0, 5.0), expected, rtol=1e-5, atol=1e-6)
