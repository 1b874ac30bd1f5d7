"""snnTorch's neurons and surrogates. A neuron returns its spikes, and its state where it isn't hidden."""

from inspect import getclosurevars
from typing import Any

from spikegraph.foreign.adapters import FAMILIES, Call, adapter
from spikegraph.foreign.known.layers import linear_params, weight_and_bias
from spikegraph.foreign.known.sizes import without_defaults
from spikegraph.foreign.numbers import number
from spikegraph.foreign.state import State
from spikegraph.foreign.statements import Number, StepBefore, Value

for family in ("_neurons.neurons.SpikingNeuron", "LeakyParallel"):
    FAMILIES.register(f"snntorch.{family}", "use Leaky, Synaptic or RLeaky, or register an adapter")

SURROGATES = {"fast_sigmoid": ("superspike", "slope"), "atan": ("cauchy", "alpha"), "sigmoid": ("sigmoid", "slope")}
"""Our names of its surrogates, and its name of their parameter."""


def surrogate(call: Call, function: Any) -> str:
    """A surrogate as a spec writes it."""
    name = function.__qualname__.partition(".")[0]
    if name not in SURROGATES:
        call.approximation(
            f"its surrogate `{name}` isn't known, and arctan takes its place",
            f"use one of {', '.join(SURROGATES)}",
            affects="gradients",
        )
        return "arctan(b = 3)"
    ours, parameter = SURROGATES[name]
    b = float(getclosurevars(function).nonlocals[parameter])
    return "arctan(b = 3)" if (name, b) == ("atan", 2.0) else f"{ours}(b = {number(b)})"


def neuron(call: Call, x: Value, keys: dict[str, str | float] | None = None) -> Any:
    """A neuron with what all of them have, and what the layer returns."""
    node = call.module
    call.at_start(*(getattr(node, name, None) for name in ("mem", "syn", "spk")))
    for name in ("beta", "alpha", "threshold", "graded_spikes_factor"):
        if name in node._parameters:
            raise call.refuse(f"its `{name}` is learned, in another way than the language learns it", f"use learn_{name}=False")
        if getattr(getattr(node, name, 1.0), "numel", lambda: 1)() != 1:
            raise call.refuse(f"each of its neurons has a `{name}` of its own", "use one number for all")
    if node.inhibition:
        raise call.refuse("its neurons inhibit each other, which the language doesn't have", "use inhibition=False")
    if node.state_quant:
        raise call.refuse("its state is quantised, which the language doesn't have", "use state_quant=False")
    if float(node.graded_spikes_factor) != 1:
        raise call.refuse(f"its spikes are {float(node.graded_spikes_factor):g}, not 1", "use graded_spikes_factor=1.0")
    if node.reset_mechanism == "none":
        raise call.refuse("it fires without a reset", "use reset_mechanism='subtract' or 'zero'")
    if not getattr(node, "reset_delay", True):
        raise call.refuse(
            "with reset_delay=False it resets in the step of the spike, in a way that the language doesn't have",
            "use reset_delay=True",
        )
    spikes = call.neuron(
        x,
        (keys or {})
        | {
            "decay": min(max(float(node.beta), 0.0), 1.0),
            "threshold": float(node.threshold),
            "reset": "late" if node.reset_mechanism == "subtract" else "hard",
            "surrogate": surrogate(call, node.spike_grad),
            "detach_reset": True,
        },
    )
    states = [State(spikes, hidden=node.init_hidden)] * (len(call.results) - 1)
    return (spikes, *states) if states else spikes


def subtracting(call: Call) -> None:
    """Refuses a reset to zero that discards more than the potential."""
    if call.module.reset_mechanism == "zero":
        raise call.refuse(
            "its reset to zero also discards its current, or the input of the next step", "use reset_mechanism='subtract'"
        )


@adapter("snntorch.Leaky")
def leaky(call: Call, x: Value, mem: Any = None) -> Any:
    """The potential beta * mem + x."""
    call.own_states(mem)
    return neuron(call, x)


@adapter("snntorch.Synaptic")
def synaptic(call: Call, x: Value, syn: Any = None, mem: Any = None) -> Any:
    """A current alpha * syn + x, which charges the potential."""
    call.own_states(syn, mem)
    subtracting(call)
    current = number(min(max(float(call.module.alpha), 0.0), 1.0))
    return neuron(call, x, {"model": f"cuba(current_decay = {current})"})


@adapter("snntorch.RLeaky")
def recurrent(call: Call, x: Value, spk: Any = None, mem: Any = None) -> Any:
    """The potential beta * mem + x + V(spk), where spk are its own spikes of the step before."""
    node = call.module
    call.own_states(spk, mem)
    subtracting(call)
    if not node.all_to_all:
        raise call.refuse("each neuron has a connection to itself alone", "use all_to_all=True")
    own, layer = StepBefore(call.next_number(2)), node.recurrent
    weights = weight_and_bias(layer, "recurrent.")
    if hasattr(layer, "out_features"):
        back = call.add("linear", own, like=x, params=linear_params(layer), weights=weights)
    else:
        params: dict[str, Number] = {"kernel": layer.kernel_size[0], "out": layer.out_channels, "bias": layer.bias is not None}
        back = call.add("conv", own, like=x, params=without_defaults(params, bias=True), weights=weights)
    return neuron(call, call.add("add", x, back, shape=x.shape))
