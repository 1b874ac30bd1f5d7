"""The LIF neuron over T steps, forward and backward, compared with an autograd loop and the neurons of other libraries."""

import torch
from limits import Copy
from measure import Row, Settings, Side, compare
from peers import Neuron, compiled, neurons
from torch import Tensor
from wanted import Wanted

from spikegraph.backends.torch.forecast.least import least_numbers
from spikegraph.backends.torch.modules.lif import lif
from spikegraph.backends.torch.modules.surrogate_gradient import gradient
from spikegraph.base.allocator import keep_buffers

SHAPE = (6, 4, 144, 32, 32)
LIMIT = "copy of the least bytes"


class Spike(torch.autograd.Function):
    """A spike with a surrogate gradient for one time step, as usually written by hand."""

    @staticmethod
    def forward(ctx, u: Tensor) -> Tensor:
        """Forward."""
        ctx.save_for_backward(u)
        return (u > 0.5).to(u.dtype)

    @staticmethod
    def backward(ctx, grad: Tensor) -> Tensor:
        """Backward."""
        (u,) = ctx.saved_tensors
        return grad * gradient("dspike", u, 0.5, 3.0)


def by_hand(current: Tensor) -> Tensor:
    """Eq. 1 of Che et al., NeurIPS 2022, as a loop that autograd records; [T, N, C, H, W]."""
    u = y = torch.zeros_like(current[0])
    spikes = []
    for step in current:
        u = 0.2 * u * (1 - y) + step
        y = Spike.apply(u)
        spikes.append(y)
    return torch.stack(spikes)


def ours(current: Tensor) -> Tensor:
    """This project's neuron; [T, N, C, H, W]."""
    return lif(current, None, decay=0.2, threshold=0.5, surrogate="dspike", b=3.0)[0]


def rows(settings: Settings) -> list[Row]:
    """Seconds of a forward and backward pass."""
    keep_buffers()
    torch.manual_seed(0)
    current = torch.randn(SHAPE, requires_grad=True)
    upstream = torch.randn(SHAPE)
    ours(current)  # compiles, which no other neuron's first call should wait for

    def side(neuron: Neuron, *, peer: bool = True) -> Side:
        return Side(lambda: torch.autograd.grad(neuron(current), current, upstream), peer=peer)

    loops = {"loop recorded by autograd": by_hand, "loop recorded by autograd, compiled": compiled(by_hand)}
    sides = {name: side(checked(name, f, current)) for name, f in {**neurons(), **loops}.items()}
    sides["spikegraph"] = side(ours, peer=False)
    sides[LIMIT] = Copy().side(4 * least_numbers([(1.0, False)]) * current.numel())
    note, wanted = f"{list(SHAPE)} float32", {"spikegraph": Wanted("ratio", 1.0)}
    return [compare("LIF, forward and backward", sides, settings, note, wanted, {"float32": (LIMIT,)})]


def checked(name: str, neuron: Neuron, current: Tensor) -> Neuron:
    """The neuron, after its first call compared the spikes with this project's."""
    known = False

    def run(x: Tensor) -> Tensor:
        nonlocal known
        spikes = neuron(x)
        if not known:
            known, differ = True, int((spikes != ours(current)).sum())
            assert differ <= current.numel() * 1e-6, f"{name}: {differ} spikes differ"
        return spikes

    return run
