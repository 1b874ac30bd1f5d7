"""The numbers of training steps: losses, and gradient norms at neurons whose surrogates are searched."""

import math
from collections.abc import Mapping, Sequence

PREFIX = "gradient_norm "
"""Prefix of the norms' names among the losses of a step."""


def mean_of(steps: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each loss over some steps."""
    names = dict.fromkeys(name for step in steps for name in step)
    values = {name: [step[name] for step in steps if name in step] for name in names}
    return {name: math.fsum(found) / len(found) for name, found in values.items()}


def split(numbers: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """Splits the numbers of a step into losses and gradient norms; the norms by the neuron's name."""
    losses = {name: value for name, value in numbers.items() if not name.startswith(PREFIX)}
    norms = {name.removeprefix(PREFIX): value for name, value in numbers.items() if name.startswith(PREFIX)}
    return losses, norms
