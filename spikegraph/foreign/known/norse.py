"""norse's neurons for one time step. A cell returns its result and its state."""

from importlib import import_module
from typing import Any

from spikegraph.foreign.adapters import FAMILIES, Call, adapter
from spikegraph.foreign.known.layers import autapses
from spikegraph.foreign.numbers import number
from spikegraph.foreign.state import State
from spikegraph.foreign.statements import Number, StepBefore, Value

for family in ("SNNCell", "SNNRecurrentCell", "SNN", "SNNRecurrent"):
    FAMILIES.register(
        f"norse.torch.module.snn.{family}",
        "use LIFCell, LIFRecurrentCell or LICell in a module of one time step, or register an adapter",
    )


def numbers(call: Call) -> dict[str, float]:
    """The decays of potential and current, from the time constants and the step dt, in the precision of these numbers."""
    cell = call.module
    for name, value in cell.p._asdict().items():
        if getattr(value, "numel", lambda: 1)() != 1:
            raise call.refuse(f"each of its neurons has a `{name}` of its own", "use one number for all")
    if float(cell.p.v_leak) != 0:
        raise call.refuse(f"its potential leaks to {float(cell.p.v_leak):g}", "use v_leak=0")
    return {"decay": 1 - float(cell.dt * cell.p.tau_mem_inv), "current_decay": 1 - float(cell.dt * cell.p.tau_syn_inv)}


def _slope(p: Any) -> float:
    """B of its surrogate 1 / (b * |x| + 1)^2, from its derivative at x = 1: some versions don't use their `alpha`."""
    import torch  # noqa: PLC0415 (adapters are registered without torch)

    threshold: Any = import_module("norse.torch.functional.threshold").threshold
    x = torch.ones((), dtype=torch.float64, requires_grad=True)
    return round(float(torch.autograd.grad(threshold(x, p.method, p.alpha), x)[0]) ** -0.5 - 1, 9)


def fired(call: Call, x: Value, **keys: str | float) -> Value:
    """V + dt * tau_mem_inv * (i - v), where i + x decays by dt * tau_syn_inv."""
    p, n = call.module.p, numbers(call)
    if float(p.v_reset) != 0:
        raise call.refuse(f"it resets to {float(p.v_reset):g}", "use v_reset=0")
    if p.method != "super":
        raise call.refuse(f"its surrogate `{p.method}` isn't known", "use method='super'")
    return call.neuron(
        x,
        {
            "model": f"cuba(current_decay = {number(n['current_decay'])})",
            "decay": n["decay"],
            "threshold": float(p.v_th),
            "surrogate": f"superspike(b = {number(_slope(p))})",
            "decay_input": True,
        }
        | keys,
    )


@adapter("norse.torch.LIFCell")
def lif(call: Call, x: Value, state: Any = None) -> tuple[Value, State]:
    """Leaky integrate-and-fire with a current."""
    call.own_states(state)
    spikes = fired(call, x)
    return spikes, State(spikes)


@adapter("norse.torch.LIFRecurrentCell")
def recurrent(call: Call, x: Value, state: Any = None) -> tuple[Value, State]:
    """The same with the current input_weights x + recurrent_weights z, where z are its own spikes of the step before."""
    call.own_states(state)
    if len(x.shape) - len(x.lead) != 1:
        raise call.refuse("it takes the last of several axes", "flatten before it")
    params: dict[str, Number] = {"out": int(call.module.hidden_size), "bias": False}
    given = call.add("linear", x, params=params, weights={"weight": "input_weights"})
    own = StepBefore(call.next_number(2))
    params = {**params, **autapses(call.module.recurrent_weights)}
    back = call.add("linear", own, like=given, params=params, weights={"weight": "recurrent_weights"})
    spikes = fired(call, call.add("add", given, back), detach_reset=True)
    return spikes, State(spikes)


@adapter("norse.torch.LICell")
def li(call: Call, x: Value, state: Any = None) -> tuple[Value, State]:
    """The same without spikes."""
    call.own_states(state)
    n = numbers(call)
    potential = call.neuron(
        x,
        {
            "model": f"cuba(current_decay = {number(n['current_decay'])})",
            "decay": n["decay"],
            "fires": False,
            "decay_input": True,
        },
    )
    return potential, State(potential)
