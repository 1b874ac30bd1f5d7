"""Networks of large depthwise kernels, with norms of channels, GELU and a learned factor for each channel of a block."""

import torch
from torch import nn
from torch.nn import functional as F

from .examples import example, taken_over


class ChannelsNorm(nn.LayerNorm):
    """A layer norm over the channels of [N, C, H, W]."""

    def forward(self, input):
        x = F.layer_norm(input.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class Block(nn.Module):
    """What a block adds to its input, with pixels as rows inside."""

    def __init__(self, channels):
        super().__init__()
        self.wide = nn.Conv2d(channels, channels, 5, padding=2, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.up, self.act, self.down = nn.Linear(channels, 3 * channels), nn.GELU(), nn.Linear(3 * channels, channels)
        self.gamma = nn.Parameter(0.1 + torch.rand(channels))

    def forward(self, x):
        y = self.norm(self.wide(x).permute(0, 2, 3, 1))
        y = self.down(self.act(self.up(y))).permute(0, 3, 1, 2)
        return x + self.gamma.view(1, -1, 1, 1) * y


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 4, stride=4), ChannelsNorm(4))
        self.blocks = nn.Sequential(Block(4), Block(4))
        self.down = nn.Sequential(ChannelsNorm(4), nn.Conv2d(4, 6, 2, stride=2), Block(6))
        self.head = nn.Linear(6, 5)

    def forward(self, x):
        return self.head(F.layer_norm(self.down(self.blocks(self.stem(x))).mean((-2, -1)), (6,)))


def test_blocks_with_factors_of_channels():
    torch.manual_seed(0)
    module = Net()
    found = taken_over(module, example(2, 3, 16, 16))
    assert "u = I * 0.5 * (1 + erf(0.7071067811865476 * I))" in found.spec
    assert "-> repeat(block_, 2)" in found.spec
    assert "conv(1, out = out, groups = all, bias = false)" in found.spec
    back = found.state_dict(found.model())
    assert back.keys() == module.state_dict().keys()
    for name, tensor in module.state_dict().items():
        assert torch.equal(back[name], tensor), name
