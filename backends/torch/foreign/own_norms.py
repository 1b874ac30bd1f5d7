"""Batch norms that are written by hand: a layer is called with numbers of which it is known what a norm makes of them."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import permutations, product
from typing import Any, cast

import torch
from torch import Tensor, nn

from spikegraph.backends.torch.foreign.exact import exact
from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.known.layers import EVALUATION
from spikegraph.foreign.norm_by_hand import BY_HAND, NormByHand

CLOSE = 1e-9
"""How far a layer's numbers may be from those of a norm."""

LARGEST = 4
"""The largest size of a dimension but that of the channels with which a layer is called."""


def find_norms(module: nn.Module, inputs: Sequence[Tensor], is_leaf: Callable[[nn.Module], bool]) -> None:
    """Marks the layers of a module that compute a batch norm by code of their own.

    Args:
        module: The module, which is called once if it has layers with the tensors of a norm.
        inputs: An example.
        is_leaf: Which layers are known anyway.

    Raises:
        ForeignError: The module is in training mode, in which a layer isn't the norm that it is in evaluation.
    """
    named = cast("Iterator[tuple[str, nn.Module]]", module.named_modules())
    candidates = {name: part for name, part in named if not is_leaf(part) and _roles(part)}
    if not candidates:
        return
    again, shapes = copy.deepcopy(module).eval(), dict[str, tuple[int, ...]]()

    def note(name: str) -> Any:
        def look(_: nn.Module, given: tuple[Any, ...]) -> None:
            if len(given) == 1 and isinstance(given[0], Tensor):
                shapes.setdefault(name, tuple(given[0].shape))

        return look

    for name in candidates:
        again.get_submodule(name).register_forward_pre_hook(note(name))
    try:
        with torch.no_grad():
            again(*(x.clone() for x in inputs))
    except Exception:  # noqa: BLE001 what is wrong with the module is said where it is read
        return
    for name, shape in shapes.items():
        part = candidates[name]
        found = _norm(part, shape, training=module.training)
        if found is not None:
            vars(part)[BY_HAND] = found
        elif module.training and _norm(part, shape, training=False) is not None:
            where = f"`{name}`" if name else "the module"
            raise ForeignError(
                f"{where}, {type(part).__name__}: it is a batch norm in evaluation, but not in training",
                "take mean and variance over all dimensions but the channels, and keep them as nn.BatchNorm2d does; "
                f"or {EVALUATION}",
            )


def _roles(part: nn.Module) -> list[dict[str, str]]:
    """Which tensors of a layer could be those of a norm: two buffers, and no or two parameters, with as many numbers each."""
    tensors = {n: x for n, x in part.named_buffers(recurse=False) if x.is_floating_point()}
    learned = dict(part.named_parameters(recurse=False))
    counts = {x.numel() for x in (*tensors.values(), *learned.values())}
    if next(part.children(), None) is not None or len(tensors) != 2 or len(learned) not in (0, 2) or len(counts) != 1:
        return []
    statistics = [dict(zip(("running_mean", "running_var"), names, strict=True)) for names in permutations(tensors)]
    affine = [dict(zip(("weight", "bias"), names, strict=False)) for names in permutations(learned)]
    return [{**a, **b} for a, b in product(statistics, affine)]


def _norm(part: nn.Module, shape: Sequence[int], *, training: bool) -> NormByHand | None:
    """What a layer computes if it is a norm; in training too if the module is in training mode."""
    channels = next(part.buffers()).numel()
    for roles in _roles(part):
        for dimension in (k for k, n in enumerate(shape) if n == channels):
            sizes = [n if k == dimension else min(max(n, 2), LARGEST) for k, n in enumerate(shape)]
            try:
                with torch.no_grad(), exact():
                    found = _Probe(part, roles, dimension, sizes).norm(training=training)
            except Exception:  # noqa: BLE001 it can't be called so: it is no norm
                continue
            if found is not None:
                return found
    return None


class _Probe:
    """A layer with numbers at random in its tensors."""

    def __init__(self, part: nn.Module, roles: Mapping[str, str], dimension: int, sizes: Sequence[int]) -> None:
        self.part, self.roles, self.dimension = copy.deepcopy(part).double(), roles, dimension
        self.generator = torch.Generator().manual_seed(0)
        self.axes = [k for k in range(len(sizes)) if k != dimension]
        self.x = self.drawn(*sizes) * torch.where(self.drawn(*sizes) > 0, 1.0, 10.0)  # what is cut off is no norm
        self.along = [n if k == dimension else 1 for k, n in enumerate(sizes)]

    def drawn(self, *sizes: int) -> Tensor:
        """Numbers of both signs that aren't near 0."""
        numbers = torch.rand(sizes, generator=self.generator, dtype=torch.float64) * 2 - 1
        return numbers + numbers.sign() / 2

    def set(self, **values: Tensor | float) -> dict[str, Tensor]:
        """Fills the layer's tensors; others have numbers at random."""
        found: dict[str, Tensor] = {}
        for role, name in self.roles.items():
            tensor: Tensor = getattr(self.part, name)
            given = values.get(role)
            drawn = self.drawn(*tensor.shape)
            drawn = drawn.abs() if role == "running_var" else drawn
            tensor.data = drawn if given is None else torch.zeros_like(tensor) + given
            found[role] = tensor.detach().clone().reshape(self.along)
        return found

    def called(self) -> Tensor:
        return self.part(self.x.clone())

    def norm(self, *, training: bool) -> NormByHand | None:
        """The norm, from four calls in evaluation, and two in training, which may fail if the module is in evaluation mode."""
        self.part.eval()
        one, two, three = (self._ratio(variance) for variance in (1e-4, 3e-4, 1.0))
        if one is None or two is None or three is None or not one > two > three > 0:
            return None
        square = 2e-4 / (two**-2 - one**-2)  # (variance + eps) / scale^2 is one over the square of a ratio
        eps = _rounded(square / one**2 - 1e-4, 6)
        if eps <= 0:
            return None
        scale, given = _rounded(three * (1 + eps) ** 0.5, 15), self.set()
        if not self._is(self.called(), given, given["running_mean"], given["running_var"], scale, eps):
            return None
        try:
            momentum = self._momentum(scale, eps)
        except Exception:  # noqa: BLE001 it can't be called in training
            momentum = None
        if momentum is None and training:
            return None
        return NormByHand(self.dimension, scale, eps, 0.1 if momentum is None else momentum, tuple(self.roles.items()))

    def _ratio(self, variance: float) -> float | None:
        """How many times its input the layer gives, with this variance; None if that isn't the same everywhere."""
        self.set(weight=1.0, bias=0.0, running_mean=0.0, running_var=variance)
        ratio = self.called() / self.x
        first = float(ratio.flatten()[0])
        return first if torch.allclose(ratio, torch.full_like(ratio, first), rtol=CLOSE, atol=0) else None

    def _momentum(self, scale: float, eps: float) -> float | None:
        """The share of a batch in the statistics, the same in two calls; None if it isn't a norm in training."""
        self.part.train()
        count = self.x.numel() // self.x.shape[self.dimension]
        variance, mean = torch.var_mean(self.x, self.axes, correction=0, keepdim=True)
        found: list[float] = []
        for _ in range(2):
            before = self.set()
            if not self._is(self.called(), before, mean, variance, scale, eps):
                return None
            after = {role: getattr(self.part, self.roles[role]).detach().reshape(self.along) for role in STATISTICS}
            moved = (after["running_mean"] - before["running_mean"]) / (mean - before["running_mean"])
            found.append(_rounded(float(moved.flatten()[0]), 12))
            for role, batch in zip(STATISTICS, (mean, variance * count / (count - 1)), strict=True):
                if not torch.allclose(after[role], before[role] + found[-1] * (batch - before[role]), rtol=0, atol=CLOSE):
                    return None
        return found[0] if found[0] == found[1] and 0 <= found[0] <= 1 else None

    def _is(self, y: Tensor, given: Mapping[str, Tensor], mean: Tensor, variance: Tensor, scale: float, eps: float) -> bool:
        normed = scale * (self.x - mean) / torch.sqrt(variance + eps) * given.get("weight", 1.0) + given.get("bias", 0.0)
        return y.shape == normed.shape and torch.allclose(y, normed, rtol=CLOSE, atol=CLOSE)


STATISTICS = ("running_mean", "running_var")
"""The running statistics of a norm."""


def _rounded(x: float, digits: int) -> float:
    """A number as code has it, from one with errors of rounding."""
    return float(f"{x:.{digits}g}")
