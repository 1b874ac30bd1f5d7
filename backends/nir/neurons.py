"""Neurons in the equations of NIR, whose time constants are those of Euler steps of length dt."""

from collections.abc import Iterator, Mapping

import nir
import numpy as np

from spikegraph.backends.nir.algebra import equation_of
from spikegraph.backends.nir.wires import RefusedError, Wires
from spikegraph.backends.nir.writer import Array, Writer
from spikegraph.ir.graph import Node
from spikegraph.ir.neuron import Neuron

MODELS = ("lif", "cuba")
"""The neuron models that NIR has, but for some of their keys."""

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
    elif neuron.registered not in MODELS and equation_of(neuron, _initial(neuron)) is None:
        yield _no_equation(neuron)
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


def _initial(neuron: Neuron) -> dict[str, Array]:
    """The numbers of a neuron before training."""
    return {name: np.array([neuron.number(name)]) for name in numbers(neuron)}


def numbers(neuron: Neuron) -> tuple[str, ...]:
    """The numbers of a neuron that its equation has."""
    model = neuron.written_model
    return () if model is None else tuple(number.name for number in model.numbers)


def number(writer: Writer, node: Node, neuron: Neuron, name: str) -> Array:
    """A number of a neuron in float64: [1], or [C] if it was learned for each channel."""
    if name not in {n.name for n in neuron.trained}:
        return np.array([neuron.number(name)])
    trained = writer.tensor(f"{node.weights}.{name}").astype(np.float64)
    found = {"sigmoid": 1 / (1 + np.exp(-trained)), "exp": np.exp(trained), "identity": trained}
    form = neuron.form(name)
    return form.offset + form.factor * found[form.function]


def made(neuron: Neuron, own: Mapping[str, Array], dt: float) -> nir.NIRNode:
    """The node of neurons with numbers [C, *size].

    A decay d per step is tau = dt / (1 - d), and a gain g of the current r = g / (1 - d), since NIR multiplies it by dt / tau.
    Without decay the node is an integrator, and without memory a threshold.

    Raises:
        RefusedError: NIR has no such neuron.
    """
    found, like = equation_of(neuron, own), next(iter(own.values()))
    if found is None:
        raise RefusedError(*_no_equation(neuron), declared=True)
    zero, decay, gain = np.zeros_like(like), found.decay + np.zeros_like(like), found.gain + np.zeros_like(like)
    threshold = zero if found.threshold is None else _above(found.threshold + zero, found.at)
    fires = found.threshold is not None
    if found.synapse is not None:
        return _current_based(found.synapse, decay, gain, threshold, dt, fires=fires)
    if (decay == 1).all():
        r = gain / dt
        return nir.IF(r=r, v_threshold=threshold, v_reset=zero) if fires else nir.I(r=r)
    if (decay == 0).all():
        if fires and (gain > 0).all():
            return nir.Threshold(threshold=threshold / gain)
        if not fires:
            return nir.Scale(scale=gain.astype(np.float32))
        raise RefusedError(*_no_equation(neuron), declared=True)
    if (decay == 1).any():
        raise RefusedError("some of the neurons don't decay, and others do; NIR has one equation for a layer", "use one decay")
    tau, r = dt / (1 - decay), gain / (1 - decay)
    if fires:
        return nir.LIF(tau=tau, r=r, v_leak=zero, v_threshold=threshold, v_reset=zero)
    return nir.LI(tau=tau, r=r, v_leak=zero)


def _current_based(
    synapse: tuple[Array, Array], decay: Array, gain: Array, threshold: Array, dt: float, *, fires: bool
) -> nir.NIRNode:
    """The node of neurons with a synaptic current."""
    zero = np.zeros_like(decay)
    kept, weight = (each + zero for each in synapse)
    if (kept == 1).any() or (decay == 1).any():
        raise RefusedError(NO_DECAY, "use a decay below 1", declared=True)
    constants = {"tau_syn": dt / (1 - kept), "tau_mem": dt / (1 - decay), "v_leak": zero, "w_in": weight / (1 - kept)}
    r = gain / (1 - decay)
    if fires:
        return nir.CubaLIF(r=r, v_threshold=threshold, v_reset=zero, **constants)
    return nir.CubaLI(r=r, **constants)


def _no_equation(neuron: Neuron) -> tuple[str, str]:
    return f"NIR has no neuron with the equations of `{neuron.model}`", "use `lif`, `if` or `cuba`"


def _above(threshold: Array, spike_at: str) -> Array:
    """The threshold to be exceeded; to reach a number is to exceed the number of float32 before it."""
    if spike_at == "above":
        return threshold
    return np.nextafter(threshold.astype(np.float32), np.float32(-np.inf)).astype(np.float64)
