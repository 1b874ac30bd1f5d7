"""The values of a network in float64, on arrays."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.ir.graph import Graph

Array = NDArray[Any]


def run(graph: Graph, state: Mapping[str, Any], inputs: Mapping[str, Array], names: Iterable[str]) -> dict[str, Array]:
    """The values of nodes at each step, [T, N, C, *size].

    Args:
        graph: The network as the spec says it, before passes join its operations.
        state: Its weights, as tensors or arrays by the names of its `state_dict()`.
        inputs: [T, N, C, *size] by name; of a network with `time` all steps are the same.
        names: The nodes.
    """
    import torch  # noqa: PLC0415 (slow to import)

    from spikegraph.plugins.targets import lower  # noqa: PLC0415

    model = lower(graph, "torch")
    model.load_state_dict({name: torch.as_tensor(values) for name, values in state.items()})
    model = model.double().eval()
    given = {name: torch.tensor(np.array(x[0] if graph.time is not None else x, np.float64)) for name, x in inputs.items()}
    steps = next(iter(inputs.values())).shape[0]
    with torch.inference_mode():
        found, _ = model.run(given, wanted=tuple(dict.fromkeys(names)))
    arrays = {name: tensor.numpy() for name, tensor in found.items()}
    return {name: x if graph.node(name).value.steps else np.broadcast_to(x, (steps, *x.shape)) for name, x in arrays.items()}
