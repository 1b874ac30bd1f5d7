"""Where the learned numbers of a layer of neurons lie: one for the layer, or one for each channel, along the channels."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor, fx, nn

from spikegraph.backends.torch.foreign.cycles import Cycle, is_constant
from spikegraph.backends.torch.foreign.one_step import OneStep
from spikegraph.backends.torch.foreign.trace import VALUE, path_in_root
from spikegraph.foreign.errors import ForeignError


@dataclass(frozen=True)
class LearnedShapes:
    """The learned numbers of a layer of neurons.

    Attributes:
        step: The time step that it is in.
        cycle: Its nodes.
        channels: The channels of its result.
        leading: The dimensions before the channels.
        refuse: Makes the error from why and what to do.
    """

    step: OneStep
    cycle: Cycle
    channels: int
    leading: int
    refuse: Callable[[str, str], ForeignError]

    @cached_property
    def fixed(self) -> set[fx.Node]:
        """The nodes that are computed from learned numbers and constants alone."""
        found = set[fx.Node]()
        for node in self.cycle.nodes:
            takes = self.step.takes(node)
            if takes and all(not t.before and (is_constant(t.node) or t.node in found) for t in takes):
                found.add(node)
        return found

    def check(self, node: fx.Node) -> None:
        """Checks that what a function takes of numbers of each channel lies along the channels of its result.

        Raises:
            ForeignError: It lies along another dimension.
        """
        if node in self.fixed:
            return
        axes: int = node.meta[VALUE].dim()
        wanted = [self.channels if k == self.leading else 1 for k in range(axes)]
        for given in node.all_input_nodes:
            value, path = given.meta[VALUE], self._path(given)
            if path is not None and value.numel() > 1 and [*[1] * (axes - value.dim()), *value.shape] != wanted:
                raise self.misshapen(path, value)

    def misshapen(self, path: str, value: Tensor) -> ForeignError:
        """The error that numbers have another shape: raise it."""
        behind = self.cycle.outside[0].meta[VALUE].dim() - self.leading - 1
        return self.refuse(
            f"`{path}` has the shape {list(value.shape)}",
            f"use one number for the layer, or one for each channel, {[self.channels, *[1] * behind]}",
        )

    def _path(self, node: fx.Node) -> str | None:
        """The first nn.Parameter from which a tensor is computed, if from nothing but such and constants."""
        if node.op == "get_attr":
            return path_in_root(str(node.target)) if isinstance(node.meta[VALUE], nn.Parameter) else None
        paths = map(self._path, node.all_input_nodes) if node in self.fixed else ()
        return next((path for path in paths if path is not None), None)
