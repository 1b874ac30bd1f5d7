"""Layers that a module has where its operations need them, as text."""

from spikegraph.backends.python.helper_functions import Helper

_CONV = '''
class {name}(nn.Conv{axes}d):
    """A convolution whose weights {words}: the sign of a synapse never changes."""

    def forward(self, x):
        return self._conv_forward(x, {sign}self.weight.abs(), self.bias)
'''

_PADDED = '''
class Padded{axes}d(nn.Sequential):
    """A convolution behind zeros around its input, as many as `pads` says."""

    def __init__(self, pads, layer):
        super().__init__(nn.ConstantPad{axes}d(pads, 0.0), layer)
'''

_MEAN = '''
class PaddedMean{axes}d(nn.Module):
    """Average pooling with uneven padding, which isn't counted."""

    def __init__(self, pads, layer):
        super().__init__()
        self.pads, self.layer = pads, layer

    def forward(self, x):
        ones = F.pad(torch.ones_like(x[:1, :1]), self.pads)
        return self.layer(F.pad(x, self.pads)) / self.layer(ones)
'''


_MARGIN = '''
class MarginNorm{axes}d(nn.BatchNorm{axes}d):
    """Batch norm with pixels around its result, which have what the norm gives for 0."""

    def __init__(self, channels, margin, **options):
        super().__init__(channels, **options)
        self.margin = margin

    def forward(self, x):
        y = super().forward(x)
        with torch.no_grad():
            mean = self.running_mean * torch.rsqrt(self.running_var + self.eps)
            outside = self.bias - mean * self.weight if self.affine else -mean
        around = [self.margin] * {twice}
        inside = F.pad(torch.ones_like(y[:1, :1], dtype=torch.bool), around)
        return torch.where(inside, F.pad(y, around), outside{index})
'''

LAYERS: dict[str, Helper] = {
    "LinearWithoutAutapses": Helper('''
class LinearWithoutAutapses(nn.Linear):
    """A linear layer in which no channel takes itself."""

    def forward(self, x):
        own = torch.eye(len(self.weight), dtype=torch.bool, device=x.device)
        return F.linear(x, self.weight.masked_fill(own, 0.0), self.bias)
'''),
    "EachStep": Helper('''
class EachStep(nn.Sequential):
    """Layers that see each time step alone: [T, N, C, ...] to [T, N, C, ...]."""

    def forward(self, x):
        return super().forward(x.flatten(0, 1)).unflatten(0, x.shape[:2])
'''),
    "Repeat": Helper('''
class Repeat(nn.Module):
    """The same value at each of `steps` time steps: [N, ...] to [T, N, ...]."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def forward(self, x):
        return x.expand(self.steps, *x.shape)
'''),
    "StepFactor": Helper('''
class StepFactor(nn.Module):
    """A learned factor for each time step of [T, N, C, ...]."""

    def __init__(self, steps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(steps))

    def forward(self, x):
        return x * self.weight[: len(x)].view(-1, *[1] * (x.dim() - 1))

    def at(self, x, step):
        """One time step, [N, C, ...]."""
        return x * self.weight[step]
'''),
    "PlaneNorm": Helper('''
class PlaneNorm(nn.Module):
    """Norm of each channel and plane of [N, C, D, H, W] over its pixels."""

    def __init__(self, channels, eps=1e-5, affine=True):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine else None

    def forward(self, x):
        variance, mean = torch.var_mean(x, (-2, -1), correction=0, keepdim=True)
        x = (x - mean) * torch.rsqrt(variance + self.eps)
        if self.weight is None:
            return x
        return x * self.weight[:, None, None, None] + self.bias[:, None, None, None]
'''),
    "ChannelNorm": Helper('''
class ChannelNorm(nn.LayerNorm):
    """Layer norm over the channels of [N, C, ...], at each position alone."""

    def __init__(self, channels, eps=1e-5, affine=True):
        super().__init__(channels, eps=eps, elementwise_affine=affine)

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
'''),
    "Dropout": Helper('''
class Dropout(nn.Module):
    """Dropout with one mask for all time steps of [T, N, C, ...]."""

    def __init__(self, probability, steps=True):
        super().__init__()
        self.probability, self.steps = probability, steps

    def forward(self, x):
        if not self.training:
            return x
        return x * self.mask(x[0] if self.steps else x)

    def step(self, x, mask=None):
        """One time step, [N, C, ...], with the mask of the steps before."""
        if not self.training:
            return x, None
        mask = self.mask(x) if mask is None else mask
        return x * mask, mask

    def mask(self, x):
        """Which numbers remain, and by what they are multiplied."""
        kept = 1 - self.probability
        return torch.empty_like(x).bernoulli_(kept) / kept
'''),
    "Cut": Helper('''
class Cut(nn.Sequential):
    """A layer whose result is cut to a size."""

    def __init__(self, layer, size):
        super().__init__(layer)
        self.size = size

    def forward(self, x):
        return super().forward(x)[(..., *map(slice, self.size))]
'''),
    "WeighFrames": Helper('''
class WeighFrames(nn.Module):
    """The mean of each pixel's events, each weighted by its time."""

    def __init__(self, out, axes=2):
        super().__init__()
        self.axes, self.shift = axes, nn.Parameter(torch.zeros(out))

    def forward(self, x, weights):
        pixels = x.flatten(-self.axes)
        count = (pixels != 0).sum(-2, keepdim=True).clamp(min=1)
        y = weights @ pixels / count + self.shift[:, None]
        return y.unflatten(-1, x.shape[-self.axes :])
'''),
    "Learned": Helper('''
class Learned(nn.Module):
    """Learned numbers of a shape, for each sample of [..., N, C, *size]."""

    def __init__(self, *shape, start=0.0, axes=2):
        super().__init__()
        self.axes, self.value = axes, nn.Parameter(torch.full(shape, start))

    def forward(self, x):
        return self.value.expand(x.shape[-2 - self.axes], *self.value.shape)
'''),
    "Delayed": Helper('''
class Delayed(nn.Module):
    """A linear layer on [T, N, C] whose weights have learned delays, in time steps.

    Each weight is spread over delays 0 to `most` as a Gaussian of the width `sigma`.
    """

    def __init__(self, channels, out, most, sigma=0.5, bias=True):
        super().__init__()
        layer = nn.Linear(channels, out, bias=bias)
        self.weight, self.bias = layer.weight, layer.bias
        self.delay = nn.Parameter(torch.logit(torch.rand(out, channels)))
        self.most, self.sigma = most, sigma

    def forward(self, x):
        delay = self.most * torch.sigmoid(self.delay)
        steps = torch.arange(self.most + 1, dtype=x.dtype, device=x.device)
        apart = (steps - delay[..., None]) / self.sigma
        taps = self.weight[..., None] * torch.softmax(-(apart**2) / 2, 2)
        seen = F.pad(x.movedim(0, 2), (self.most, 0))
        return F.conv1d(seen, taps.flip(2), self.bias).movedim(2, 0)
'''),
    "RateScale": Helper('''
class RateScale(nn.Module):
    """Divides by sqrt(rate * terms), with the running rate of each head of a value.

    `terms` is a number, or the `channels` or `positions` of a head of that value.
    """

    def __init__(self, heads, terms, momentum=0.001, axes=2, other_axes=2):
        super().__init__()
        self.heads, self.terms, self.momentum = heads, terms, momentum
        self.axes, self.other_axes = axes, other_axes
        self.register_buffer("running_rate", torch.zeros(heads))

    def forward(self, x, of):
        shape = of.shape[of.dim() - 1 - self.other_axes :]
        known = {"channels": shape[0] // self.heads, "positions": shape[1:].numel()}
        rate = self.running_rate
        if self.training:
            with torch.no_grad():
                heads = of.abs().reshape(-1, self.heads, shape.numel() // self.heads)
                now = heads.mean((0, 2))
                rate = torch.where(rate > 0, torch.lerp(rate, now, self.momentum), now)
                self.running_rate.copy_(rate)
        rate = torch.where(rate > 0, rate, 1.0)
        factor = (rate * known.get(self.terms, self.terms)).rsqrt()
        channels = x.shape[x.dim() - 1 - self.axes]
        factor = factor.repeat_interleave(channels // self.heads)
        return x * factor.view(-1, *[1] * self.axes)
'''),
    **{
        f"{sign}Conv{axes}d": Helper(_CONV.format(name=f"{sign}Conv{axes}d", axes=axes, words=words, sign=minus))
        for sign, words, minus in (("Excitatory", "are at least 0", ""), ("Inhibitory", "are at most 0", "-"))
        for axes in (1, 2, 3)
    },
    **{
        f"MarginNorm{axes}d": Helper(_MARGIN.format(axes=axes, twice=2 * axes, index=f"[:, {', '.join(['None'] * axes)}]"))
        for axes in (1, 2, 3)
    },
    **{f"Padded{axes}d": Helper(_PADDED.format(axes=axes)) for axes in (1, 2, 3)},
    **{f"PaddedMean{axes}d": Helper(_MEAN.format(axes=axes)) for axes in (1, 2, 3)},
}
"""By name."""
