"""Models as people write them: neurons by hand, the time in `forward`, plain PyTorch."""

from typing import Any

import torch
from torch import Tensor, nn

from foreign_models.model import Made, model


class Fire(torch.autograd.Function):
    """A step with a rectangle as its gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """1 where x isn't negative."""
        ctx.save_for_backward(x)
        return (x >= 0).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        """1 where x is within 1/2."""
        return grads[0] * (ctx.saved_tensors[0].abs() < 0.5).to(grads[0].dtype)


def fire(x: Tensor) -> Tensor:
    """Spikes of potentials less their threshold."""
    return Fire.apply(x)  # type: ignore[return-value]


class Loop(nn.Module):
    """A loop over the steps, whose results are stacked."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(2, 6, 3, padding=1), nn.BatchNorm2d(6), nn.Linear(6 * 64, 4)

    def forward(self, x: Tensor) -> Tensor:
        """[T, N, 4] of [T, N, 2, 8, 8]."""
        mem1 = mem2 = torch.zeros(1)
        spikes = []
        for t in range(x.shape[0]):
            mem1 = 0.5 * mem1 + self.norm(self.conv(x[t]))
            spike1 = fire(mem1 - 1)
            mem1 = mem1 * (1 - spike1)
            mem2 = 0.9 * mem2 + self.head(spike1.flatten(1))
            spike2 = fire(mem2 - 1)
            mem2 = mem2 - spike2
            spikes.append(spike2)
        return torch.stack(spikes)


@model("by hand, a loop over T in `forward`")
def loop() -> Made:
    """Hard and soft resets."""
    return Loop().eval(), 3 * torch.randn(4, 2, 2, 8, 8)


class Step(nn.Module):
    """One step; the states are arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(6, 8), nn.Linear(8, 3)

    def forward(self, x: Tensor, states: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Spikes [N, 3] and the new states, of [N, 6]."""
        mem1, mem2 = (torch.zeros(1), torch.zeros(1)) if states is None else states
        mem1 = mem1 + (self.first(x) - mem1) / 2
        spike1 = fire(mem1 - 1)
        mem1 = torch.where(spike1 > 0, torch.zeros_like(mem1), mem1)
        mem2 = 0.8 * mem2 + self.second(spike1)
        spike2 = fire(mem2 - 0.5)
        return spike2, (mem1, mem2 - 0.5 * spike2)


@model("by hand, one step with states as arguments")
def step() -> Made:
    """Potentials that go halfway to the input."""
    return Step(), 4 * torch.randn(2, 6)


class Neuron(nn.Module):
    """A neuron that keeps its state."""

    def __init__(self) -> None:
        super().__init__()
        self.mem: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Spikes of one step."""
        self.mem = x if self.mem is None else 0.75 * self.mem + x
        spike = fire(self.mem - 1)
        self.mem = self.mem - spike
        return spike


@model("by hand, states as attributes")
def attributes() -> Made:
    """Two layers."""
    return nn.Sequential(nn.Linear(6, 8), Neuron(), nn.Linear(8, 3), Neuron()), 3 * torch.randn(2, 6)


class Writes(nn.Module):
    """Results are written into a tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(6, 8)

    def forward(self, x: Tensor) -> Tensor:
        """[T, N, 8] of [T, N, 6]."""
        current = self.layer(x)
        mem, out = torch.zeros_like(current[0]), torch.zeros_like(current)
        for t in range(x.shape[0]):
            mem = mem * 0.5 + current[t]
            out[t] = fire(mem - 1.0)
            mem = mem * (1 - out[t])
        return out


@model("by hand, in-place writes `out[t] = ...`")
def writes() -> Made:
    """A layer over all steps, and a loop of neurons."""
    return Writes(), 3 * torch.randn(4, 2, 6)


@model("by hand, a neuron called twice in a step (its state would be shared)")
def neuron_twice() -> Made:
    """What stays refused."""
    neuron = Neuron()
    return nn.Sequential(nn.Linear(6, 6), neuron, nn.Linear(6, 6), neuron), 3 * torch.randn(2, 6)


class Upward(nn.Module):
    """A small U-Net."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU())
        self.up = nn.ConvTranspose2d(4, 4, 3, stride=2, padding=1, output_padding=1)
        self.out = nn.Conv2d(5, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """A map of the size of the image."""
        return self.out(torch.cat([x, self.up(self.down(x))], 1))


@model("plain PyTorch, a U-Net with `ConvTranspose2d`")
def unet() -> Made:
    """One level."""
    return Upward(), torch.randn(2, 1, 16, 16)


@model("plain PyTorch, `LayerNorm`")
def layer_norm() -> Made:
    """Over the features of a token."""
    return nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 3)), torch.randn(3, 6)


@model("plain PyTorch, a compiled module")
def compiled() -> Made:
    """What stays refused."""
    return torch.compile(nn.Sequential(nn.Linear(6, 8), nn.ReLU())), torch.randn(3, 6)  # type: ignore[return-value]
