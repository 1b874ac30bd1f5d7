"""SpikingJelly's neurons and surrogates (`spikingjelly.activation_based`)."""

from typing import Any

from spikegraph.foreign.adapters import FAMILIES, Call, adapter
from spikegraph.foreign.known.instead import ONLINE
from spikegraph.foreign.numbers import number
from spikegraph.foreign.state import State
from spikegraph.foreign.statements import NeuronForm, Value, Weight

PACKAGE, BEFORE = "spikingjelly.activation_based", "spikingjelly.clock_driven"
"""Its layers, and those of versions up to 0.0.0.0.12."""


def named(name: str) -> tuple[str, ...]:
    """The full names of a neuron: in old versions there is a class of its own for all steps at once."""
    return f"{PACKAGE}.neuron.{name}", f"{BEFORE}.neuron.{name}", f"{BEFORE}.neuron.MultiStep{name}"


FAMILIES.register(f"{BEFORE}.neuron.BaseNode", "use IFNode, LIFNode or ParametricLIFNode, or register an adapter")
for family in ("BaseNode", "PSN"):
    FAMILIES.register(f"{PACKAGE}.neuron.{family}", "use IFNode, LIFNode or ParametricLIFNode, or register an adapter")
FAMILIES.register(f"{PACKAGE}.layer.MultiStepContainer", "put layers with step_mode='m' in its place")
FAMILIES.register(
    f"{PACKAGE}.base.MemoryModule", "use IFNode, LIFNode, ParametricLIFNode or layers without a state, or register an adapter"
)

SURROGATES = {
    "Sigmoid": "sigmoid",
    "ATan": "cauchy",
    "SoftSign": "softsign",
    "Erf": "gaussian",
    "PiecewiseQuadratic": "hat",
    "PiecewiseExp": "exponential",
    "Rect": "open_rectangular",
}
"""Our names of its surrogates, whose parameter alpha is our b."""


def surrogate(call: Call, function: Any) -> str:
    """A surrogate as a spec writes it."""
    kind = type(function).__name__
    if not function.spiking:
        raise call.refuse("its surrogate takes the place of its spikes", "use spiking=True")
    if kind not in SURROGATES:
        call.approximation(
            f"its surrogate `{kind}` isn't known, and arctan takes its place",
            f"use one of {', '.join(SURROGATES)}",
            affects="gradients",
        )
        return "arctan(b = 3)"
    alpha = float(function.alpha)
    return "arctan(b = 3)" if (kind, alpha) == ("ATan", 2.0) else f"{SURROGATES[kind]}(b = {number(alpha)})"


def neuron(call: Call, x: Value, keys: dict[str, str | float], weights: dict[str, Weight] | None = None) -> Value:
    """A neuron with what all of them have."""
    node = call.module
    call.at_start(node.v)
    old = any(kind.__name__.startswith("MultiStep") for kind in type(node).__mro__)
    mode = getattr(node, "step_mode", "m" if old else "s")
    if (mode == "m") != call.over_time(x):
        given = "all time steps at once" if call.over_time(x) else "one time step"
        raise call.refuse(
            f"its step_mode is '{mode}', but it is given {given}",
            "call functional.set_step_mode(module, 'm'), and give the module [T, N, C, ...]; or 's' with one step, [N, C, ...]",
        )
    soft = node.v_reset is None
    threshold = float(node.v_threshold) - (0.0 if soft else float(node.v_reset))
    if threshold <= 0:
        raise call.refuse(
            f"its threshold, {node.v_threshold:g}, isn't above its reset, {node.v_reset or 0:g}",
            "use a threshold above the reset",
        )
    keys |= {"decay_input": True} if getattr(node, "decay_input", False) else {}
    keys |= {
        "threshold": keys.get("threshold", float(threshold)),
        "reset": "soft" if soft else "hard",
        "surrogate": surrogate(call, node.surrogate_function),
        "detach_reset": node.detach_reset,
        "spike_at": "reached",
    }
    return call.neuron(x, keys, weights)


@adapter(*named("IFNode"), any_layout=True)
def integrate(call: Call, x: Value) -> Value:
    """The potential v + x."""
    return neuron(call, x, {"model": "if"})


@adapter(*named("LIFNode"), any_layout=True)
def leaky(call: Call, x: Value) -> Value:
    """The potential v + (x - (v - v_reset)) / tau, or v - (v - v_reset) / tau + x."""
    if not call.module.tau >= 1:
        raise call.refuse(f"its tau is {call.module.tau:g}: the potential would change its sign at each step", "use tau >= 1")
    return neuron(call, x, {"decay": 1 - 1 / call.module.tau})


@adapter(f"{PACKAGE}.neuron.OTTTLIFNode", any_layout=True)
def online(call: Call, x: Value) -> Value | list[Value | State]:
    """The potential of `LIFNode`; in training with a trace of its spikes, which gradients alone take."""
    call.approximation("its gradients are those of online training, without the steps before", ONLINE, affects="gradients")
    spikes = leaky(call, x)
    return [spikes, State(spikes, hidden=True)] if call.module.training else spikes


@adapter(*named("ParametricLIFNode"), any_layout=True)
def parametric(call: Call, x: Value) -> Value:
    """The potential v + (x - (v - v_reset)) * sigmoid(w), or v - (v - v_reset) * sigmoid(w) + x: a decay of sigmoid(-w)."""
    start = number(1 - float(call.module.w.detach().sigmoid()))
    return neuron(call, x, {"decay": f"learn({start}, per = layer)"}, {"decay": Weight("w", -1)})


@adapter(f"{PACKAGE}.neuron.QIFNode", f"{PACKAGE}.neuron.EIFNode")
def nonlinear(call: Call, x: Value) -> Value:
    """The potential v + (x + f(v)) / tau, with f a parabola or an exponential."""
    node = call.module
    if node.v_reset is None:
        raise call.refuse("its potential begins at 0, and that of the language at its reset", "use a number as v_reset")
    own = {"tau": node.tau, "v_rest": node.v_rest, "v_reset": node.v_reset}
    quadratic = hasattr(node, "a0")
    own |= {"a": node.a0, "v_c": node.v_c} if quadratic else {"sharpness": node.delta_T, "v_c": node.theta_rh}
    values = ", ".join(f"{name} = {number(value)}" for name, value in own.items())
    keys = {"model": f"{'qif' if quadratic else 'eif'}({values})", "threshold": float(node.v_threshold)}
    return neuron(call, x, keys)


PARALLEL = """model parallel_model(I) {
  over time
  weights w[time, time] = 0
  number bias = -1 in (-inf, inf) learned per step
  u = sum(s in time, w[t, s] * I[s]) + bias
  y = fire(u, 0, at = reached)
  emit y else u
}
"""
"""`psn` without its identity, which is part of the weights here, and with a spike where the potential is 0."""


@adapter(f"{PACKAGE}.neuron.PSN", any_layout=True)
def parallel(call: Call, x: Value) -> Value:
    """The potentials weight x + bias, of all steps at once."""
    node = call.module
    if not call.over_time(x):
        raise call.refuse("its first dimension isn't that of the time steps", "give it [T, N, C, ...]")
    keys = (("model", "parallel_model"), ("surrogate", surrogate(call, node.surrogate_function)), ("steps", str(node.T)))
    weights = {"w": "weight", "bias": "bias"}
    return call.add("neuron", x, shape=x.shape, weights=weights, neuron=NeuronForm(keys, PARALLEL), layout=x.layout)


@adapter(f"{PACKAGE}.layer.VotingLayer")
def vote(call: Call, x: Value) -> Value:
    """The mean over the neighbouring channels that stand for one class."""
    return call.add("vote", x, params={"voters": call.module.voting_size})
