"""Mixing at the spike, at the membrane and over surrogate candidates, compared with the vectors."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from spikegraph.backends.torch.modules.lif import lif
from spikegraph.backends.torch.modules.mixing import mix

with np.load(Path(__file__).parents[1] / "vectors" / "equations.npz") as archive:
    VECTORS = {name: archive[name] for name in archive.files if name.startswith(("mix", "dgs"))}

PRECISIONS = [(torch.float64, 1e-9), (torch.float32, 1e-5)]


def vector(name: str, dtype: torch.dtype) -> Tensor:
    return torch.from_numpy(VECTORS[name]).to(dtype)


def fire(current: Tensor, b: float) -> Tensor:
    return lif(current, None, decay=0.2, threshold=0.5, surrogate="dspike", b=b)[0]


def at_spike(currents: Tensor, alpha: Tensor) -> Tensor:
    """Eqs. 8 and 9: candidates c3, c5 and a third with b = 3, then the node's own neuron."""
    return fire(mix([fire(current, b) for current, b in zip(currents, (3, 5, 3), strict=True)], alpha), 3)


def at_membrane(currents: Tensor, alpha: Tensor) -> Tensor:
    """Eqs. 10 and 11: the candidates' currents before one neuron."""
    return fire(mix(list(currents), alpha), 3)


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
@pytest.mark.parametrize("steps", ["T1", "T4"])
@pytest.mark.parametrize(("place", "function"), [("mix_spike", at_spike), ("mix_membrane", at_membrane)])
def test_vectors(place: str, function, steps: str, dtype: torch.dtype, tolerance: float) -> None:
    currents = vector(f"mix_spike/{steps}/currents", dtype).requires_grad_()
    alpha = vector(f"mix_spike/{steps}/alpha", dtype).requires_grad_()
    out = function(currents, alpha)
    out.backward(vector(f"mix_spike/{steps}/upstream", dtype))
    torch.testing.assert_close(out.detach(), vector(f"{place}/{steps}/out", dtype), rtol=0, atol=tolerance)
    assert alpha.grad is not None
    assert currents.grad is not None
    torch.testing.assert_close(alpha.grad, vector(f"{place}/{steps}/grad_alpha", dtype), rtol=0, atol=tolerance)
    torch.testing.assert_close(currents.grad, vector(f"{place}/{steps}/grad_currents", dtype), rtol=0, atol=tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
def test_surrogate_candidates(dtype: torch.dtype, tolerance: float) -> None:
    alpha = vector("dgs/alpha", dtype).requires_grad_()
    out = at_membrane(vector("dgs/currents", dtype), alpha)
    out.backward(vector("dgs/upstream", dtype))
    torch.testing.assert_close(out.detach(), vector("dgs/out", dtype), rtol=0, atol=tolerance)
    assert alpha.grad is not None
    torch.testing.assert_close(alpha.grad, vector("dgs/grad_alpha", dtype), rtol=0, atol=tolerance)


def test_gradcheck() -> None:
    generator = torch.Generator().manual_seed(1)
    values = [torch.randn(2, 3, generator=generator, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    alpha = torch.randn(3, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda a, *v: mix(v, a), (alpha, *values))


def test_one_candidate_is_itself_and_fixed_alpha_saves_no_candidate() -> None:
    value = torch.randn(2, 3, requires_grad=True)
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: saved.append(tensor.shape) or tensor, lambda t: t):
        out = mix([value], torch.tensor([4.0]))
    assert torch.equal(out, value)
    assert saved == [(1,)]


def test_errors() -> None:
    with pytest.raises(ValueError, match="at least one candidate"):
        mix([], torch.zeros(0))
    with pytest.raises(ValueError, match=r"2 candidates need alpha of shape \[2\], not \[3\]"):
        mix([torch.zeros(2), torch.zeros(2)], torch.zeros(3))
    with pytest.raises(ValueError, match="the candidates differ"):
        mix([torch.zeros(2), torch.zeros(1)], torch.zeros(2))
