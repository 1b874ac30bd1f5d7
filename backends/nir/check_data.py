"""What a graph gives for a few inputs, so that whoever reads it can compare: NIR's own data format."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import nir
import numpy as np

from spikegraph.backends.nir.convert import Converted
from spikegraph.backends.nir.running import run
from spikegraph.backends.nir.writer import Array
from spikegraph.ir.graph import Graph
from spikegraph.ir.types import Kind, Value

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model

CHECK = ".check.h5"
"""The end of the name of the file, beside the graph."""

SAMPLES = 2
STEPS = 8
"""Time steps of the inputs of a network that gets one for each step; others have their own number."""

SEED = 0


def beside(graph: Path) -> Path:
    """The path of the file for a graph: `first.check.h5` for `first.nir`."""
    return graph.with_name(graph.name.removesuffix(".nir") + CHECK)


def drawn(value: Value, steps: int, generator: np.random.Generator) -> Array:
    """Random inputs [T, N, C, *size] of a kind, which float32 holds exactly; the same at every step if the input has none."""
    shape = (steps if value.steps else 1, SAMPLES, *value.shape)
    match value.kind:
        case Kind.REAL:
            found = generator.normal(size=shape)
        case Kind.EVENTS:
            found = generator.integers(-1, 2, shape)
        case Kind.COUNT:
            found = generator.integers(0, value.bound + 1, shape)
        case Kind.SPIKE:
            found = generator.random(shape) < 0.3
    return np.broadcast_to(found.astype(np.float32), (steps, *shape[1:]))


def data_of(model: "Model", graph: Graph, converted: Converted, dt: float) -> bytes:
    """The content of a file of NIR's data: inputs, the spikes of all neurons, and the outputs, [samples, time steps, numbers].

    An output that is a mean over time is there once, as the only step.

    Args:
        model: The trained network, whose norms are separate; its spikes are those of the file.
        graph: The deployed network.
        converted: Its graph of NIR.
        dt: The length of a time step in seconds.
    """
    generator = np.random.default_rng(SEED)
    steps = graph.time or STEPS
    inputs = {name: drawn(node.value, steps, generator) for name, node in graph.inputs().items()}
    fires = [n.name for n in graph if n.op.traits.fires]
    trained = model.plain
    values = run(trained, model.state_dict(), inputs, (*fires, *(trained.outputs[name] for name in graph.outputs)))
    values |= {graph.outputs[name]: values[trained.outputs[name]] for name in graph.outputs}
    nodes = {
        converted.inputs[name]: nir.NIRNodeData({"input": nir.TimeGriddedData(_flat(x), dt)}) for name, x in inputs.items()
    }
    for name, (of, first, end) in converted.neurons.items():
        spikes = _flat(values[of][:, :, first:end]).astype(bool)
        nodes[name] = nir.NIRNodeData({"spikes": nir.TimeGriddedData(spikes, dt)})
    for name, output in converted.outputs.items():
        of = graph.outputs[name]
        x = values[of] if graph.node(of).value.steps else values[of][:1]
        nodes[output] = nir.NIRNodeData({"output": nir.TimeGriddedData(_flat(x), dt)})
    file = BytesIO()
    nir.write_data(file, nir.NIRGraphData(nodes))
    return file.getvalue()


def _flat(x: Array) -> Array:
    """[T, N, C, *size] as [N, T, numbers], in the order of the axes."""
    return np.ascontiguousarray(np.swapaxes(x, 0, 1).reshape(x.shape[1], x.shape[0], -1))
