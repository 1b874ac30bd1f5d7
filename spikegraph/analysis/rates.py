"""Firing rates that somebody gives, for the energy of a network."""

import math
import reprlib
from collections.abc import Mapping
from numbers import Real

from spikegraph.analysis.energy import spiking_inputs
from spikegraph.analysis.parts import adds_two_spikes
from spikegraph.base.errors import ArgumentError
from spikegraph.base.nearest import listed
from spikegraph.ir.graph import Graph
from spikegraph.passes.prune import Prune


def check_rates(graph: Graph, rates: Mapping[str, float]) -> None:
    """Checks that rates are numbers, and that each neuron has one, and each node whose spikes layers or sums take.

    The network's inputs may have none.

    Args:
        graph: The network, of plain operations.
        rates: Spikes per neuron and time step, by node.

    Raises:
        ArgumentError: One is missing, or is no number from 0.
    """
    for name, rate in rates.items():
        if not isinstance(rate, Real) or isinstance(rate, bool) or not 0 <= rate < math.inf:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(f"`rates` has {reprlib.repr(rate)} for `{name}`; a rate is a number from 0")
    graph = Prune(losses=False).apply(graph)  # as what is counted
    taken = spiking_inputs(graph) | {name for node in graph if adds_two_spikes(node) for name in node.operands}
    fired = (name for node in graph if node.op.traits.fires for name in node.populations)
    others = (node.name for node in graph if node.name in taken and not node.op.traits.source)
    needed = list(dict.fromkeys((*fired, *others)))
    if missing := [name for name in needed if name not in rates]:
        help = f"give a rate for each of {listed(needed, last='and')}"
        raise ArgumentError(f"`rates` has none for {listed(missing, last='and')}", help)
