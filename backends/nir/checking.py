"""An imported network against the spikes that lie beside its graph, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import nir
import numpy as np

from spikegraph.backends.nir.check_data import beside
from spikegraph.backends.nir.importing import REPORT, Imported
from spikegraph.backends.nir.reading import check_size
from spikegraph.backends.nir.writer import Array
from spikegraph.base.visible import visible_name
from spikegraph.foreign.errors import ForeignError, first_line
from spikegraph.meaning.api import reference_of
from spikegraph.meaning.rounding.network import bounded_reference_of
from spikegraph.meaning.rounding.neurons import TINY
from spikegraph.meaning.rounding.spikes import Explained, Spike, explained


@dataclass(frozen=True)
class Expected:
    """What a file says of a network: arrays [T, N, numbers] by the names of the graph's nodes.

    Attributes:
        path: The file.
        dt: The length of a time step in seconds.
        inputs: The inputs.
        spikes: The spikes of neurons.
        outputs: The outputs, of which a mean over time is there once.
    """

    path: Path
    dt: float
    inputs: Mapping[str, Array]
    spikes: Mapping[str, Array]
    outputs: Mapping[str, Array]


def check(imported: Imported) -> str | None:
    """Runs an imported network on the inputs of the file beside its graph, if there is one; returns the result as a line.

    Raises:
        ForeignError: Spikes or outputs differ by more than rounding explains; or the file is damaged, or of another graph.
    """
    path = beside(imported.read.path)
    if not path.is_file():
        return None
    expected, name = read_expected(path), visible_name(path)
    if not np.isclose(expected.dt, imported.read.dt, rtol=1e-9, atol=0):
        return f"note: {name} has a time step of {expected.dt:g} s, so the network is not compared with it"
    found = _compared(imported, expected)
    total = sum(int(np.count_nonzero(x)) for x in expected.spikes.values())
    if found.differing:
        return f"checked: {found.differing:,} of {total:,} spikes differ from {name}, as rounding explains: {found.first}"
    return f"checked: 0 of {total:,} spikes differ from {name}" if total else f"checked: no neuron fires, as in {name}"


def compared(imported: Imported) -> Explained | None:
    """What differs from the file beside a graph, as `check`; None without such a file.

    Raises:
        ForeignError: As `check`.
    """
    path = beside(imported.read.path)
    return _compared(imported, read_expected(path)) if path.is_file() else None


def _compared(imported: Imported, expected: Expected) -> Explained:
    path, name = expected.path, visible_name(expected.path)
    graph = imported.program.build("retrain").plain
    try:
        inputs = {
            imported.inputs[n]: _shaped(x, graph.inputs()[imported.inputs[n]].value.shape) for n, x in expected.inputs.items()
        }
        neurons = {n: imported.neurons[n] for n in expected.spikes}
        outputs = {n: graph.outputs[imported.outputs[n]] for n in expected.outputs}
        spikes = {n: _shaped(x, graph.node(neurons[n]).value.shape) for n, x in expected.spikes.items()}
        wanted = {n: _shaped(x, graph.node(outputs[n]).value.shape) for n, x in expected.outputs.items()}
        steps = {x.shape[:2] for x in (*inputs.values(), *spikes.values())}
        if len(inputs) != len(graph.inputs()) or len(steps) > 1 or graph.time not in (None, *(t for t, _ in steps)):
            raise ValueError
    except (KeyError, ValueError) as error:
        raise ForeignError("belongs to another graph", without(path), path=path) from error
    inputs = {n: x if graph.node(n).value.steps else x[0] for n, x in inputs.items()}
    reference = bounded_reference_of(graph, imported.weights)
    found = explained(reference, inputs, {neurons[n]: x for n, x in spikes.items()})
    if found.wrong is not None:
        currents = {n: graph.node(node).operands[0] for n, node in neurons.items()}
        values = reference_of(graph, imported.weights).trace(inputs, (*neurons.values(), *currents.values())).values
        differing = {n: values[node] != spikes[n] for n, node in neurons.items()}
        over_time = {
            n: values[c] if graph.node(c).value.steps else np.broadcast_to(values[c], spikes[n].shape)
            for n, c in currents.items()
        }
        raise _difference(imported, expected, spikes, differing, found.wrong, over_time)
    for n, x in wanted.items():
        value = found.outputs[imported.outputs[n]]
        for number, (y, error, given) in enumerate(zip(value.value, value.error, x, strict=False)):
            apart, bound = np.abs(y - given), error + reference.precision.of_one * np.abs(y) + TINY
            if not (apart <= bound).all():
                at = int((apart - bound).argmax())
                summary = f"the output `{n}` differs from {name} by up to {apart.flat[at]:.2g} at step {number}"
                raise ForeignError(f"{summary}, where rounding explains {bound.flat[at]:.2g}", REPORT, path=imported.read.path)
    return found


def without(path: Path) -> str:
    """How to import a graph without its file."""
    return f"move {visible_name(path)} away to import the graph without a comparison"


def read_expected(path: Path) -> Expected:
    """The content of a file that `export` wrote beside a graph.

    Raises:
        ForeignError: It is another file, or damaged.
    """
    found: dict[str, dict[str, Array]] = {"input": {}, "spikes": {}, "output": {}}
    steps = set[float]()
    try:
        check_size(path)
        for name, node in nir.read_data(path).nodes.items():
            for what, seen in node.observables.items():
                steps.add(float(seen.dt))
                found[what][name] = np.swapaxes(seen.data.astype(np.float64), 0, 1)
        (dt,) = steps
    except ForeignError:
        raise
    except Exception as error:  # of any kind: the package raises what its parts raise
        raise ForeignError(f"has no spikes that can be read ({first_line(error)})", without(path), path=path) from error
    return Expected(path, dt, found["input"], found["spikes"], found["output"])


def _shaped(x: Array, shape: tuple[int, ...]) -> Array:
    """[T, N, numbers] as [T, N, *shape]; raises a `ValueError` if there are more or fewer numbers."""
    if x.shape[2] != prod(shape):
        raise ValueError
    return x.reshape(*x.shape[:2], *shape)


def _difference(
    imported: Imported,
    expected: Expected,
    spikes: Mapping[str, Array],
    differing: Mapping[str, Array],
    wrong: Spike,
    currents: Mapping[str, Array],
) -> ForeignError:
    """The error for spikes that differ: it names the first that rounding doesn't explain, and how far its potential is."""
    count = sum(int(d.sum()) for d in differing.values())
    total = sum(int(np.count_nonzero(x)) for x in spikes.values())
    name = next(n for n, node in imported.neurons.items() if node == wrong.node)
    step, (sample, *at), current = wrong.step, wrong.place, currents[name]
    current = current[: step + 1, sample].reshape(step + 1, *current.shape[2:])[(slice(None), *at)]
    node = imported.read.nodes[name]
    potential, threshold = membrane(node, tuple(at), current, imported.read.dt)
    does = "fires there and not here" if spikes[name][(step, sample, *at)] else "fires here and not there"
    file = visible_name(expected.path)
    differ = "spike differs" if count == 1 else "spikes differ"
    summary = (
        f"{count:,} {differ} from the {total:,} of {file}; the first, at step {step} of sample {sample}: neuron {list(at)} "
        f"of node `{name}` {does}, with a potential {abs(potential - threshold):.2g} from its threshold, "
        f"where rounding explains {wrong.bound:.2g}"
    )
    help = f"if {file} is of this graph, please report it with both files; {without(expected.path)}"
    return ForeignError(summary, help, path=imported.read.path)


def membrane(node: Any, at: tuple[int, ...], current: Array, dt: float) -> tuple[float, float]:
    """The potential of a neuron at the last step before its reset, in NIR's equations and Euler steps, and its threshold.

    Args:
        node: The node of NIR.
        at: The place of the neuron in it.
        current: The neuron's input, [T].
        dt: The length of a time step in seconds.
    """

    def number(name: str) -> float:
        values = np.asarray(getattr(node, name), np.float64)
        return float(values[at] if values.ndim == len(at) else values.flat[0])

    if isinstance(node, nir.Threshold):
        return float(current[-1]), number("threshold")
    v, u, i, threshold = 0.0, 0.0, 0.0, number("v_threshold")
    for x in current.tolist():
        given = x
        if isinstance(node, nir.CubaLIF):
            i += dt / number("tau_syn") * (number("w_in") * x - i)
            given = i
        if isinstance(node, nir.IF):
            u = v + dt * number("r") * given
        else:
            tau = number("tau_mem" if isinstance(node, nir.CubaLIF) else "tau")
            u = v + dt / tau * (number("v_leak") - v + number("r") * given)
        v = number("v_reset") if u > threshold else u
    return u, threshold
