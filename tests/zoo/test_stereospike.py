"""StereoSpike's size, counted by hand, and its wiring, compared with a network that is written here."""

import itertools
import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from .peers import follow


def test_the_parameters(zoo_parameters):
    """Kernels of 5 down and up, of 3 in the two residual blocks and for the estimates, which alone have a bias."""
    down = 25 * (4 * 32 + 32 * 64 + 64 * 128 + 128 * 256 + 256 * 512)
    residual = 2 * 2 * 9 * 512 * 512
    up = 25 * (512 * 256 + 256 * 128 + 128 * 64 + 64 * 32)
    estimates = 9 * (256 + 128 + 64 + 32) + 4
    assert zoo_parameters("stereospike") == down + residual + up + estimates == 18_148_708


def arctan(x: torch.Tensor) -> torch.Tensor:
    return torch.atan(math.pi * x) / math.pi


def sigmoid(x: torch.Tensor) -> torch.Tensor:
    return torch.sigmoid(4 * x)


def fire(current: torch.Tensor, smooth: Callable[[torch.Tensor], torch.Tensor] = arctan) -> torch.Tensor:
    """A neuron without memory, at a threshold of 1; its gradient is that of `smooth`."""
    near = smooth(current - 1)
    return (current >= 1).to(current.dtype) + (near - near.detach())


def enlarge(x: torch.Tensor, size: torch.Size, margin: int) -> torch.Tensor:
    return F.interpolate(x, [n + 2 * margin for n in size], mode="nearest")


class Peer(nn.Module):
    """The layers of the published class, with W channels where it has 32."""

    def __init__(self, w: int) -> None:
        super().__init__()
        widths = [w * 2**i for i in range(5)]
        pairs = list(itertools.pairwise(widths))
        self.bottom = nn.Conv2d(4, w, 5, 1, 2, bias=False)
        self.down = nn.ModuleList([nn.Conv2d(a, b, 5, 2, 2, bias=False) for a, b in pairs])
        deep = widths[-1]
        self.residual = nn.ModuleList([nn.Conv2d(deep, deep, 3, 1, 1, bias=False) for _ in range(4)])
        self.up = nn.ModuleList([nn.Conv2d(b, a, 5, bias=False) for a, b in reversed(pairs)])
        self.estimate = nn.ModuleList([nn.Conv2d(a, 1, 3) for a, _ in reversed(pairs)])

    def forward(self, view: torch.Tensor) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        skips = [fire(self.bottom(view))]
        for layer in self.down:
            skips.append(fire(layer(skips[-1])))
        x = skips.pop()
        for first, second in zip(self.residual[::2], self.residual[1::2], strict=True):
            x = x + fire(second(fire(first(x), sigmoid)), sigmoid)
        decoded = list[torch.Tensor]()
        for layer in self.up:
            skip = skips.pop()
            x = fire(layer(enlarge(x, skip.shape[2:], 2))) + skip
            decoded.append(x)
        potential, found = torch.zeros_like(view[:, :1]), list[torch.Tensor]()
        for x, layer in zip(decoded, self.estimate, strict=True):
            potential = potential + layer(enlarge(x, view.shape[2:], 1))
            found.append(potential)
        return found, decoded


def test_the_wiring():
    torch.manual_seed(2)
    peer = Peer(2).double()
    for value in peer.parameters():
        nn.init.normal_(value, 0, 2 * value[0].numel() ** -0.5)
    left, right = torch.randint(-1, 2, (2, 3, 2, 2, 37, 26)).double()
    model = follow("stereospike", peer, torch.cat([left[0], right[0]], 1), overrides=("stereospike.W=2",))
    wanted = ("d3", "d2", "d1", "d0")
    with torch.no_grad():
        found, _ = model.run({"left": left, "right": right}, wanted=(*wanted, "u3.add", "u0.add"))  # type: ignore[operator]
        for step in range(3):
            expected, decoded = peer(torch.cat([left[step], right[step]], 1))
            for name, value in zip(wanted, expected, strict=True):
                assert value.std() > 1e-2
                torch.testing.assert_close(found[name][step], value, rtol=0, atol=1e-10)
            assert torch.equal(found["u3.add"][step], decoded[0])
            assert torch.equal(found["u0.add"][step], decoded[-1])
            assert set(decoded[-1].unique().tolist()) == {0.0, 1.0, 2.0}


def test_gradients():
    """Residual blocks have the sigmoid of their class, all else the arc tangent that the training gives the network."""
    torch.manual_seed(2)
    peer = Peer(2).double()
    for value in peer.parameters():
        nn.init.normal_(value, 0, 2 * value[0].numel() ** -0.5)
    left, right = torch.randint(-1, 2, (2, 2, 2, 37, 26)).double().requires_grad_()
    model = follow("stereospike", peer, torch.cat([left, right], 1), overrides=("stereospike.W=2",))
    (wanted,) = torch.autograd.grad(peer(torch.cat([left, right], 1))[0][-1].square().sum(), left, retain_graph=True)
    (found,) = torch.autograd.grad(model(left[None], right[None])[0].square().sum(), left)
    assert wanted.std() > 1e-2
    torch.testing.assert_close(found, wanted, rtol=1e-8, atol=1e-10)
