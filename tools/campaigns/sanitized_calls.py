"""Random calls of the native operators with a library that was compiled with sanitizers, which end the process at an error.

A program: `sanitized_calls.py LIBRARY SEED COUNT`. Prints the number of calls, and how many of them were refused with an error.
"""

import ctypes
import json
import math
import random
import sys
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.modules import convolution
from spikegraph.backends.torch.modules.bits import packed, unpacked
from spikegraph.backends.torch.native import build, winograd
from spikegraph.backends.torch.native.neuron import Constants, fire
from spikegraph.backends.torch.native.norms import NormOf
from spikegraph.backends.torch.native.sparse import SparsePasses, firing_rate
from spikegraph.backends.torch.native.surrogates import SURROGATES

TYPES = (torch.float32, torch.float64, torch.bfloat16)


def tight(values: Tensor, numbers: random.Random) -> Tensor:
    """The same values in random strides, in memory that ends with the last of them."""
    if values.numel() == 0:
        return values
    order = list(range(values.dim()))
    numbers.shuffle(order)
    if numbers.random() < 0.5:
        order = [0, 1, *range(3, values.dim()), 2] if values.dim() > 2 and numbers.random() < 0.5 else sorted(order)
    gap = numbers.choice((1, 1, 1, 2, 3))
    strides, step = [0] * values.dim(), 1
    for axis in reversed(order):
        strides[axis] = step
        step *= values.shape[axis]
        if axis == order[-1]:
            step *= gap
    size = 1 + sum((n - 1) * s for n, s in zip(values.shape, strides, strict=True))
    found = torch.empty(size, dtype=values.dtype).as_strided(values.shape, strides)
    return found.copy_(values)


def noise(shape: Sequence[int], dtype: torch.dtype, numbers: random.Random) -> Tensor:
    """Random numbers in random strides; sometimes the same at every time step."""
    values = torch.randn(tuple(shape)).to(dtype)
    if numbers.random() < 0.2:
        return tight(values[0], numbers).unsqueeze(0).expand(*shape)
    return tight(values, numbers)


def shape_of(numbers: random.Random) -> list[int]:
    """[T, N, C, *size] with zero to three spatial axes."""
    size = [numbers.randint(1, 9) for _ in range(numbers.randint(0, 3))]
    return [
        numbers.randint(1, 5),
        numbers.randint(1, 4),
        numbers.choice((1, 2, 3, 4, 5, 8, 12, 16, 24, 30, 64, 65, 130)),
        *size,
    ]


def backward(results: Sequence[Tensor], numbers: random.Random) -> None:
    """Takes gradients of random strides back through results; of one of them or of all."""
    used = [y for y in results if y.requires_grad]
    if used and numbers.random() < 0.3:
        used = [numbers.choice(used)]
    torch.autograd.backward(used, [tight(torch.randn(y.shape).to(y.dtype), numbers) for y in used])


def neurons(numbers: random.Random) -> None:
    """Norms, their sum and spiking neurons."""
    shape = shape_of(numbers)
    one = numbers.choice(TYPES)
    mixed = numbers.random() < 0.4
    terms = [noise(shape, numbers.choice(TYPES) if mixed else one, numbers) for _ in range(numbers.randint(1, 4))]
    for term in terms:
        term.requires_grad_(numbers.random() < 0.8)
    state = None
    if numbers.random() < 0.5:
        state = tight(torch.randn(shape[1:]).to(numbers.choice(TYPES)), numbers).requires_grad_(numbers.random() < 0.5)
    channels = shape[2]

    def norm() -> NormOf:
        kind = numbers.choice((torch.float32, torch.float64))
        weight, bias = (torch.randn(channels, dtype=kind).requires_grad_(numbers.random() < 0.8) for _ in range(2))
        return NormOf(weight, bias, torch.zeros(channels, dtype=kind), torch.ones(channels, dtype=kind), 1e-5, 0.1)

    norms = [norm() if numbers.random() < 0.6 else None for _ in terms]
    groups = numbers.choice([k for k in (1, 1, 2, 3, 4) if channels % k == 0])
    b = [numbers.uniform(0.5, 6) for _ in range(groups)]
    hard, detach = numbers.random() < 0.5, numbers.random() < 0.5
    constants = Constants(numbers.random(), numbers.uniform(0, 1), hard, numbers.choice(SURROGATES), b, detach)
    backward(fire(terms, norms, state, constants, training=numbers.random() < 0.5), numbers)


def convolutions(numbers: random.Random) -> None:
    """Convolutions of spikes that skip zeros, and the gradients of their weights."""
    axes, window, stride = numbers.choice((2, 3)), numbers.choice((3, 5)), numbers.choice((1, 2))
    channels, out = (
        numbers.choice((1, 3, 8, 17, 64, 257, 300)),
        [numbers.choice((1, 2, 5, 16, 33)) for _ in range(numbers.randint(1, 3))],
    )
    size = [numbers.randint(1, 5) for _ in range(axes - 1)] + [numbers.choice((1, 2, 7, 16, 67, 130))]
    shape, one = (numbers.randint(1, 3), channels, *size), numbers.choice(TYPES)
    x = tight((torch.rand(shape) < numbers.choice((0.0, 0.1, 0.5, 1.0))).to(one), numbers).requires_grad_(
        numbers.random() < 0.5
    )
    kind = numbers.choice((torch.float32, torch.float64))
    weights = [tight(torch.randn(o, channels, *[window] * axes, dtype=kind), numbers).requires_grad_() for o in out]
    biases = [torch.randn(o, dtype=kind).requires_grad_() for o in out] if numbers.random() < 0.5 else []
    y = convolution.convolve(x, weights, biases, stride, line=size[-1])
    backward([y], numbers)
    # The operator of the gradients by itself, with gradients of any type.
    with torch.no_grad():
        grad = tight(torch.randn(y.shape).to(numbers.choice(TYPES)), numbers)
        torch.ops.spikegraph.convolve_backward(grad, x, weights, stride, size[-1], None, [False, True, True])


def bits(numbers: random.Random) -> None:
    """Spikes packed into bits and unpacked."""
    x = (torch.rand(shape_of(numbers)) < 0.5).to(numbers.choice(TYPES))
    assert torch.equal(unpacked(packed(x), list(x.shape), x.dtype), x)
    packed(tight(x, numbers))


def rates(numbers: random.Random) -> None:
    """The firing rate, estimated from some pixels."""
    shape = [numbers.randint(1, 4), numbers.choice((1, 3, 16, 17, 64, 300)), numbers.randint(1, 20), numbers.randint(1, 20)]
    x = (torch.rand(shape) < 0.5).to(numbers.choice(TYPES)).contiguous(memory_format=torch.channels_last)
    assert 0 <= firing_rate(x) <= 1


KINDS: tuple[Callable[[random.Random], None], ...] = (neurons, neurons, neurons, convolutions, convolutions, bits, rates)


def main(library: str, seed: str, count: str) -> None:
    """Makes the calls."""
    sanitized: Any = ctypes.CDLL(library)
    build._attempt = lambda: sanitized
    convolution.sparse.faster_passes = lambda *_: SparsePasses(forward=True, weights=True)
    winograd.CHANNELS, winograd.SHARE = 1, math.inf
    torch.manual_seed(int(seed))
    numbers, refused = random.Random(int(seed)), 0
    for number in range(int(count)):
        torch.set_num_threads(numbers.choice((1, 2, 3)))
        one = random.Random(int(seed) * 1_000_003 + number)
        try:
            numbers.choice(KINDS)(one)
        except (ValueError, RuntimeError) as error:
            print(f"call {number} was refused: {error}", file=sys.stderr)
            refused += 1
    print(json.dumps({"calls": int(count), "refused": refused}))


if __name__ == "__main__":
    main(*sys.argv[1:])
