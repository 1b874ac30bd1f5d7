"""Which spikes and which surrogate gradient a function of a tensor computes, found by calling it with many numbers.

A function that fires is a step from 0 to 1. Its backward is compared, in float64, with every surrogate that is registered,
at thousands of distances from the step, at its ends too.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from spikegraph.backends.torch.foreign.exact import exact
from spikegraph.backends.torch.modules.surrogate_gradient import GRADIENTS
from spikegraph.ir.surrogates import SURROGATES

CLOSE = 1e-12
"""How far derivatives may be apart, relative to the largest."""

SMALLEST = 1e-300
"""Derivatives below this, such as those at the ends of a Gaussian, have no whole precision."""

REACH, FARTHEST = 64.0, 1e30
"""The step is searched from minus the one number to the other, densely up to the first."""

Function = Callable[[Tensor], Tensor]


class NotAStepError(Exception):
    """Why a function isn't one that fires; the second text says what to do."""

    def __init__(self, why: str, instead: str) -> None:
        super().__init__(why)
        self.why, self.instead = why, instead


@dataclass(frozen=True)
class Fired:
    """A function that fires.

    Attributes:
        threshold: Where its step is.
        at: Whether it fires above that number, or when it is reached.
        surrogate: Name and b of its surrogate; None if its gradient is 0.
        scale: What the surrogate is multiplied by.
    """

    threshold: float
    at: Literal["above", "reached"]
    surrogate: tuple[str, float] | None
    scale: float = 1.0


def fired(function: Function) -> Fired:
    """What a function fires at, and its surrogate.

    Args:
        function: From numbers [...] to spikes [...].

    Raises:
        NotAStepError: It is no step, or its gradient isn't that of a surrogate.
    """
    with exact(), torch.enable_grad():
        return _fired(function)


def _fired(function: Function) -> Fired:
    threshold, at = _step(function)
    places = _distances()
    slopes = _slopes(function, threshold, places)
    if not bool(slopes.any()):
        return Fired(threshold, at, None)
    end = _end(function, threshold, slopes, places)
    if end is not None:
        beside = torch.tensor([end * (1 - 1e-9), end, end * (1 + 1e-9)], dtype=torch.float64)
        places = torch.cat([places, beside, -beside])
        slopes = _slopes(function, threshold, places)
    found = next(_matches((places + threshold) - threshold, slopes, end), None)
    if found is None:
        raise NotAStepError(
            "its gradient is that of no surrogate of the language",
            f"use one of {', '.join(sorted(SURROGATES))}, or register it with register_surrogate",
        )
    (name, b), scale = found
    return Fired(threshold, at, (name, b), scale)


def _spikes(function: Function, x: Tensor) -> Tensor:
    with torch.no_grad():
        return function(x.clone()).double()


def _step(function: Function) -> tuple[float, Literal["above", "reached"]]:
    """Where a function rises from 0 to 1, and whether it does so above that number or at it."""
    far = torch.logspace(math.log10(REACH), math.log10(FARTHEST), 1024, dtype=torch.float64)[1:]
    grid = torch.cat([-far.flip(0), torch.linspace(-REACH, REACH, 4097, dtype=torch.float64), far])
    y = _spikes(function, grid)
    if y.shape != grid.shape or not bool(((y == 0) | (y == 1)).all()):
        raise NotAStepError("its result isn't 0 or 1", "let `forward` return 1 above a threshold, and 0 elsewhere")
    rises = [int(k) for k in torch.nonzero(y[1:] != y[:-1]).flatten()]
    if len(rises) != 1 or y[0] != 0:
        raise NotAStepError("it doesn't rise once from 0 to 1", "let it fire above a threshold")
    shuffled = torch.randperm(len(grid), generator=torch.Generator().manual_seed(0))
    if not torch.equal(_spikes(function, grid[shuffled]), y[shuffled]):
        raise NotAStepError("a spike depends on other numbers too", "let each spike depend on its own potential alone")
    low, high = float(grid[rises[0]]), float(grid[rises[0] + 1])
    while math.nextafter(low, high) < high:
        middle = low + (high - low) / 2
        if float(_spikes(function, torch.tensor([middle], dtype=torch.float64))) == 0:
            low = middle
        else:
            high = middle
    return (high, "reached") if len(repr(high)) < len(repr(low)) else (low, "above")


def _distances() -> Tensor:
    """Distances from the step, on both sides: near, far, and 0."""
    generator = torch.Generator().manual_seed(1)
    near = torch.rand(512, generator=generator, dtype=torch.float64) * 4
    far = torch.rand(64, generator=generator, dtype=torch.float64) * 40
    tiny = torch.logspace(-9, 0, 64, dtype=torch.float64)
    whole = torch.arange(1, 17, dtype=torch.float64) / 4
    positive = torch.cat([near, far, tiny, whole])
    return torch.cat([positive, -positive, torch.zeros(1, dtype=torch.float64)])


def _slopes(function: Function, threshold: float, places: Tensor) -> Tensor:
    """The derivative that a function gives at these distances from its step."""
    x = (places + threshold).requires_grad_()
    given = torch.linspace(1, 3, len(places), dtype=torch.float64)
    y = function(x)
    if not y.requires_grad:
        return torch.zeros_like(places)
    (found,) = torch.autograd.grad(y, x, given.to(y.dtype), allow_unused=True, materialize_grads=True)
    (half,) = torch.autograd.grad(function(x), x, given.to(y.dtype) / 2, allow_unused=True, materialize_grads=True)
    slopes = found.double() / given
    if not torch.allclose(half.double() * 2, found.double(), rtol=CLOSE, atol=SMALLEST):
        raise NotAStepError(
            "its gradient isn't what comes from behind times a number",
            "multiply grad_output by the surrogate, and nothing else",
        )
    order = torch.randperm(len(places), generator=torch.Generator().manual_seed(2))
    x = (places[order] + threshold).requires_grad_()
    (again,) = torch.autograd.grad(
        function(x), x, torch.ones(len(places), dtype=y.dtype), allow_unused=True, materialize_grads=True
    )
    if not torch.allclose(again.double(), slopes[order], rtol=CLOSE, atol=CLOSE):
        raise NotAStepError("its gradient depends on other numbers too", "let it depend on the potential alone")
    return slopes


def _end(function: Function, threshold: float, slopes: Tensor, places: Tensor) -> float | None:
    """The distance at which the derivative becomes 0, if it does; a surrogate has to be equal at it too, and on both sides."""
    inside = places[(slopes != 0) & (places > 0)]
    beyond = places[(slopes == 0) & (places > 0)]
    if not len(inside) or not len(beyond):
        return None
    low = float(inside.max())
    beyond = beyond[beyond > low]
    if not len(beyond):
        return None
    high = float(beyond.min())
    while high - low > CLOSE * high:
        middle = low + (high - low) / 2
        if bool(_slopes(function, threshold, torch.tensor([middle, middle], dtype=torch.float64))[0]):
            low = middle
        else:
            high = middle
    return _rounded(high)


def _matches(places: Tensor, slopes: Tensor, end: float | None) -> Iterator[tuple[tuple[str, float], float]]:
    """The surrogates that are equal to a derivative, those that need no factor first."""
    largest = float(slopes.abs().max())
    at_zero = float(slopes[places.abs().argmin()])
    if at_zero <= 0:
        return
    found = list[tuple[tuple[str, float], float]]()
    for name in SURROGATES:
        if name not in GRADIENTS:
            continue
        for b, scale in _candidates(name, places, slopes, at_zero, end):
            ours = GRADIENTS[name](places.clone(), b).double() * scale
            if float((ours - slopes).abs().max()) <= CLOSE * max(largest, 1e-300):
                found.append(((name, b), scale))
                break
    yield from sorted(found, key=lambda match: match[1] != 1)


def _candidates(name: str, places: Tensor, slopes: Tensor, at_zero: float, end: float | None) -> Iterator[tuple[float, float]]:
    """Values of b, with a factor, for which a surrogate is equal to a derivative at 0 and at another distance."""
    widths = () if end is None else (1 / (2 * end), 1 / end)
    for b in (_of_height(name, at_zero), *widths, _of_shape(name, places, slopes, at_zero)):
        if b is not None:
            value = _rounded(b)
            yield value, _rounded(at_zero / _at(name, 0.0, value))


def _at(name: str, x: float, b: float) -> float:
    return float(GRADIENTS[name](torch.tensor([x], dtype=torch.float64), b)[0])


def _rounded(value: float) -> float:
    """A number as it was probably written, if that is the same up to rounding."""
    short = float(f"{value:.9g}")
    return short if abs(short - value) <= 1e-11 * abs(value) else value


def _solved(function: Callable[[float], float], wanted: float) -> float | None:
    """The b for which a function that only rises or falls has a value."""
    low, high = 1e-6, 1e6
    rises = function(high) > function(low)
    if not min(function(low), function(high)) <= wanted <= max(function(low), function(high)):
        return None
    for _ in range(64):
        middle = math.sqrt(low * high)
        if (function(middle) < wanted) == rises:
            low = middle
        else:
            high = middle
    return math.sqrt(low * high)


def _of_height(name: str, at_zero: float) -> float | None:
    """The b for which a surrogate has this height; None if its height isn't changed by b."""
    if _at(name, 0.0, 1.0) == _at(name, 0.0, 2.0):
        return None
    return _solved(lambda b: _at(name, 0.0, b), at_zero)


def _of_shape(name: str, places: Tensor, slopes: Tensor, at_zero: float) -> float | None:
    """The b for which a surrogate falls from its height as far as the derivative does."""
    share = slopes / at_zero
    inside = torch.nonzero((share > 0.05) & (share < 0.95) & (places > 0)).flatten()
    if not len(inside):
        return None
    at = int(inside[(share[inside] - 0.5).abs().argmin()])
    x, wanted = float(places[at]), float(share[at])
    return _solved(lambda b: _at(name, x, b) / _at(name, 0.0, b), wanted)
