"""A compiled network in another precision, explained by the bounds of its reference."""

from typing import Any

import numpy as np
import torch
from both_ways import drawn, inputs_of

from spikegraph.api.reference import choices_of
from spikegraph.meaning.composites import flat
from spikegraph.meaning.rounding.bounded import FLOAT32, FLOAT64
from spikegraph.meaning.rounding.network import bounded_reference_of
from spikegraph.meaning.rounding.spikes import Explained, explained
from spikegraph.plugins import targets
from spikegraph.program.phases import Built

PRECISIONS = {"float32": (torch.float32, FLOAT32), "float64": (torch.float64, FLOAT64)}


def followed(built: Built, precision: str, *, joined: bool, seed: int = 0) -> tuple[Explained, dict[str, Any]]:
    """Runs the plain or the joined graph in a precision; the reference of `space` follows its spikes.

    Returns:
        What was found, and values of nodes that both have, [T, N, C, *size], with T = 1 for those without steps. Of a joined
        graph these are the outputs, since others may be joined.
    """
    kind, rounding = PRECISIONS[precision]
    graph, choices = built.graph if joined else built.plain, choices_of(built)
    model = targets.lower(graph, "torch", plain=built.plain, space=built.space).float().eval()
    weights, inputs = drawn(model, seed), inputs_of(built.space, seed)
    inputs = {name: x.astype(np.float32) for name, x in inputs.items()}
    simple = flat(built.space, choices)
    shared = [node.name for node in simple if node.name in graph and not node.op.traits.source]
    shared = list(simple.outputs.values()) if joined else shared
    spikes: dict[str, Any] = {}

    def watch(node: str, value: torch.Tensor) -> None:
        if populations := graph.node(node).populations:
            axis = value.dim() - 1 - len(graph.node(node).value.size)
            spikes.update(zip(populations, torch.split(value, list(populations.values()), axis), strict=True))

    with torch.no_grad():
        given = {name: torch.from_numpy(x).to(kind) for name, x in inputs.items()}
        values, _ = model.to(kind).run(given, wanted=shared, watch=watch)
    reference = bounded_reference_of(built.space, weights, choices, rounding, nodes=shared)
    found = explained(reference, inputs, {name: x.double().numpy() for name, x in spikes.items()})
    steps = {name: graph.node(name).value.steps for name in shared}
    return found, {name: x.double().numpy() if steps[name] else x.double().numpy()[None] for name, x in values.items()}
