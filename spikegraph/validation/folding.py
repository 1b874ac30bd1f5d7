"""Weights that have taken in a norm (Che et al., NeurIPS 2022, section 3.2.2), computed from the equations."""

from collections.abc import Mapping

import numpy as np

from spikegraph.ir.folding import FOLDED
from spikegraph.ir.graph import Graph
from spikegraph.meaning.call import Array


def folded(graph: Graph, weights: Mapping[str, Array]) -> dict[str, Array]:
    """The weights of a graph that have taken in a norm, from those of the graph before.

    A norm y = g (x - m) / sqrt(v + eps) + b behind x = w z + c is w' = w g / sqrt(v + eps), c' = (c - m) g / sqrt(v + eps) + b.
    """
    found: dict[str, Array] = {}
    for node in graph:
        if FOLDED not in node.notes:
            continue
        layer, norm = node.weights, str(node.notes[FOLDED])
        mean, var = weights[f"{norm}.running_mean"], weights[f"{norm}.running_var"]
        w = weights[f"{layer}.weight"]
        w = {"any": w, "excitatory": np.abs(w), "inhibitory": -np.abs(w)}[str(node.notes.get("sign", "any"))]
        scale = weights.get(f"{norm}.weight", np.ones_like(mean)) / np.sqrt(var + float(str(node.notes["eps"])))
        found[f"{layer}.weight"] = w * scale.reshape(-1, *[1] * (w.ndim - 1))
        shift = weights.get(f"{norm}.bias", np.zeros_like(mean))
        found[f"{layer}.bias"] = (weights.get(f"{layer}.bias", np.zeros_like(mean)) - mean) * scale + shift
    return found
