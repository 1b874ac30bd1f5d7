"""Kernels of norms and linear layer."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Shaped
from torch import Tensor, nn

from spikegraph.backends.distributed.norm import numbers_of_all, share, synchronised_norm, synchronising
from spikegraph.backends.torch.kernels.base import Call, State, flat, kernel, over_time, positioned, real, unflat
from spikegraph.backends.torch.memory import joined, with_own_strides
from spikegraph.backends.torch.native.norms import NormOf
from spikegraph.base.errors import InputError, UntrainableError
from spikegraph.ir.graph import Node
from spikegraph.ir.ops.convolution import Linear
from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.ops.wide import WideNorm


@kernel(Norm, WideNorm)
def norm(call: Call[Norm | WideNorm], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Norm of [T, N, C, *size]; batch norm in training over the batch, time steps and pixels, else with the running statistics.

    With a factor for each step, the state is the number of steps that were computed.
    """
    (x,), (value,), op = xs, call.operands, call.node.op
    if isinstance(op, Norm) and op.kind != "batch":
        y = unbatched(real(x), op, call.weights, len(value.size))
    else:
        require_variance(call, x)
        found = norm_of(call.leaves, op.eps, op.momentum)
        if call.training and call.within is not None and value.steps:
            y = normed_within(x, found, call.within, synchronised=synchronised(call))
        else:
            y = unflat(normed(flat(x, value), found, training=call.training, synchronised=synchronised(call)), x, value)
        if call.training:
            write_back(found, call.leaves)
        if isinstance(op, Norm) and op.margin:
            y = with_margin(y, found, op.margin, len(value.size))
    if not isinstance(op, Norm) or op.steps is None:
        return y, None
    assert call.weights is not None
    factors: Tensor = call.weights.step_weight  # type: ignore[assignment]
    start = 0 if state is None else int(state)
    end = start + call.steps
    if end > op.steps:
        raise InputError(f"`{call.node.name}` has factors for {op.steps} time steps, not for {end}")
    return over_time(y, value, call.steps) * factors[start:end].view(-1, *[1] * (y.dim() - value.steps)), torch.tensor(
        end, device="cpu"
    )


def with_margin(y: Float[Tensor, " *value"], norm: NormOf, margin: int, axes: int) -> Float[Tensor, " *wider"]:
    """A norm's result [..., C, *size] in the middle of what the norm gives for 0, which has no gradient."""
    with torch.no_grad():
        outside = norm.bias - norm.mean * norm.weight * torch.rsqrt(norm.var + norm.eps)
    around = [margin] * (2 * axes)
    inside = F.pad(torch.ones(y.shape[-axes:], dtype=torch.bool, device=y.device), around)
    return torch.where(inside, F.pad(y, around), positioned(outside, axes))


def norm_of(leaves: Sequence[nn.Module], eps: float, momentum: float) -> NormOf:
    """The joined norms of these leaves; a single norm's own tensors, not copies. Without weight and bias these are 1 and 0."""
    mean, var = (joined([getattr(leaf, name) for leaf in leaves]) for name in ("running_mean", "running_var"))
    if not hasattr(leaves[0], "weight"):
        return NormOf(torch.ones_like(mean), torch.zeros_like(mean), mean, var, eps, momentum)
    weight, bias = (joined([getattr(leaf, name) for leaf in leaves]) for name in ("weight", "bias"))
    return NormOf(weight, bias, mean, var, eps, momentum)


def unbatched(x: Float[Tensor, " *value"], op: Norm, weights: nn.Module | None, axes: int) -> Float[Tensor, " *value"]:
    """Norm of [T, N, C, *size] over the spatial axes, the last two of them, or the channels at each position."""
    over = {"instance": tuple(range(-axes, 0)), "plane": (-2, -1)}.get(op.kind, -1 - axes)
    variance, mean = torch.var_mean(x, over, correction=0, keepdim=True)
    y = (x - mean) * torch.rsqrt(variance + op.eps)
    if not op.affine:
        return y
    weight, bias = (positioned(getattr(weights, name), axes) for name in ("weight", "bias"))
    return y * weight + bias


def require_variance(call: Call, x: Shaped[Tensor, " *value"]) -> None:
    """Checks that a batch norm's input [T, N, C, *size] has several values of each channel in training: one has no variance.

    Raises:
        UntrainableError: It has one.
    """
    if not call.training or synchronised(call):
        return
    of_samples = x.dim() > 2 + len(call.node.value.size) and call.within is not None
    values = x[call.within] if of_samples else x
    if values.numel() <= call.node.value.channels:
        raise UntrainableError(
            f"`{call.node.name}` ({call.node.span.start}) normalises one value of each channel, which has no variance",
            "use a larger `batch` that leaves no single sample for the last one, a larger map, or no norm here",
        )


def synchronised(call: Call) -> bool:
    """Whether a norm takes its statistics from the samples of all processes, because `sync-norm` marked it."""
    return call.training and bool(call.node.notes.get("synchronised")) and synchronising()


def share_of(call: Call) -> float | None:
    """By what this process's samples count in statistics of all processes; None where statistics are its own."""
    return share() if synchronised(call) else None


def normed(
    x: Float[Tensor, "B C *size"], norm: NormOf, *, training: bool, synchronised: bool = False
) -> Float[Tensor, "B C *size"]:
    """The batch norm of [B, C, *size] with operations of torch."""
    if synchronised:
        return synchronised_norm(x, norm.weight, norm.bias, norm.mean, norm.var, norm.momentum, norm.eps)
    ambiguous = torch.is_grad_enabled() and 1 in x.shape
    x = with_own_strides(x) if ambiguous else x
    # Autograd keeps the statistics, and another use of the norm changes its own.
    mean, var = (norm.mean.clone(), norm.var.clone()) if training else (norm.mean, norm.var)
    y = F.batch_norm(x, mean, var, norm.weight, norm.bias, training, norm.momentum, norm.eps)
    if training:
        norm.mean.copy_(mean)
        norm.var.copy_(var)
    return with_own_strides(y) if ambiguous else y


def normed_within(
    x: Float[Tensor, "T N C *size"], norm: NormOf, within: Bool[Tensor, "T N"], *, synchronised: bool
) -> Float[Tensor, "T N C *size"]:
    """The batch norm of [T, N, C, *size] in training, over the samples' own steps; 0 at the others."""
    own = normed(x[within], norm, training=True, synchronised=synchronised)
    return own.new_zeros(x.shape).index_put((within,), own)


def require_same_steps(node: Node, steps: int) -> None:
    """Checks that all processes run a loop equally often, whose norms take the statistics of each step from all of them.

    Args:
        node: A norm in the loop.
        steps: The number of time steps of this process's samples.

    Raises:
        UntrainableError: Another process has another number.
    """
    if synchronising() and len(found := sorted(set(numbers_of_all(steps)))) > 1:
        summary = (
            f"`{node.name}` ({node.span.start}) is in a loop, and takes its statistics from all processes at each step, but"
            f" their samples have {found[0]} and {found[-1]} steps"
        )
        raise UntrainableError(summary, "train in one process, or give all samples the same number of time steps")


def write_back(norm: NormOf, leaves: Sequence[nn.Module]) -> None:
    """Copies the updated running statistics of joined norms back to each norm."""
    if len(leaves) == 1:
        return
    sizes = [len(leaf.running_mean) for leaf in leaves]  # type: ignore[arg-type]
    for leaf, mean, var in zip(leaves, torch.split(norm.mean, sizes), torch.split(norm.var, sizes), strict=True):
        leaf.running_mean.copy_(mean)  # type: ignore[operator]
        leaf.running_var.copy_(var)  # type: ignore[operator]


@kernel(Linear)
def linear(call: Call[Linear], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Linear layer over the channels, [..., C] to [..., out]."""
    assert call.weights is not None
    weight: Tensor = call.weights.weight  # type: ignore[assignment]
    if xs[0].shape[-1] != weight.shape[1]:
        declared = f"`{call.node.name}` takes {weight.shape[1]} numbers, not {xs[0].shape[-1]}"
        raise InputError(f"{declared}: a network that flattens needs inputs of the size that its spec declares")
    if not call.node.op.autapses:
        weight = weight.masked_fill(torch.eye(len(weight), dtype=torch.bool, device=weight.device), 0)
    return F.linear(xs[0].to(weight.dtype), weight, getattr(call.weights, "bias", None)), None
