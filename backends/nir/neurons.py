"""Neurons in the equations of NIR, whose time constants are those of Euler steps of length dt."""

from collections.abc import Iterator

import nir
import numpy as np

from spikegraph.backends.nir.wires import RefusedError, Wires
from spikegraph.backends.nir.writer import Array, Writer
from spikegraph.ir.graph import Node
from spikegraph.ir.neuron import Neuron

MODELS = ("lif", "cuba")
"""The neuron models that NIR has."""

NO_DECAY = "NIR's current-based neurons decay; a decay of 1 has no time constant"


def neurons(writer: Writer, node: Node, x: Wires, neuron: Neuron) -> Wires:
    """The nodes for neurons, one for each part of their current.

    Raises:
        RefusedError: NIR has no such neuron.
    """
    if x.averaged:
        raise RefusedError("a neuron takes the mean over time, which no time step of NIR has", "take the mean at the end")
    refuse(neuron)
    own = {name: number(writer, node, neuron, name) for name in numbers(neuron)}
    size = node.value.size

    def make(first: int, end: int) -> nir.NIRNode:
        def full(values: Array) -> Array:
            part = values[first:end] if len(values) > 1 else values
            return np.broadcast_to(part.reshape(-1, *(1,) * len(size)), (end - first, *size)).copy()

        return made(neuron, {name: full(values) for name, values in own.items()}, writer.dt)

    result = writer.each(node, x, make, size)
    if neuron.spikes:
        for part, first, end in result.ranges:
            if part.sources:
                writer.neurons[part.sources[0]] = (node.name, first, end)
    return result


def refuse(neuron: Neuron) -> None:
    """Refuses neurons that NIR can't express.

    Raises:
        RefusedError: NIR has no such neuron.
    """
    found = list(_problems(neuron))
    if found:
        summaries, helps = zip(*found, strict=True)
        first, *others = summaries
        more = (summary.replace("NIR's neurons", "they") for summary in others)
        raise RefusedError("; ".join((first, *more)), "; ".join(helps), declared=True)


def _problems(neuron: Neuron) -> Iterator[tuple[str, str]]:
    """What NIR lacks, and what helps."""
    if neuron.registered == "relu":
        yield "NIR has no ReLU", "use spiking neurons"
    elif neuron.registered not in MODELS:
        yield f"NIR has no neuron with the equations of `{neuron.model}`", "use `lif`, `if` or `cuba`"
    elif neuron.model == "cuba" and 1 in (neuron.number("current_decay"), neuron.number("decay")):
        yield NO_DECAY, "use a decay below 1"
    if not neuron.spikes:
        return
    forgets = neuron.decay == 0 and not neuron.trained
    if neuron.reset != "hard" and not (forgets and neuron.reset == "soft"):  # a soft reset changes nothing then
        summary = f"NIR's neurons are set to a potential after a spike; they have no {neuron.reset} reset"
        yield summary, "write `reset = hard`, and train again"
    if neuron.levels > 1:
        yield "NIR's neurons have one spike in a time step, not several levels", "write `levels = 1`"
    if neuron.spike_at == "nearest":
        yield "NIR's neurons fire above their threshold, not nearest to it", "write `spike_at = above`"


def numbers(neuron: Neuron) -> tuple[str, ...]:
    """The numbers of a neuron that its node needs."""
    model = ("current_decay",) if neuron.model == "cuba" else ()
    return ("decay", *model, *(("threshold",) if neuron.spikes else ()))


def number(writer: Writer, node: Node, neuron: Neuron, name: str) -> Array:
    """A number of a neuron in float64: [1], or [C] if it was learned for each channel."""
    if name not in {n.name for n in neuron.trained}:
        return np.array([neuron.number(name)])
    trained = writer.tensor(f"{node.weights}.{name}").astype(np.float64)
    found = {"sigmoid": 1 / (1 + np.exp(-trained)), "exp": np.exp(trained), "identity": trained}
    form = neuron.form(name)
    return form.offset + form.factor * found[form.function]


def made(neuron: Neuron, own: dict[str, Array], dt: float) -> nir.NIRNode:
    """The node of neurons with numbers [C, *size].

    A decay d per step is tau = dt / (1 - d); r = 1 / (1 - d) undoes the factor dt / tau of the current, which `decay_input`
    has. Without decay the node is an integrator, and without memory a threshold.

    Raises:
        RefusedError: NIR has no such neuron.
    """
    decay = own["decay"]
    zero = np.zeros_like(decay)
    threshold = _above(own["threshold"], neuron.spike_at) if neuron.spikes else zero
    if neuron.model == "cuba":
        return _current_based(neuron, own["current_decay"], decay, threshold, dt)
    if (decay == 1).all():
        r = zero if neuron.decay_input else np.full_like(decay, 1 / dt)
        return nir.IF(r=r, v_threshold=threshold, v_reset=zero) if neuron.spikes else nir.I(r=r)
    if (decay == 0).all():
        if neuron.spikes:
            return nir.Threshold(threshold=threshold)
        return nir.Scale(scale=np.ones_like(decay, np.float32))
    if (decay == 1).any():
        raise RefusedError("some of the neurons don't decay, and others do; NIR has one equation for a layer", "use one decay")
    tau = dt / (1 - decay)
    r = np.ones_like(decay) if neuron.decay_input else 1 / (1 - decay)
    if neuron.spikes:
        return nir.LIF(tau=tau, r=r, v_leak=zero, v_threshold=threshold, v_reset=zero)
    return nir.LI(tau=tau, r=r, v_leak=zero)


def _current_based(neuron: Neuron, current: Array, decay: Array, threshold: Array, dt: float) -> nir.NIRNode:
    """The node of neurons with a synaptic current."""
    if (current == 1).any() or (decay == 1).any():
        raise RefusedError(NO_DECAY, "use a decay below 1", declared=True)
    zero = np.zeros_like(decay)
    constants = {"tau_syn": dt / (1 - current), "tau_mem": dt / (1 - decay), "v_leak": zero, "w_in": 1 / (1 - current)}
    r = np.ones_like(decay) if neuron.decay_input else 1 / (1 - decay)
    if neuron.spikes:
        return nir.CubaLIF(r=r, v_threshold=threshold, v_reset=zero, **constants)
    return nir.CubaLI(r=r, **constants)


def _above(threshold: Array, spike_at: str) -> Array:
    """The threshold to be exceeded; to reach a number is to exceed the number of float32 before it."""
    if spike_at == "above":
        return threshold
    return np.nextafter(threshold.astype(np.float32), np.float32(-np.inf)).astype(np.float64)
