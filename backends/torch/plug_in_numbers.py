"""Runs an operation of a plug-in alone, to see which numbers it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from spikegraph.backends.torch.kernels import KERNELS
from spikegraph.backends.torch.kernels.stateful import without_equations
from spikegraph.backends.torch.lowering import lower
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.wiring import Input
from spikegraph.ir.stage import Stage
from spikegraph.ir.types import Kind, Value

if TYPE_CHECKING:
    from spikegraph.ir.graph import Node

_STEPS = 8
_SCALES = (0.3, 1.0, 4.0, 16.0)
"""Standard deviations of the real inputs, a sample each."""

_LARGEST = 8
"""Largest size of an input along an axis."""


def wrong_number(node: Node, time: int | None) -> float | None:
    """A number that an operation gives for random inputs, and that its type excludes; None if there is none.

    Args:
        node: An operation of spikes, counts or signs; one without a kernel or equations isn't run.
        time: Time steps of its network, if they are known.
    """
    if node.op.name not in KERNELS or without_equations(node) is not None:
        return None
    with torch.random.fork_rng(devices=[]), torch.no_grad():  # pyright: ignore[reportUnknownMemberType]
        torch.manual_seed(0)  # pyright: ignore[reportUnknownMemberType]
        alone = _alone(node, time)
        given = {name: _random(alone.node(name).value, time or _STEPS) for name in alone.inputs()}
        model = lower(alone).eval()
        (found,) = model.run(given, wanted=model.outputs)[0].values()
    least = -1 if node.value.kind is Kind.EVENTS else 0
    wrong = found[(found != found.round()) | (found < least) | (found > node.value.bound)]  # one that is no number too
    return float(wrong[0]) if len(wrong) else None


def _alone(node: Node, time: int | None) -> Graph:
    out = Graph("plug-in", Stage.LOWERED, time)
    given: list[str] = []
    for i, value in enumerate(node.operand_values):
        size = tuple(min(n, _LARGEST) for n in value.size)
        op = Input(kind=value.kind, channels=value.channels, size=size, steps=value.steps)
        given.append(out.add(f"x{i}", op, (), node.span))
    out.outputs = {"y": out.add(node.path, node.op, tuple(given), node.span, node.notes)}
    return out


def _random(value: Value, steps: int) -> Tensor:
    """Random numbers of a type, [T, N, C, *size], or [N, C, *size] if they are the same at each step."""
    shape = (*((steps,) if value.steps else ()), len(_SCALES), *value.shape)
    if value.kind is Kind.REAL:
        return torch.randn(shape) * torch.tensor(_SCALES).reshape(-1, *[1] * len(value.shape))
    return torch.randint(-1 if value.kind is Kind.EVENTS else 0, value.bound + 1, shape).float()
