"""The leaky integrator: closed form, gradients, and single steps compared with whole sequences."""

import pytest
import torch

from spikegraph.backends.torch.modules.leaky import leaky_integrate


def random(*size: int) -> torch.Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(sum(size)), dtype=torch.float64)


def test_closed_form() -> None:
    current = random(6, 4)
    powers = torch.tensor([[0.3 ** (t - s) if s <= t else 0.0 for s in range(6)] for t in range(6)]).double()
    membrane, state = leaky_integrate(current, None, decay=0.3)
    torch.testing.assert_close(membrane, powers @ current, rtol=0, atol=1e-7)
    assert torch.equal(state, membrane[-1])


@pytest.mark.parametrize("steps", [1, 4])
def test_gradcheck(steps: int) -> None:
    current = random(steps, 2, 3).requires_grad_()
    state = random(2, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda i, s: leaky_integrate(i, s, decay=0.4), (current, state))
    assert torch.autograd.gradcheck(lambda i: leaky_integrate(i, None, decay=0.4), (current,))


def test_step_by_step_is_the_whole_sequence() -> None:
    current = random(7, 2, 3)
    whole, last = leaky_integrate(current, None, decay=0.2)
    state = None
    for t in range(7):
        step, state = leaky_integrate(current[t : t + 1], state, decay=0.2)
        assert torch.equal(step[0], whole[t])
    assert state is not None
    assert torch.equal(state, last)


def test_the_state_is_not_a_view_of_the_sequence() -> None:
    membrane, state = leaky_integrate(random(3, 2), None, decay=0.2)
    assert state.untyped_storage().data_ptr() != membrane.untyped_storage().data_ptr()


def test_memory_format_is_kept() -> None:
    current = torch.randn(6, 4, 5, 5).to(memory_format=torch.channels_last).view(3, 2, 4, 5, 5)
    membrane, _ = leaky_integrate(current, None, decay=0.2)
    assert membrane.flatten(0, 1).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.unchecked
def test_errors() -> None:
    with pytest.raises(ValueError, match="the state has shape"):
        leaky_integrate(torch.zeros(2, 3), torch.zeros(2, 3), decay=0.2)
    with pytest.raises(ValueError, match="at least one time step"):
        leaky_integrate(torch.zeros(0, 3), None, decay=0.2)
