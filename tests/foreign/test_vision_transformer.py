"""Transformers of patches: a class token before the others, embeddings of positions, attention with softmax."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from spikegraph.foreign.errors import ForeignError

from .examples import example, taken_over
from .refused import said


class Layer(nn.Module):
    """A layer by PyTorch's own attention; tokens come first without `batch_first`."""

    def __init__(self, width, *, first=True, bias=True):
        super().__init__()
        self.before, self.behind = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mix = nn.MultiheadAttention(width, 2, batch_first=first, bias=bias)
        self.mlp = nn.Sequential(nn.Linear(width, 10), nn.GELU(), nn.Linear(10, width))
        self.first = first

    def forward(self, x):
        y = self.before(x)
        y = y if self.first else y.transpose(0, 1)
        y, _ = self.mix(y, y, y, need_weights=False)
        x = x + (y if self.first else y.transpose(0, 1))
        return x + self.mlp(self.behind(x))


class Parted(nn.Module):
    """A layer whose queries, keys and values are parts of one linear layer's result."""

    def __init__(self, width, attend):
        super().__init__()
        self.norm, self.qkv, self.out = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.attend = attend

    def forward(self, x):
        n, length, width = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(n, length, 3, 2, width // 2).permute(2, 0, 3, 1, 4)
        return x + self.out(self.attend(q, k, v).transpose(1, 2).reshape(n, length, width))


class Net(nn.Module):
    """Patches of 4 x 4 pixels as tokens of `width` numbers; `head` takes the tokens behind the layers."""

    def __init__(self, layer, head=lambda x: x[:, 0], width=8):
        super().__init__()
        self.patches, self.layer = nn.Conv2d(3, width, 4, stride=4), layer
        self.token, self.positions = nn.Parameter(torch.randn(1, 1, width)), nn.Parameter(torch.randn(1, 7, width))
        self.take, self.head = head, nn.Linear(width, 3)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], dim=1) + self.positions
        return self.head(self.take(self.layer(x)))


def by_hand(q, k, v):
    return F.softmax(q @ k.transpose(-2, -1) / 2, dim=-1) @ v


LAYERS = {
    "by a layer": lambda: Layer(8),
    "tokens first": lambda: Layer(8, first=False, bias=False),
    "by a function": lambda: Parted(8, F.scaled_dot_product_attention),
    "by a function with a scale": lambda: Parted(8, lambda q, k, v: F.scaled_dot_product_attention(q, k, v, scale=0.7)),
    "by products": lambda: Parted(8, by_hand),
}


@pytest.mark.parametrize("name", LAYERS)
def test_attention_with_softmax(name):
    torch.manual_seed(0)
    found = taken_over(Net(LAYERS[name]()), example(2, 3, 8, 12) * 4)
    text = " ".join(found.spec.split())
    assert "token = h -> learned(channels = 1)" in text
    assert "positions = h2 -> learned " in text
    assert "-> swap_axes(channels, width) -> split(7, 0) -> flatten" in text
    assert "heads = 2, transpose = right)" in text


def test_the_same_tensors_on_the_way_back():
    torch.manual_seed(0)
    module = Net(Layer(8))
    found = taken_over(module, example(2, 3, 8, 12))
    back = found.state_dict(found.model())
    assert back.keys() == module.state_dict().keys()
    for name, tensor in module.state_dict().items():
        assert torch.equal(back[name], tensor), name


class Weighted(nn.Module):
    """Softmax by a layer."""

    def __init__(self):
        super().__init__()
        self.soft = nn.Softmax(-1)

    def forward(self, x):
        return (self.soft(x) * x)[:, 0]


HEADS = {
    "the other tokens": lambda x: x[:, 1:].mean(1),
    "the last token": lambda x: x[:, -1, :],
    "some tokens": lambda x: x[:, 2:5].amax(1),
    "the middle and the end": lambda x: torch.cat([x[:, 3:5], x[:, 5:]], 1).sum(1),
    "weighted tokens": lambda x: (x * x.softmax(1)).sum(1),
    "weighted channels": Weighted(),
}


@pytest.mark.parametrize("name", HEADS)
def test_parts_of_tokens(name):
    torch.manual_seed(0)
    taken_over(Net(nn.LayerNorm(8), HEADS[name]), example(2, 3, 8, 12) * 4)


MAPS = {
    "a row": lambda x: x[:, :, 1].mean(-1),
    "a column": lambda x: x[..., -1].mean(-1),
    "rows": lambda x: x[:, :, 1:4].mean((2, 3)),
    "a corner": lambda x: x[:, :, :2, 3:].sum((2, 3)),
    "a pixel": lambda x: x[:, :, 2, 1],
    "rows one below the other": lambda x: torch.cat([x, x[:, :, :2]], 2).amax((2, 3)),
}


@pytest.mark.parametrize("name", MAPS)
def test_parts_of_maps(name):
    class Map(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.head = nn.Conv2d(3, 4, 3), nn.Linear(4, 2)

        def forward(self, x):
            return self.head(MAPS[name](F.relu(self.conv(x))))

    torch.manual_seed(0)
    taken_over(Map(), example(2, 3, 8, 7) * 4)


class Mixed(nn.Module):
    """A module's own attention, called by a function."""

    def __init__(self, call, **keys):
        super().__init__()
        self.mix, self.call = nn.MultiheadAttention(8, 2, batch_first=True, **keys), call

    def forward(self, x):
        return self.call(self.mix, x)


REFUSED = {
    "`layer.mix`, MultiheadAttention: its queries, keys and values are of several tensors "
    "(help: use linear layers and scaled_dot_product_attention)": Mixed(lambda mix, x: mix(x, x[:, 1:], x[:, 1:])[0]),
    "`layer.mix`, MultiheadAttention: it has a mask, or keys and values besides those of the tokens "
    "(help: use attention to all tokens)": Mixed(lambda mix, x: mix(x, x, x)[0], add_zero_attn=True),
    "`layer.mix`, MultiheadAttention: it drops weights with p=0.5 (help: use dropout=0, or `module.eval()`)": Mixed(
        lambda mix, x: mix(x, x, x)[0], dropout=0.5
    ),
    "`layer`, torch.nn.functional.scaled_dot_product_attention: it has a mask (help: use attention to all tokens)": Parted(
        8, lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True)
    ),
    "the module, `[...]`: it takes a part of a tensor, [:, ::2] "
    "(help: if this is one of several time steps, give a module of one step, without the loop over steps; otherwise "
    "use layers)": None,
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text):
    net = Net(REFUSED[text] or nn.Identity(), (lambda x: x[:, 0]) if REFUSED[text] else (lambda x: x[:, ::2].mean(1)))
    with pytest.raises(ForeignError) as told:
        taken_over(net, example(2, 3, 8, 12))
    assert said(told.value) == text
