"""The comparison of an exported step with the network, before the file is written."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.exporting.program import TOLERANCE, examples
from spikegraph.backends.torch.exporting.refusals import NotExportableError
from spikegraph.backends.torch.exporting.step import StreamingStep

STEPS = 4
"""Time steps that are compared; the states of all but the first aren't 0."""

SHARE = 1e-3
"""The largest share of numbers that rounding may change: a potential close to its threshold fires in one program alone."""


def checked(step: StreamingStep, run: Callable[[Sequence[Tensor]], Sequence[Any]], format: str) -> tuple[str, ...]:
    """Compares a program with the network, each step from the network's state; returns what a reader should know.

    Args:
        step: The step of the network.
        run: Runs the program: inputs and states to outputs and states.
        format: The name of the format.

    Raises:
        NotExportableError: The program computes something else.
    """
    state, counted, far, most = step.zeros(1), 0, 0, 0.0
    for number in range(STEPS):
        arrays = (*examples(step, 1, seed=number), *state)
        with torch.no_grad():
            wanted = step(*arrays)
        for a, b in zip(run(arrays), wanted, strict=True):
            apart = (torch.as_tensor(a) - b).abs()
            far += int((~(apart <= TOLERANCE * (1 + b.abs().amax()))).sum()) if b.numel() else 0
            counted, most = counted + b.numel(), max(most, float(apart.max()) if b.numel() else 0.0)
        state = wanted[len(step.signature.outputs) :]
    if far > SHARE * counted:
        why = f"{far} of {counted} numbers differ from the network's, by up to {most:.2g}"
        raise NotExportableError(step.graph, format, why, "export it to safetensors, or to another format")
    if far:
        why = "because potentials were within rounding of their threshold"
        return (f"{far} of {counted} numbers differ from the network's, by up to {most:.2g}, {why}",)
    return ()
