"""Kernels of plug-ins, whose results are checked: a wrong one would be an error of another operation, or none."""

from collections.abc import Sequence

import torch
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, Kernel, State
from spikegraph.plugins.returned import described, returned_by


def checked(name: str, kernel: Kernel) -> Kernel:
    """A kernel that raises a TypeError or a ValueError where its result isn't that of its operation's type rule.

    Args:
        name: The name of the operation.
        kernel: The kernel.
    """

    def compute(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
        found = kernel(call, xs, state)
        if not _is_pair(found):
            why = f"the kernel of `{name}` returns {described(found)}, not its result and its state"
            raise returned_by(kernel, TypeError(f"{why}, which is None for an operation without one"))
        if not call.node.op.results:
            _check(name, kernel, call, xs, found[0])
        return found

    return compute


def _is_pair(found: object) -> bool:
    return isinstance(found, tuple) and len(found) == 2  # pyright: ignore[reportUnknownArgumentType]


def _check(name: str, kernel: Kernel, call: Call, xs: Sequence[Tensor], result: object) -> None:
    value, what = call.node.value, f"the kernel of `{name}` gives"
    if not isinstance(result, Tensor) or not result.is_floating_point():
        kind = f"{result.dtype} numbers" if isinstance(result, Tensor) else described(result)
        raise returned_by(kernel, TypeError(f"{what} {kind}, not a tensor of floating-point numbers"))
    if xs and (result.dtype is torch.float64) != any(x.dtype is torch.float64 for x in xs):
        raise returned_by(kernel, TypeError(f"{what} {result.dtype} numbers for operands of {xs[0].dtype}"))
    own = all(tuple(x.shape[x.dim() - len(v.size) :]) == v.size for x, v in zip(xs, call.operands, strict=True))
    lengths: list[int | None] = [value.channels, *(value.size if own else (None for _ in value.size))]
    batch = xs[0].shape[int(call.operands[0].steps)] if xs else None
    wanted = [*([call.steps] if value.steps else []), batch, *lengths]
    if len(wanted) != result.dim() or any(w is not None and w != n for w, n in zip(wanted, result.shape, strict=True)):
        shape = ", ".join("*" if n is None else str(n) for n in wanted)
        raise returned_by(kernel, ValueError(f"{what} {list(result.shape)}, but its type rule says [{shape}]"))
