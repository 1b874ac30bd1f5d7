"""Tensors of the module itself that its code brings to another shape before something takes them."""

from dataclasses import replace
from typing import Any

import torch
from torch import fx

from spikegraph.backends.torch.foreign.elementwise import CASTS
from spikegraph.foreign.statements import Own

ARRANGES = (
    "expand", "repeat", "reshape", "view", "flatten", "unflatten", "unsqueeze", "squeeze", "permute", "transpose", "swapaxes",
    "swapdims", "movedim", "getitem", "t", "T", "mT",
)  # fmt: skip
"""Functions and methods whose result has the numbers of a tensor in other places, by the last part of their names."""


def arranged(node: fx.Node, name: str, args: Any, kwargs: Any) -> Own | None:
    """A tensor of the module in another shape; None if a node isn't one."""
    last = name.rpartition(".")[2]
    if not args or not isinstance(args[0], Own) or any(isinstance(a, Own) for a in (*args[1:], *kwargs.values())):
        return None
    own, target = args[0], node.target
    if last in CASTS:
        return own
    if last not in ARRANGES:
        return None
    if node.op == "call_method":
        target = getattr(torch.Tensor, str(target))
    assert callable(target)
    return replace(own, places=target(own.placed, *args[1:], **kwargs))
