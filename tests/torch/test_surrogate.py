"""Surrogate gradients on tensors: the values, the table, and unknown names."""

import numpy as np
import pytest
import torch

from spikegraph.backends.torch.modules.lif import lif
from spikegraph.backends.torch.modules.surrogate_gradient import BY_B, GRADIENTS, gradient, register_gradient
from spikegraph.ir.surrogates import SURROGATES, Surrogate, SurrogateDef, register_surrogate

U = torch.linspace(-3.0, 4.0, 1401, dtype=torch.float64)


def test_every_registered_surrogate_has_a_gradient() -> None:
    assert list(GRADIENTS) == list(SURROGATES)
    assert list(BY_B) == [name for name, surrogate in SURROGATES.items() if surrogate.by_b is not None]


@pytest.mark.parametrize("b", [1.0, 3.0, 5.0])
@pytest.mark.parametrize("name", list(GRADIENTS))
def test_agrees_with_the_derivative_of_the_definition(name: str, b: float) -> None:
    u = U + 1e-4  # off the edges of the supports
    before = u.clone()
    want = torch.tensor([SURROGATES[name].derivative(value - 0.5, b) for value in u.tolist()], dtype=torch.float64)
    torch.testing.assert_close(gradient(name, u, 0.5, b), want, rtol=0, atol=1e-12)
    assert torch.equal(u, before)


@pytest.mark.parametrize("b", [1.5, 3.0])
@pytest.mark.parametrize("name", list(BY_B))
def test_the_gradient_by_b_is_that_of_the_smoothed_spike(name: str, b: float) -> None:
    """The integral of the surrogate from 0 to x, by the trapezoidal rule, differentiated by b by central differences."""
    by_b, x = SURROGATES[name].by_b, np.array([-1.7, -0.45, -0.11, 0.02, 0.2, 0.4, 0.9])
    assert by_b is not None

    def smoothed(b: float) -> np.ndarray:
        grid = np.linspace(0, x, 20001)
        edges = {"rectangular": 1 / (2 * b), "open_rectangular": 1 / (2 * b), "hat": 1 / b, "dspike": 0.5}  # three move with b
        grid = np.clip(grid, -edges.get(name, np.inf), edges.get(name, np.inf))
        values = np.vectorize(lambda at: SURROGATES[name].derivative(at * (1 - 1e-12), b))(grid)
        return np.trapezoid(values, grid, axis=0)

    want = (smoothed(b + 1e-4) - smoothed(b - 1e-4)) / 2e-4
    np.testing.assert_allclose([by_b(at, b) for at in x], want, rtol=0, atol=1e-6)
    ours = BY_B[name](torch.from_numpy(x), torch.tensor([b], dtype=torch.float64))
    np.testing.assert_allclose(ours.numpy(), [by_b(at, b) for at in x], rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", list(GRADIENTS))
def test_is_centred_on_any_threshold(name: str) -> None:
    torch.testing.assert_close(gradient(name, U + 0.75, 1.25, 3.0), gradient(name, U, 0.5, 3.0), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", list(GRADIENTS))
def test_a_tensor_of_b_gives_one_row_for_each(name: str) -> None:
    b = torch.tensor([2.6, 3.0, 3.4], dtype=torch.float64)
    rows = gradient(name, U, 0.5, b.view(-1, 1))
    want = torch.stack([gradient(name, U, 0.5, value) for value in b.tolist()])
    torch.testing.assert_close(rows, want, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["dspike", "rectangular", "exponential"])
def test_unit_area(name: str) -> None:
    u = torch.linspace(-20.0, 21.0, 4_100_001, dtype=torch.float64)
    area = torch.trapezoid(gradient(name, u, 0.5, 3.0), u)
    assert area.item() == pytest.approx(1.0, abs=1e-4)


def test_dspike_support_is_closed() -> None:
    slope = gradient("dspike", torch.tensor([0.0, 1.0, -1e-3, 1.001]), 0.5, 3.0)
    assert (slope[:2] > 0).all()
    assert (slope[2:] == 0).all()


def test_unknown_name() -> None:
    with pytest.raises(ValueError, match="unknown surrogate gradient 'spike'; known are arctan, cauchy, dspike"):
        gradient("spike", U, 0.5, 3.0)


@pytest.mark.usefixtures("registrations")
def test_a_gradient_that_was_replaced_is_used_instead_of_compiled_code() -> None:
    register_gradient("dspike", lambda x, b: torch.full_like(x, 7.0), replace=True)
    current = torch.zeros(1, 1, 2, 3, requires_grad=True)
    spikes, _ = lif(current, None, decay=0.2, threshold=0.5, surrogate="dspike", b=3.0)
    spikes.sum().backward()
    assert torch.equal(current.grad, torch.full_like(current, 7.0))


@pytest.mark.usefixtures("registrations")
def test_a_package_can_add_one() -> None:
    with pytest.raises(ValueError, match="no surrogate is called 'flat'"):
        Surrogate(name="flat")
    register_surrogate(SurrogateDef("flat", "the same slope everywhere", "b", "none", lambda _, b: b))
    register_gradient("flat", lambda x, b: torch.ones_like(x) * b)
    assert Surrogate(name="flat").b == 3.0
    assert torch.equal(gradient("flat", U, 0.5, 2.0), torch.full_like(U, 2.0))
    with pytest.raises(ValueError, match="already registered"):
        register_surrogate(SurrogateDef("flat", "again", "b", "none", lambda _, b: b))
    with pytest.raises(ValueError, match="gradient of the surrogate `flat` is already registered by a test"):
        register_gradient("flat", lambda x, b: x * b)
