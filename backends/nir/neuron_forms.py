"""Neurons of NIR as declarations of the language: Euler steps of length dt, whose input may be scaled."""

from dataclasses import dataclass
from typing import Any

import nir
import numpy as np

from spikegraph.backends.nir.wires import RefusedError
from spikegraph.backends.nir.writer import Array
from spikegraph.foreign.numbers import number
from spikegraph.foreign.statements import NeuronForm

SAME = 1e-12
"""Relative difference below which a number is the one that a person would write: 0.5 for 0.49999999999999994."""


@dataclass(frozen=True)
class Numbers:
    """A node of NIR with the length of the time step in seconds."""

    node: Any
    dt: float

    def of(self, name: str) -> Array:
        """A parameter in float64."""
        return np.asarray(getattr(self.node, name), np.float64)

    def decay(self, tau: str) -> Array:
        """What remains after a time step of what decays with a time constant.

        Raises:
            RefusedError: The time constant is shorter than the step.
        """
        decay = 1 - self.dt / self.of(tau)
        if (decay < -SAME).any() or not np.isfinite(decay).all():
            help = "give a shorter time step with --dt"
            raise RefusedError(f"its `{tau}` is shorter than the time step of {self.dt:g} s", help)
        return np.maximum(_rounded(decay), 0)

    def ratio(self, numerator: str, tau: str) -> Array:
        """How much of an input one step adds."""
        return self.of(numerator) * self.dt / self.of(tau)


def form(n: Numbers) -> tuple[NeuronForm, dict[str, Array]]:
    """The keys of a neuron, and the tensors of numbers that differ between channels.

    A gain g of the input is taken out of the potential, which is then 1 / g of NIR's, like its threshold.

    Raises:
        RefusedError: The language has no such neuron.
    """
    node = n.node
    keys: dict[str, str] = {}
    arrays: dict[str, Array] = {}
    gain = np.ones(1)
    match node:
        case nir.Threshold():
            arrays["decay"] = np.zeros(1)
        case nir.IF() | nir.I():
            keys["model"], gain = "if", n.of("r") * n.dt
        case nir.CubaLIF() | nir.CubaLI():
            current = _channels("tau_syn", n.decay("tau_syn"))
            if len(current) > 1:
                raise RefusedError("its `tau_syn` differs within the layer", "use one number")
            keys["model"] = f"cuba(current_decay = {number(current[0])})"
            arrays["decay"] = n.decay("tau_mem")
            gain = n.ratio("w_in", "tau_syn") * n.ratio("r", "tau_mem")
        case _:
            arrays["decay"] = n.decay("tau")
            gain = n.ratio("r", "tau")
            if _near(gain, 1 - arrays["decay"]):
                keys["decay_input"], gain = "true", np.ones(1)
    gain = np.ones(1) if _near(gain, np.ones(1)) else gain
    fires = hasattr(node, "v_threshold") or hasattr(node, "threshold")
    for name in ("v_leak", "v_reset"):
        if np.any(getattr(node, name, 0)):
            raise RefusedError(f"its `{name}` isn't 0", "shift its potentials, so that they rest at 0")
    if (gain <= 0).any() or (not fires and not _near(gain, np.ones(1))):
        raise RefusedError("its input has a gain that isn't 1", "give the time step with --dt, or scale the layer before it")
    if fires:
        arrays["threshold"] = n.of("threshold" if isinstance(node, nir.Threshold) else "v_threshold") / gain
        if (arrays["threshold"] <= 0).any():
            raise RefusedError("its threshold isn't above 0, the potential after a spike", "use a higher threshold")
    else:
        keys["fires"] = "false"
    return _declared(keys, {name: _channels(name, values) for name, values in arrays.items()})


def _declared(keys: dict[str, str], arrays: dict[str, Array]) -> tuple[NeuronForm, dict[str, Array]]:
    """The declaration; numbers for each channel are learned ones, whose trained parameters are tensors."""
    tensors: dict[str, Array] = {}
    for name, values in arrays.items():
        if len(values) == 1:
            keys[name] = number(values[0])
        elif name == "decay":
            if not ((values > 0) & (values < 1)).all():
                raise RefusedError("some of its decays are 0 or 1, and others aren't", "use one decay")
            keys[name], tensors[name] = "learn(0.5, per = channel)", np.log(values / (1 - values))
        else:
            keys[name], tensors[name] = "learn(1, per = channel)", np.log(values)
    order = ("model", "decay", "threshold", "decay_input", "fires")
    return NeuronForm(tuple((key, keys[key]) for key in order if key in keys)), tensors


def _channels(name: str, values: Array) -> Array:
    """A number for the layer, [1], or for each channel, [C].

    Raises:
        RefusedError: They differ within a channel.
    """
    rows = values.reshape(len(values), -1)
    if (rows != rows[:, :1]).any():
        raise RefusedError(f"its {name} differs within a channel", "use one number for each channel")
    return rows[:1, 0] if (rows == rows[0, 0]).all() else rows[:, 0]


def _near(one: Array, other: Array) -> bool:
    return bool(np.allclose(one, other, rtol=1e-9, atol=0))


def _rounded(values: Array) -> Array:
    """Numbers as a person would have written them, where that is within rounding."""
    short = np.round(values, 10)
    return np.where(np.abs(short - values) <= SAME, short, values)
