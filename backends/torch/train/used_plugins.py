"""The plug-ins that a network uses: those of its spec, and those of its kernels, equations and gradients."""

from __future__ import annotations

from collections.abc import Iterable

from spikegraph.backends.torch.kernels import KERNELS
from spikegraph.backends.torch.modules.neuron_models import DYNAMICS
from spikegraph.backends.torch.modules.surrogate_gradient import BY_B, GRADIENTS
from spikegraph.ir.graph import Graph
from spikegraph.plugins import owners
from spikegraph.plugins.uses import collecting
from spikegraph.program.needed_plugins import needed_plugins
from spikegraph.program.program import Program


def used_plugins(program: Program, graphs: Iterable[Graph] = (), known: Iterable[str] = ()) -> tuple[str, ...]:
    """The plug-ins that a network uses, and those that replace what is built-in: the paths of files and the names of packages.

    Args:
        program: Its spec.
        graphs: What is computed of it.
        known: Others that are known to be used.
    """
    replacing = owners.replacing()
    with collecting() as found:
        for graph in graphs if owners.are_there() else ():
            _look_up(graph)
    return tuple(dict.fromkeys((*needed_plugins(program), *found, *replacing, *known)))


def _look_up(graph: Graph) -> None:
    for node in graph:
        KERNELS.get(node.op.name)
        neuron = node.op.neuron_of()
        if neuron is None:
            continue
        DYNAMICS.get(neuron.model)
        model = neuron.written_model
        for name in (neuron.surrogate.name, *(() if model is None else sorted(model.surrogates))):
            for table in (GRADIENTS, BY_B):
                table.get(name)
