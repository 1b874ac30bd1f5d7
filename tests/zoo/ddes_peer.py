"""DDES in torch, and its layers."""

import torch
import torch.nn.functional as F
from torch import nn


class Act(nn.Sequential):
    """A convolution, leaky ReLU and instance norm."""

    def __init__(self, layer: nn.Module, target: int, dimensions: int) -> None:
        norm = nn.InstanceNorm2d if dimensions == 2 else nn.InstanceNorm3d
        super().__init__(layer, nn.LeakyReLU(0.1), norm(target, affine=True))


def act2(source: int, target: int, kernel: int = 3, stride: int = 1) -> Act:
    return Act(nn.Conv2d(source, target, kernel, stride, kernel // 2), target, 2)


def act3(source: int, target: int, stride: int = 1) -> Act:
    return Act(nn.Conv3d(source, target, 3, stride, 1), target, 3)


def back3(source: int, target: int) -> Act:
    return Act(nn.ConvTranspose3d(source, target, 4, 2, 1), target, 3)


class Residual(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(act2(c, c), act2(c, c))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x) + x


class Events(nn.Module):
    """Each event weighted by a network of its time; the shift alone is a parameter of its own."""

    def __init__(self, c: int) -> None:
        super().__init__()
        widths = [(1, c), (c, c), (c, c), (c, c)]
        self.layers = nn.ModuleList([nn.Conv1d(a, b, 1) for a, b in widths])
        self.total = Shifted(c)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        count = frames.shape[1]
        w = torch.linspace(-1, -1 / count, count, dtype=frames.dtype).view(1, 1, count)
        for i, layer in enumerate(self.layers):
            w = layer(w if i == 0 else F.relu(w))
        weighted = sum(w[0, :, f].view(1, -1, 1, 1) * frames[:, f : f + 1] for f in range(count))
        events = (frames != 0).sum(1, keepdim=True)
        return F.relu(self.total(weighted / (events + 1e-10)))


class Shifted(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(c))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.shift.view(-1, 1, 1)


class Peer(nn.Module):
    """DDES of any width; the matching network sees one disparity at a time, as the authors' does."""

    def __init__(self, c: int, f: int, planes: int, multiple: int) -> None:
        super().__init__()
        self.planes, self.multiple = planes, multiple
        self.events = Events(c)
        self.before = nn.InstanceNorm2d(c)
        self.embedding = nn.Sequential(act2(c, c, 5, 2), act2(c, c, 5, 2), Residual(c), Residual(c))
        self.match = nn.Sequential(nn.Conv2d(2 * c, c, 3, 1, 1), Residual(c), Residual(c), nn.Conv2d(c, f, 3, 1, 1))
        self.beside = act2(c, f)
        self.first = act3(f, f)
        self.halve = nn.ModuleList([act3(f * n, 2 * f * n, 2) for n in (1, 2, 4, 8)])
        self.smooth = nn.ModuleList([act3(2 * f * n, 2 * f * n) for n in (1, 2, 4, 8)])
        self.enlarge = nn.ModuleList([back3(2 * f * n, f * n) for n in (8, 4, 2, 1)])
        self.blend = nn.ModuleList([act3(f * n, f * n) for n in (8, 4, 2, 1)])
        self.to_half, self.to_full = back3(f, f // 2), nn.ConvTranspose3d(f // 2, 1, (3, 4, 4), (1, 2, 2), 1)

    def embed(self, view: torch.Tensor) -> torch.Tensor:
        padded = F.pad(view, [n for size in reversed(view.shape[2:]) for n in (-size % self.multiple, 0)])
        return self.embedding(self.before(self.events(padded)))

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        a, b = self.embed(left), self.embed(right)
        width = a.shape[3]
        planes = list[torch.Tensor]()
        for d in range(self.planes):
            shifted = F.pad(b, (d, 0))[..., :width]
            planes.append(self.match(torch.cat([a, shifted], 1)))
        shortcut = self.beside(a).unsqueeze(2)
        out = self.first(torch.stack(planes, 2))
        kept = list[torch.Tensor]()
        for halve, smooth in zip(self.halve, self.smooth, strict=True):
            kept.append(out)
            shortcut = halve(shortcut + out)
            out = smooth(shortcut)
        for enlarge, blend in zip(self.enlarge, self.blend, strict=True):
            out = blend(enlarge(out) + kept.pop())
        similarity = self.to_full(self.to_half(out))[:, 0]
        return similarity[..., -left.shape[2] :, -left.shape[3] :]
