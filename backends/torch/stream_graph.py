"""The steps of a stream as one CUDA graph: each is launched at once, without Python in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_map

from spikegraph.backends.torch.stepping import Stream
from spikegraph.backends.torch.train.step_graph import WARM, Recorder
from spikegraph.base.errors import TrainError
from spikegraph.base.surface import argument


class StreamGraph:
    """Runs the steps of a stream: those that begin a sequence as they are, the others as a graph that was captured once.

    Inputs have the same sizes at every step. Values are those of the graph, which the next step changes.
    """

    def __init__(self, stream: Stream, recorder: Recorder) -> None:
        self._stream, self._recorder, self._warmed = stream, recorder, 0
        self._inputs: dict[str, Tensor] = {}
        self._state: Mapping[str, Any] = {}
        self._values: dict[str, Tensor] = {}
        self._launch: Callable[[], object] | None = None
        self._begins = True

    def restart(self) -> None:
        """Begins a sequence, without a state."""
        self._stream.state, self._begins = {}, True

    def step(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Runs one time step with inputs `[N, C, H, W]`; returns the wanted nodes' values, `[N, C, H, W]`.

        Raises:
            TrainError: The steps can't be captured.
        """
        if self._begins or self._warmed < WARM:
            self._warmed += not self._begins
            values = self._recorder.warm(lambda: self._stream.step(inputs))
            self._begins = False
            if self._launch is not None:
                _copy(self._state, self._stream.state)
            return values
        if self._launch is None:
            self._capture(inputs)
        assert self._launch is not None
        _copy(self._inputs, inputs)
        self._launch()
        return self._values

    def _capture(self, inputs: Mapping[str, Tensor]) -> None:
        """Captures a step that takes its inputs and its state from tensors, and leaves the state in them."""
        self._inputs = {name: x.clone() for name, x in inputs.items()}
        device = next(iter(inputs.values())).device
        if any(not isinstance(x, Tensor) or x.device != device for x in tree_flatten(self._stream.state)[0]):
            raise _refused("an operation keeps its state on the processor")
        self._state = tree_map(torch.clone, self._stream.state)

        def run() -> dict[str, Tensor]:
            # Of a copy, since new states and values may be old states, which would be overwritten before they are read.
            self._stream.state = tree_map(torch.clone, self._state)
            values = self._stream.step(self._inputs)
            _copy(self._state, self._stream.state)
            return values

        try:
            self._launch, self._values = self._recorder.capture(run)
        except RuntimeError as error:
            raise _refused(str(error).splitlines()[0].rstrip(".")) from error


def _copy(to: object, values: object) -> None:
    """Copies tensors into others of the same structure."""
    for static, value in zip(tree_flatten(to)[0], tree_flatten(values)[0], strict=True):
        static.copy_(value, non_blocking=True)


def _refused(why: str) -> TrainError:
    return TrainError(f"the network's step can't be captured as a CUDA graph: {why}", f"leave out {argument('cuda-graph')}")
