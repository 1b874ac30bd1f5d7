"""Tensors that share numbers, as a tensor and its views do: what changes one of them in place changes the others."""

from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor, fx

from spikegraph.backends.torch.foreign.trace import VALUE


class Aliases:
    """The values of a computation by the numbers that they share.

    Args:
        nodes: The nodes, in the order of the code.
    """

    def __init__(self, nodes: Sequence[fx.Node]) -> None:
        self._at = defaultdict[int, list[fx.Node]](list)
        for node in nodes:
            value = node.meta.get(VALUE)
            if isinstance(value, Tensor) and value.numel():
                self._at[value.untyped_storage().data_ptr()].append(node)

    def of(self, node: fx.Node) -> list[fx.Node]:
        """The nodes whose values have numbers of a node's value, without the node."""
        value = node.meta.get(VALUE)
        if not isinstance(value, Tensor) or not value.numel():
            return []
        others = [n for n in self._at[value.untyped_storage().data_ptr()] if n is not node]
        return [n for n in others if n.meta[VALUE].dtype == value.dtype and _overlap(value, n.meta[VALUE])]


def _overlap(x: Tensor, y: Tensor) -> bool:
    """Whether two tensors of one storage have a number in common."""
    marks = torch.zeros(x.untyped_storage().nbytes() // x.element_size(), dtype=torch.bool)
    marks.as_strided(x.shape, x.stride(), x.storage_offset()).fill_(True)
    return bool(marks.as_strided(y.shape, y.stride(), y.storage_offset()).any())
