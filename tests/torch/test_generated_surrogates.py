"""b of surrogates in generated kernels: known, learned, or one for each of several groups of channels."""

import math

import pytest
import torch
from generated_kernels import both, check, drawn, of_library
from torch import Tensor

from spikegraph.backends.torch.modules import generated_neurons
from spikegraph.backends.torch.modules.neuron_sequences import neurons
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.backends.torch.native.surrogates import GENERATED_SURROGATES
from spikegraph.ir.surrogates import Surrogate

WIDTHS = [
    pytest.param(surrogate, levels, per, marks=() if (surrogate, levels, per) == ("dspike", 3, "channel") else pytest.mark.long)
    for surrogate in GENERATED_SURROGATES
    for levels in (1, 3)
    for per in (None, "layer", "channel")
]


pytestmark = pytest.mark.usefixtures("quickly_compiled")


@pytest.fixture(autouse=True)
def _of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated_neurons, "FEWEST_VALUES", 0)


@pytest.mark.native
@pytest.mark.parametrize(("surrogate", "levels", "per"), WIDTHS)
def test_surrogates_and_the_gradient_of_their_b(
    monkeypatch: pytest.MonkeyPatch, surrogate: str, levels: int, per: str | None
) -> None:
    n = of_library("lif", levels=levels).model_copy(update={"surrogate": Surrogate(name=surrogate, b=2.0, learned=per)})
    ours, theirs = both(monkeypatch, n, torch.float64)
    check(ours, theirs, bits=True, relative=1e-12)
    assert len(ours[1]) == 2 + (per is not None)
    assert per is None or ours[1][-1].abs().min() > 0


@pytest.mark.native
def test_groups_of_channels_have_their_own_b(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their gradients are those of neurons with this b, by operations of torch."""
    n, x = of_library("cuba", "arctan"), drawn(1, (4, 2, 6, 3, 3), torch.float64)
    upstream = drawn(2, x.shape, torch.float64)

    def gradient(current: Tensor, upstream: Tensor, **b: object) -> Tensor:
        current = current.clone().requires_grad_()
        (neurons(resolved(n.model_copy(update=b.pop("fields", {}))), current, None, None, **b)[0] * upstream).sum().backward()
        assert current.grad is not None
        return current.grad

    together = gradient(x, upstream, b=(0.5, 2.0, 5.0))
    monkeypatch.setattr(generated_neurons, "FEWEST_VALUES", math.inf)
    for k, b in enumerate((0.5, 2.0, 5.0)):
        part = slice(2 * k, 2 * k + 2)
        alone = gradient(x[:, :, part], upstream[:, :, part], fields={"surrogate": Surrogate(name="arctan", b=b)})
        torch.testing.assert_close(together[:, :, part], alone, rtol=1e-12, atol=1e-14)


def test_a_b_that_is_not_the_neurons(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if it is that of all groups, or of one."""
    monkeypatch.setattr(generated_neurons, "FEWEST_VALUES", math.inf)
    n, x = of_library("cuba", "arctan"), drawn(1, (4, 2, 6, 3, 3), torch.float64)

    def gradient(fields: dict[str, object], b: tuple[float, ...]) -> Tensor:
        current = x.clone().requires_grad_()
        neurons(resolved(n.model_copy(update=fields)), current, None, None, (), b)[0].sum().backward()
        assert current.grad is not None
        return current.grad

    expected = gradient({"surrogate": Surrogate(name="arctan", b=5.0)}, ())
    assert not torch.equal(expected, gradient({}, ()))
    for b in ((5.0,), (5.0, 5.0, 5.0)):
        torch.testing.assert_close(gradient({}, b), expected, rtol=1e-12, atol=1e-14)
