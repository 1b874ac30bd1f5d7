"""PSMNet's size, counted from its table, and its wiring, compared with a network that is written here."""

import torch
import torch.nn.functional as F
from torch import nn

from .peers import follow, randomise


def test_the_parameters_of_the_table(zoo_parameters):
    """Chang and Chen, table 1: kernel, channels from and to, and how often; each convolution has a norm of two numbers."""

    def plane(kernel: int, source: int, target: int, times: int = 1) -> int:
        return times * (kernel**2 * source * target + 2 * target)

    def volume(source: int, target: int, times: int = 1) -> int:
        return times * (27 * source * target + 2 * target)

    features = plane(3, 3, 32) + plane(3, 32, 32, 2) + plane(3, 32, 32, 6)
    features += plane(3, 32, 64) + plane(3, 64, 64, 31) + plane(1, 32, 64)
    features += plane(3, 64, 128) + plane(3, 128, 128, 5) + plane(1, 64, 128) + plane(3, 128, 128, 6)
    features += plane(1, 128, 32, 4) + plane(3, 320, 128) + 128 * 32
    hourglass = volume(32, 64) + volume(64, 64, 4) + volume(64, 32)
    classifier = volume(32, 32) + 27 * 32
    counted = features + volume(64, 32) + volume(32, 32, 3) + 3 * hourglass + 3 * classifier
    assert zoo_parameters("psmnet") == counted == 5_224_768
    assert round(counted / 1e6, 2) == 5.22


def norm2(source: int, target: int, kernel: int = 3, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    padding = dilation * (kernel // 2)
    return nn.Sequential(nn.Conv2d(source, target, kernel, stride, padding, dilation, bias=False), nn.BatchNorm2d(target))


def norm3(source: int, target: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv3d(source, target, 3, stride, 1, bias=False), nn.BatchNorm3d(target))


def back3(source: int, target: int) -> nn.Sequential:
    layer = nn.ConvTranspose3d(source, target, 3, 2, 1, output_padding=1, bias=False)
    return nn.Sequential(layer, nn.BatchNorm3d(target))


class Block(nn.Module):
    def __init__(self, source: int, target: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.first = norm2(source, target, 3, stride, dilation)
        self.second = norm2(target, target, 3, 1, dilation)
        self.beside = norm2(source, target, 1, stride) if stride > 1 or source != target else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.second(F.relu(self.first(x)))
        return y + (x if self.beside is None else self.beside(x))


class Hourglass(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.a, self.b = norm3(c, 2 * c, 2), norm3(2 * c, 2 * c)
        self.c, self.d = norm3(2 * c, 2 * c, 2), norm3(2 * c, 2 * c)
        self.e, self.f = back3(2 * c, 2 * c), back3(2 * c, c)

    def forward(self, x: torch.Tensor, first: torch.Tensor | None, last: torch.Tensor | None) -> tuple[torch.Tensor, ...]:
        pre = self.b(F.relu(self.a(x)))
        pre = F.relu(pre if last is None else pre + last)
        low = F.relu(self.d(F.relu(self.c(pre))))
        post = F.relu(self.e(low) + (pre if first is None else first))
        return self.f(post), pre, post


class Peer(nn.Module):
    """PSMNet of any width, for images whose sizes are multiples of 16."""

    def __init__(self, c: int, planes: int, window: int) -> None:
        super().__init__()
        self.planes, self.window = planes, window
        self.stem = nn.ModuleList([norm2(3, c, 3, 2), norm2(c, c), norm2(c, c)])
        self.one = nn.Sequential(*[Block(c, c) for _ in range(3)])
        self.two = nn.Sequential(Block(c, 2 * c, 2), Block(2 * c, 2 * c))
        self.three = nn.Sequential(Block(2 * c, 4 * c), Block(4 * c, 4 * c), Block(4 * c, 4 * c))
        self.four = nn.Sequential(*[Block(4 * c, 4 * c, 1, 2) for _ in range(3)])
        self.pyramid = nn.ModuleList([norm2(4 * c, c, 1) for _ in range(4)])
        self.fuse, self.last = norm2(10 * c, 4 * c), nn.Conv2d(4 * c, c, 1, bias=False)
        self.volume = nn.ModuleList([norm3(2 * c, c), norm3(c, c), norm3(c, c), norm3(c, c)])
        self.glasses = nn.ModuleList([Hourglass(c) for _ in range(3)])
        self.classify = nn.ModuleList([norm3(c, c) for _ in range(3)])
        self.cost = nn.ModuleList([nn.Conv3d(c, 1, 3, 1, 1, bias=False) for _ in range(3)])

    def features(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.stem:
            x = F.relu(layer(x))
        raw = self.two(self.one(x))
        deep = self.four(self.three(raw))
        means = []
        for i, layer in enumerate(self.pyramid):
            window = self.window // 2**i
            y = F.relu(layer(F.avg_pool2d(deep, window)))
            means.append(F.interpolate(y, deep.shape[2:], mode="bilinear", align_corners=False))
        return self.last(F.relu(self.fuse(torch.cat([raw, deep, *reversed(means)], 1))))

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> list[torch.Tensor]:
        a, b = self.features(left), self.features(right)
        c, width = a.shape[1], a.shape[3]
        volume = a.new_zeros(len(a), 2 * c, self.planes, *a.shape[2:])
        for d in range(self.planes):
            volume[:, :c, d, :, d:] = a[:, :, :, d:]
            volume[:, c:, d, :, d:] = b[:, :, :, : width - d]
        for layer in self.volume[:2]:
            volume = F.relu(layer(volume))
        x = self.volume[3](F.relu(self.volume[2](volume))) + volume
        glasses = list[torch.Tensor]()
        out, pre, post, last = x, None, None, None
        for glass in self.glasses:
            out, own, post = glass(out, pre, last)
            out = out + x
            pre, last = own if pre is None else pre, post
            glasses.append(out)
        costs, total = list[torch.Tensor](), None
        for glass, first, second in zip(glasses, self.classify, self.cost, strict=True):
            cost = second(F.relu(first(glass)))
            total = cost if total is None else cost + total
            costs.append(total)
        size = (4 * self.planes, *left.shape[2:])
        found = []
        for cost in costs:
            full = F.interpolate(cost, size, mode="trilinear", align_corners=False)[:, 0]
            disparities = torch.arange(size[0], dtype=full.dtype).view(1, -1, 1, 1)
            found.append((F.softmax(full, 1) * disparities).sum(1, keepdim=True))
        return found


def test_the_wiring():
    peer = Peer(2, 4, 8).double().eval()
    randomise(peer)
    left, right = torch.randn(2, 2, 3, 32, 48, dtype=torch.float64)
    params = ("psmnet.C=2", "psmnet.planes=4", "psmnet.window=8", "psmnet.deep=1")
    model = follow("psmnet", peer, left, right, overrides=params)
    with torch.no_grad():
        expected = peer(left, right)
        found, _ = model.run({"left": left[None], "right": right[None]}, wanted=("d1", "d2", "disparity"))  # type: ignore[operator]
    for name, value in zip(("d1", "d2", "disparity"), expected, strict=True):
        assert value.std() > 1e-3
        torch.testing.assert_close(found[name][0], value, rtol=0, atol=1e-10)
