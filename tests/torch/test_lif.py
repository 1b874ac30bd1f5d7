"""The neuron of Eq. 1 compared with the vectors, with autograd, and step by step with the whole sequence."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from spikegraph.backends.torch.modules import lif as module
from spikegraph.backends.torch.modules.lif import Reset, lif
from spikegraph.backends.torch.modules.surrogate_gradient import gradient

with np.load(Path(__file__).parents[1] / "vectors" / "equations.npz") as archive:
    VECTORS = {name: archive[name] for name in archive.files if name.startswith("lif")}

PRECISIONS = [(torch.float64, 1e-9), (torch.float32, 1e-5)]
GRADS = sorted(name for name in VECTORS if "/grad/" in name or "/grad_detached/" in name)


def vector(name: str, dtype: torch.dtype) -> Tensor:
    return torch.from_numpy(VECTORS[name]).to(dtype)


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
@pytest.mark.parametrize("name", GRADS)
def test_vectors(name: str, dtype: torch.dtype, tolerance: float) -> None:
    _, kind, surrogate, b = name.split("/")
    current = vector("lif/current", dtype).requires_grad_()
    spikes, state = lif(
        current, None, decay=0.2, threshold=0.5, surrogate=surrogate, b=float(b), detach_reset=kind == "grad_detached"
    )
    spikes.backward(vector("lif/upstream", dtype))
    assert torch.equal(spikes.detach(), vector("lif/spikes", dtype))
    last = vector("lif/membrane", dtype)[-1] * (1 - vector("lif/spikes", dtype)[-1])
    torch.testing.assert_close(state.detach(), last, rtol=0, atol=tolerance)
    assert current.grad is not None
    torch.testing.assert_close(current.grad, vector(name, dtype), rtol=0, atol=tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
def test_memoryless_vectors(dtype: torch.dtype, tolerance: float) -> None:
    current = vector("lif/current", dtype).requires_grad_()
    spikes, _ = lif(current, None, decay=0.0, threshold=0.5, surrogate="dspike", b=3.0)
    spikes.backward(vector("lif/upstream", dtype))
    assert torch.equal(spikes.detach(), vector("lif0/spikes", dtype))
    assert current.grad is not None
    torch.testing.assert_close(current.grad, vector("lif0/grad", dtype), rtol=0, atol=tolerance)


class Step(torch.autograd.Function):
    """A spike function with a surrogate, for a reference that autograd differentiates."""

    @staticmethod
    def forward(ctx, u, threshold, surrogate, b):
        ctx.save_for_backward(u)
        ctx.constants = (threshold, surrogate, b)
        return (u > threshold).to(u.dtype)

    @staticmethod
    def backward(ctx, *grads):
        (u,) = ctx.saved_tensors
        threshold, surrogate, b = ctx.constants
        return grads[0] * gradient(surrogate, u, threshold, b), None, None, None


def unrolled(current, state, *, decay, threshold, reset, surrogate, b, detach_reset):
    """Eq. 1 as a loop over steps, differentiated by autograd."""
    spikes = []
    for step in current:
        u = step + decay * state
        y = Step.apply(u, threshold, surrogate, b)
        spikes.append(y)
        r = y.detach() if detach_reset else y
        state = u * (1 - r) if reset == "hard" else u - threshold * r
    return torch.stack(spikes), state


@pytest.mark.parametrize("decay", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("detach_reset", [False, True])
@pytest.mark.parametrize("reset", ["hard", "soft"])
@pytest.mark.parametrize("used", ["spikes", "state", "both"])
def test_gradients_of_current_and_state(used: str, reset: Reset, detach_reset: bool, decay: float) -> None:
    generator = torch.Generator().manual_seed(7)
    inputs = [torch.randn(size, generator=generator, dtype=torch.float64) for size in ((5, 3, 4), (3, 4))]
    weights = [torch.randn(size, generator=generator, dtype=torch.float64) for size in ((5, 3, 4), (3, 4))]
    found = []
    for function in (lif, unrolled):
        current, state = (value.clone().requires_grad_() for value in inputs)
        spikes, last = function(
            current, state, decay=decay, threshold=0.6, reset=reset, surrogate="triangle", b=1.5, detach_reset=detach_reset
        )
        assert (spikes.sum() > 0).item()
        loss = torch.zeros((), dtype=torch.float64)
        if used in ("spikes", "both"):
            loss = loss + (spikes * weights[0]).sum()
        if used in ("state", "both"):
            loss = loss + (last * weights[1]).sum()
        loss.backward()
        found.append((spikes.detach(), last.detach(), current.grad, state.grad))
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("differentiated", [False, True])
@pytest.mark.parametrize("reset", ["hard", "soft"])
def test_step_by_step_is_the_whole_sequence(reset: Reset, differentiated: bool) -> None:
    generator = torch.Generator().manual_seed(11)
    current = torch.randn(9, 2, 3, 5, 5, generator=generator, dtype=torch.float64)

    def run(part: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
        return lif(part, state, decay=0.2, threshold=0.5, reset=reset, surrogate="dspike", b=3.0)

    whole, last = run(current.clone().requires_grad_(differentiated), None)
    state: Tensor | None = None
    steps = []
    for t in range(len(current)):
        spikes, state = run(current[t : t + 1], state)
        steps.append(spikes)
    assert state is not None
    assert torch.equal(torch.cat(steps), whole)
    assert torch.equal(state, last)


def test_a_run_leaves_its_inputs_and_states_alone() -> None:
    current = torch.randn(4, 6, generator=torch.Generator().manual_seed(3))
    state = torch.full((6,), 0.3)
    _, first = lif(current, state, decay=0.2, threshold=0.5, surrogate="dspike", b=3.0)
    kept = first.clone()
    _, second = lif(current, state, decay=0.2, threshold=0.5, surrogate="dspike", b=3.0)
    assert torch.equal(first, kept)
    assert torch.equal(second, kept)
    assert torch.equal(state, torch.full((6,), 0.3))


def test_threshold_is_strict() -> None:
    spikes, _ = lif(torch.tensor([[0.5, 0.5000001]]), None, decay=0.2, threshold=0.5, surrogate="dspike", b=3.0)
    assert spikes.tolist() == [[0.0, 1.0]]


def test_memory_format_is_kept() -> None:
    flat = torch.randn(6, 8, 5, 7, generator=torch.Generator().manual_seed(5)).to(memory_format=torch.channels_last)
    current = flat.view(3, 2, 8, 5, 7).requires_grad_()
    spikes, state = lif(current, None, decay=0.2, threshold=0.5, surrogate="dspike", b=3.0)
    spikes.sum().backward()
    assert current.grad is not None
    assert spikes.flatten(0, 1).is_contiguous(memory_format=torch.channels_last)
    assert state.is_contiguous(memory_format=torch.channels_last)
    assert current.grad.flatten(0, 1).is_contiguous(memory_format=torch.channels_last)


def test_only_the_membrane_is_saved() -> None:
    saved = []
    current = torch.randn(4, 3, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda value: saved.append(value.shape) or value, lambda value: value):
        lif(current, None, decay=0.2, threshold=0.5, surrogate="dspike", b=3.0)
    assert saved == [(4, 3)]


@pytest.mark.unchecked
@pytest.mark.parametrize(
    ("current", "state", "options", "message"),
    [
        (torch.zeros(0, 3), None, {}, "at least one time step"),
        (torch.zeros(2, 3, dtype=torch.int64), None, {}, "real currents"),
        (torch.zeros(2, 3), torch.zeros(4), {}, r"the state has shape \[4\], but one step has \[3\]"),
        (torch.zeros(2, 3), torch.zeros(3, dtype=torch.float64), {}, "the state is torch.float64"),
        (torch.zeros(2, 3), None, {"reset": "zero"}, "reset must be 'hard' or 'soft', not 'zero'"),
        (torch.zeros(2, 3), None, {"surrogate": "step"}, "unknown surrogate gradient 'step'"),
    ],
)
def test_errors(current: Tensor, state: Tensor | None, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        lif(current, state, **{"decay": 0.2, "threshold": 0.5, "surrogate": "dspike", "b": 3.0, **options})


@pytest.mark.parametrize("native", [False, pytest.param(True, marks=pytest.mark.native)])
def test_infinite_potentials(native: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hard reset of an infinite potential gives 0, and one without a spike stays as it is, on both ways: there were NaN."""
    if not native:
        monkeypatch.setattr(module, "usable", lambda *_: False)
    current = torch.tensor([[[math.inf, -math.inf, math.nan]], [[1.0] * 3], [[0.25] * 3]])
    spikes, state = lif(current, None, decay=0.5, threshold=0.4, surrogate="triangle", b=1.0)
    assert spikes[:, 0].tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 0]]
    torch.testing.assert_close(state, torch.tensor([[0.25, -math.inf, math.nan]]), equal_nan=True)
