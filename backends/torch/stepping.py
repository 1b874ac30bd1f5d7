"""A sequence that is run one time step at a time; which networks can be, and which take sequences of different lengths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from jaxtyping import Bool, Int
from torch import Tensor

from spikegraph.backends.torch.modules.sequence import within_lengths
from spikegraph.backends.torch.plan import States, Watch
from spikegraph.base.errors import InputError, NotStreamableError, UntrainableError
from spikegraph.ir.graph import Graph
from spikegraph.ir.stepwise import AT_THE_END, not_stepwise, of_all_steps


class Steps(Protocol):
    """A network that runs one time step: `Model`."""

    graph: Graph

    def step(
        self,
        inputs: Mapping[str, Tensor],
        state: States | None = None,
        wanted: tuple[str, ...] = (),
        *,
        watch: Watch | None = None,
    ) -> tuple[dict[str, Tensor], States]:
        """Computes one time step; returns the wanted values and the state behind it."""
        ...


def require_steps(graph: Graph) -> None:
    """Checks that a network can be run one time step at a time.

    Raises:
        NotStreamableError: An operation needs later time steps.
    """
    for node, reason in not_stepwise(graph):
        summary = f"{node.span.start}: `{node.name}` {reason}, so the network can't run step by step"
        fix = AT_THE_END.get(reason, f"use another operation than `{node.op.name}`")
        raise NotStreamableError(summary, f"run whole sequences, or {fix}")


def own_steps(
    graph: Graph, inputs: Mapping[str, Tensor], lengths: Int[Tensor, " N"], steps: int, *, training: bool
) -> Bool[Tensor, "T N"]:
    """Which of the time steps are the samples' own.

    Args:
        graph: The network.
        inputs: Its inputs by name, [T, N, C, *size].
        lengths: The number of time steps of each sample.
        steps: T.
        training: Whether norms use the batch's statistics.

    Raises:
        InputError: The lengths don't fit the inputs.
        UntrainableError: An operation joins time steps, and doesn't know which ones are a sample's own.
    """
    first = inputs[next(iter(graph.inputs()))]
    samples = first.shape[int(graph.time is None)]
    if graph.time is not None or lengths.shape != (samples,) or not bool(((lengths >= 1) & (lengths <= steps)).all()):
        raise InputError(f"`lengths` of inputs {list(first.shape)} with time steps are {samples} numbers from 1 to {steps}")
    for node, how in of_all_steps(graph, training=training):
        summary = f"{node.span.start}: `{node.name}` {how}, and the samples of a batch differ in their number"
        fix = f"let the kernel of `{node.op.name}` use `Call.within`, with `Traits(own_steps=True)`"
        raise UntrainableError(summary, f"write `batch = 1`, or {fix}")
    return within_lengths(lengths, steps)


def without_padding(inputs: Mapping[str, Tensor], within: Bool[Tensor, "T N"] | None) -> Mapping[str, Tensor]:
    """Sequences [T, N, ...] with zeros behind each sample's own steps, which are all if `within` is None.

    NaN there would make gradients of weights NaN, even times 0.
    """
    if within is None:
        return inputs
    return {name: x.masked_fill(~within.view(*within.shape, *[1] * (x.dim() - 2)), 0) for name, x in inputs.items()}


class Stream:
    """A sequence that is run one time step at a time; it keeps the state, the model doesn't.

    Attributes:
        state: The state after the last step, by node; assign an earlier one to return to it.
    """

    def __init__(self, model: Steps, wanted: tuple[str, ...], watch: Watch | None = None) -> None:
        self.model, self.wanted, self.watch = model, wanted, watch
        self.state: States = {}
        self._inputs = tuple(model.graph.inputs())

    def __repr__(self) -> str:
        return f"<Stream of {self.model.graph.name}: {', '.join(self.wanted or self.model.graph.outputs)}>"

    def step(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Runs one time step with inputs `[N, C, H, W]`; returns the values of outputs, or of the wanted nodes, `[N, C, H, W]`.

        Raises:
            InputError: An input is missing.
        """
        if not isinstance(inputs, Mapping) or any(name not in inputs for name in self._inputs):  # pyright: ignore[reportUnnecessaryIsInstance]
            names = ", ".join(f'"{name}": ...' for name in self._inputs)
            raise InputError(f"a step needs all inputs by name: `step({{{names}}})`")
        values, self.state = self.model.step(inputs, self.state, self.wanted, watch=self.watch)
        return values
