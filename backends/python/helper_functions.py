"""Functions that a module has where its operations need them, as text."""

from spikegraph.base.record import record


@record
class Helper:
    """A part of a module.

    Attributes:
        text: Its text.
        needs: Other helpers that it needs.
    """

    text: str
    needs: tuple[str, ...] = ()


FUNCTIONS: dict[str, Helper] = {
    "each_step": Helper('''
def each_step(layer, x):
    """Calls a layer with each time step of [T, N, C, ...] alone."""
    return layer(x.flatten(0, 1)).unflatten(0, x.shape[:2])
'''),
    "time_to_channels": Helper('''
def time_to_channels(x, steps):
    """[T, N, C, ...] as [N, steps * C, ...], the channels of missing steps are 0."""
    if len(x) < steps:
        x = torch.cat([x, x.new_zeros(steps - len(x), *x.shape[1:])])
    return x.transpose(0, 1).flatten(1, 2)
'''),
    "scaled": Helper('''
def scaled(norm, weight):
    """The norm, whose weight begins at another number than 1."""
    nn.init.constant_(norm.weight, weight)
    return norm
'''),
    "resize": Helper('''
def resize(x, size, mode="nearest"):
    """Resizes the pixels of [T, N, C, ...]."""
    align = None if mode == "nearest" else False
    y = F.interpolate(x.flatten(0, 1), tuple(size), mode=mode, align_corners=align)
    return y.unflatten(0, x.shape[:2])
'''),
    "nearest_pixels": Helper('''
def nearest_pixels(x, size):
    """Resizes the pixels of [..., *size]: pixel i of m is pixel i * n // m of n.

    torch's interpolation rounds n / m, and takes another pixel for some of these sizes.
    """
    for axis, m in zip(range(-len(size), 0), size):
        pixels = torch.arange(m, device=x.device) * x.shape[axis] // m
        x = x.index_select(axis, pixels)
    return x
'''),
    "crop": Helper('''
def crop(x, size, at="centre"):
    """The middle of the pixels of [..., *size], or their end."""
    for axis in range(-len(size), 0):
        extra = x.shape[axis] - size[axis]
        x = x.narrow(axis, extra if at == "end" else extra // 2, size[axis])
    return x
'''),
    "previous": Helper('''
def previous(x):
    """The value of [T, ...] at the step before, 0 at the first step."""
    return torch.cat([torch.zeros_like(x[:1]), x[:-1]])
'''),
    "frame_times": Helper('''
def frame_times(x):
    """The times [N, 1, F] of the frames of [N, F, ...], from -1 towards 0."""
    samples, frames = x.shape[:2]
    times = torch.arange(frames, dtype=x.dtype, device=x.device) / frames - 1
    return times.expand(samples, 1, frames)
'''),
    "tokens": Helper('''
def tokens(x, heads, axes=2):
    """[..., C, *size] as [..., heads, C / heads, positions]."""
    x = x.flatten(-axes) if axes else x.unsqueeze(-1)
    return x.unflatten(-2, (heads, -1))
'''),
    "attend": Helper(
        '''
def attend(q, k, v, heads, scale, axes=2, other_axes=None):
    """Spiking self-attention: scale * (q k^T) v in each head, without softmax."""
    size, other = q.shape[-axes:], other_axes or axes
    q, k, v = tokens(q, heads, axes), tokens(k, heads, other), tokens(v, heads, other)
    y = v @ (k.transpose(-1, -2) @ q)
    return (scale * y).flatten(-3, -2).unflatten(-1, size)
''',
        ("tokens",),
    ),
    "attend_linear": Helper(
        '''
def attend_linear(q, k, v, heads, scale, axes=2, other_axes=None):
    """Spiking self-attention, scale * q (k^T v) in each head: linear in positions."""
    size, other = q.shape[-axes:], other_axes or axes
    q, k, v = tokens(q, heads, axes), tokens(k, heads, other), tokens(v, heads, other)
    y = (v @ k.transpose(-1, -2)) @ q
    return (scale * y).flatten(-3, -2).unflatten(-1, size)
''',
        ("tokens",),
    ),
    "matrix_product": Helper(
        '''
def matrix_product(a, b, heads=1, transpose="none", axes=2, other_axes=None):
    """The product of two matrices in each head: rows are positions, columns channels.

    Of values [..., C, *size]; `transpose` is none, left, right or both.
    """
    size = a.shape[a.dim() - axes :]
    a = tokens(a, heads, axes)
    b = tokens(b, heads, axes if other_axes is None else other_axes)
    a = a.transpose(-1, -2) if transpose in ("left", "both") else a
    b = b.transpose(-1, -2) if transpose in ("right", "both") else b
    y = (b @ a).flatten(-3, -2)
    if transpose in ("left", "both"):
        return y
    return y.unflatten(-1, size) if axes else y.squeeze(-1)
''',
        ("tokens",),
    ),
    "cost_volume": Helper('''
def cost_volume(left, right, planes, zero="right"):
    """Left features beside the right ones, shifted by 0 to `planes` - 1 pixels.

    [..., C, H, W] each, to [..., 2 * C, planes, H, W]; 0 where no pixel is.
    """
    width = left.shape[-1]
    shifted = [F.pad(right, (d, 0))[..., :width] for d in range(planes)]
    own = left.unsqueeze(-3).expand(*left.shape[:-2], planes, *left.shape[-2:])
    if zero == "both":
        column = torch.arange(width, device=left.device)
        shift = torch.arange(planes, device=left.device)[:, None]
        own = own * (column >= shift).to(own.dtype)[:, None]
    return torch.cat([own, torch.stack(shifted, -3)], -4)
'''),
    "resize_planes": Helper('''
def resize_planes(x, size, scale=1):
    """Planes of similarity, [..., 1, D, h, w] to [..., D * scale, H, W]."""
    flat = x.reshape(-1, 1, *x.shape[-3:])
    if scale == 1:
        flat = F.interpolate(flat[:, 0], size, mode="bilinear", align_corners=False)
    else:
        full = (scale * x.shape[-3], *size)
        flat = F.interpolate(flat, full, mode="trilinear", align_corners=False)[:, 0]
    return flat.unflatten(0, x.shape[:-4])
'''),
    "subpixel_disparity": Helper('''
def subpixel_disparity(planes, step, support):
    """Disparity in pixels: the mean of the best plane and those beside it.

    [..., D, H, W] to [..., 1, H, W]. Plane d is the similarity at a disparity of
    `step * d`; `support` planes to each side count, weighted by their softmax.
    """
    count = planes.shape[-3]
    offsets = torch.arange(-support, support + 1, device=planes.device)
    near = planes.detach().argmax(-3, keepdim=True) + offsets[:, None, None]
    inside = (near >= 0) & (near < count)
    window = planes.gather(-3, near.clamp(0, count - 1))
    weights = torch.softmax(window.masked_fill(~inside, -torch.inf), -3)
    return (weights * near).sum(-3, keepdim=True) * step
'''),
    "mean_disparity": Helper('''
def mean_disparity(planes, step):
    """Disparity in pixels: the mean of all planes, weighted by their softmax.

    [..., D, H, W] to [..., 1, H, W]. Plane d is the similarity at `step * d`.
    """
    count = planes.shape[-3]
    at = step * torch.arange(count, dtype=planes.dtype, device=planes.device)
    return (torch.softmax(planes, -3) * at[:, None, None]).sum(-3, keepdim=True)
'''),
}
"""By name."""
