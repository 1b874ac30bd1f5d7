"""How long the convolutions of a step take while it runs, so that the rest of the step can be measured."""

import functools
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from unittest import mock

import torch
import torch.nn.functional as F

from spikegraph.backends.torch.native import sparse, winograd

CALLED: tuple[tuple[Any, str], ...] = (
    *((F, f"conv{axes}d") for axes in (1, 2, 3)),
    (torch.ops.aten, "convolution_backward"),
    (sparse, "convolve"),
    (sparse, "correlate"),
    (winograd, "input_gradient"),
)
"""Where this project's convolutions and their gradients call what computes them: torch, and kernels that skip zeros.

Torch's dispatch modes would see the calls too, but they lengthen the rest of a step of CIFAR n3 by a fifth.
"""


@dataclass
class OwnConvolutions:
    """Runs a step and takes the time of its convolutions.

    Attributes:
        step: What runs.
        clock: What times are taken with.
        seconds: Seconds of the convolutions in the last run.
    """

    step: Callable[[], object]
    clock: Callable[[], float]
    seconds: float = 0.0

    def run(self) -> None:
        """Runs the step."""
        self.seconds, self._inside = 0.0, False
        with ExitStack() as stack:
            for place, name in CALLED:
                stack.enter_context(mock.patch.object(place, name, self._timed(getattr(place, name))))
            self.step()

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            if self._inside:  # one that calls another
                return function(*arguments, **named)
            self._inside, begun = True, self.clock()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds += self.clock() - begun
                self._inside = False

        return call
