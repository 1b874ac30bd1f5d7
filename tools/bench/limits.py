"""What no program can be faster than, measured beside it: the convolutions of a step alone, and a copy of the least bytes.

Both are sides of a row, so they run in turn with what they limit. A copy goes through memory that no cache holds.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from unittest import mock

import torch
from measure import Precision, Side
from torch import Tensor
from torch.utils._pytree import tree_map

from spikegraph.backends.torch.forecast.counting import Counting
from spikegraph.backends.torch.forecast.least import neuron_bytes, update_bytes
from spikegraph.backends.torch.forecast.step import count_step, states_of
from spikegraph.backends.torch.forecast.works import Shaped, Work
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.native import winograd
from spikegraph.program.phases import Built

BUFFER = 256 << 20
"""Bytes that are copied one after the other, many times what caches hold."""
RATE = 0.15
"""Share of ones in the values that convolutions are measured with, as spikes have them."""
TYPES: Mapping[Precision, int] = {"float32": 4, "bf16": 2}
"""Bytes of a number of each precision."""


class Copy:
    """Copies memory piece by piece, each time the next one."""

    def __init__(self) -> None:
        self._from, self._to = (torch.zeros(BUFFER, dtype=torch.uint8) for _ in range(2))
        self._at = 0

    def side(self, moved: float, precision: Precision = "float32") -> Side:
        """What copies as many bytes as are read and written together."""
        return Side(lambda: self._run(int(moved / 2)), precision=precision)

    def _run(self, left: int) -> None:
        while left > 0:
            count = min(left, BUFFER - self._at)
            self._to[self._at : self._at + count].copy_(self._from[self._at : self._at + count])
            self._at, left = (self._at + count) % BUFFER, left - count


def limits_of(
    built: Built, samples: int, steps: int, copy: Copy, precisions: Sequence[Precision]
) -> tuple[dict[str, Side], dict[Precision, tuple[str, ...]]]:
    """The sides that limit a step of a network, and their names by precision: its convolutions, and a copy of the other bytes.

    Args:
        built: The network. Deployed, a step is a forward pass of what is deployed; else it has a backward pass and an update.
        samples: Samples of the batch.
        steps: Time steps.
        copy: What copies.
        precisions: Those that are measured.
    """
    sides: dict[str, Side] = {}
    names: dict[Precision, tuple[str, ...]] = {}
    for precision in precisions:
        bare, rest = f"bare convolutions, {precision}", f"copy of the other bytes, {precision}"
        works, moved = needs(built, samples, steps, precision)
        sides |= {bare: Side(convolutions(works), precision=precision), rest: copy.side(moved, precision)}
        names[precision] = bare, rest
    return sides, names


def needs(built: Built, samples: int, steps: int, precision: Precision) -> tuple[Counter[Work], int]:
    """The convolutions of a step, and the least bytes of neurons, norms and the update."""
    steps, deployed = built.graph.time or steps, built.phase == "deploy"
    moved = neuron_bytes(built.graph, samples, steps, number=TYPES[precision], training=not deployed)
    if deployed:
        works = _forward_works(built, samples, steps, precision)
    else:
        assert built.run is not None
        run = replace(built.run, batch=samples)
        counts = count_step(built.plain, run, steps, bf16=precision == "bf16", kernels="others")
        works, moved = counts.works, moved + update_bytes(counts.gradients, states_of(run.weights) * counts.gradients)
    return Counter({work: count for work, count in works.items() if work.convolves}), moved


def _forward_works(built: Built, samples: int, steps: int, precision: Precision) -> Mapping[Work, int]:
    """What a forward pass multiplies: of what is deployed, so without a head that only losses take."""
    with torch.device("meta"), torch.no_grad():
        model = lower(built.plain, bf16=precision == "bf16").eval()
        inputs = {
            name: torch.empty([*([steps] if node.value.steps else []), samples, *node.value.shape])
            for name, node in model.graph.inputs().items()
        }
        with Counting([]) as counting:
            model.values(inputs)
    return counting.works


def convolutions(works: Mapping[Work, int]) -> Callable[[], object]:
    """Computes them as torch does, one after the other, with few ones among their values, which those of one shape share."""
    tensors: dict[Shaped, Tensor] = {}

    def made(x: Any) -> Any:
        if not isinstance(x, Shaped):
            return x
        if x not in tensors:
            tensors[x] = torch.empty_strided(x.shape, x.stride, dtype=x.dtype).copy_(torch.rand(x.shape) < RATE)
        return tensors[x]

    calls = [(work.function, tree_map(made, work.arguments), count) for work, count in works.items()]

    def run() -> None:
        with torch.no_grad(), mock.patch.object(winograd, "usable", lambda *_: False):
            for function, arguments, count in calls:
                for _ in range(count):
                    function(*arguments)

    return run
