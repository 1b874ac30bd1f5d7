"""Running variances of norms whose input is the same at every time step.

A module that repeats its input for T time steps counts each sample T times, and the network once. Mean and variance in a batch
are the same; of n numbers in a channel the variance that is stored is n / (n - 1) times that of the batch, and of T n numbers
T n / (T n - 1) times.
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from torch import Tensor

from spikegraph.backends.torch.foreign.pairing import Pairing

if TYPE_CHECKING:
    from spikegraph.foreign.statements import Statement

VARIANCE = "running_var"


def factors(pairing: Pairing) -> dict[str, tuple[float, float]]:
    """The momentum of running variances whose input has time steps in the module alone, and how many times larger they are."""
    return {f"{leaf}.{VARIANCE}": (_momentum(s), _factor(pairing, s)) for leaf, s in _norms(pairing)}


def _momentum(s: "Statement") -> float:
    given = s.params.get("momentum", 0.1)
    assert isinstance(given, int | float)
    return float(given)


def _norms(pairing: Pairing) -> "Iterator[tuple[str, Statement]]":
    time = pairing.statements.time
    for node, s in pairing.nodes:
        repeated = "T" in "".join(s.result.lead) or (s.result.layout is not None and s.result.layout.length("T") > 1)
        if time is not None and VARIANCE in s.weights and repeated and not node.value.steps:
            yield from ((leaf, s) for leaf in node.leaves)


def _factor(pairing: Pairing, s: "Statement") -> float:
    count = math.prod(s.result.shape) // s.result.channels  # T n
    time = pairing.statements.time or 1
    return (count / time) / (count / time - 1) * (count - 1) / count


def as_counted(theirs: Tensor, before: Tensor, momentum: float, factor: float) -> Tensor:
    """A running variance of the module as the network would store it after the same step."""
    kept = (1 - momentum) * before
    return kept + (theirs - kept) * factor
