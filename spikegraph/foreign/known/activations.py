"""Activations of PyTorch without a state, as models of neurons."""

from typing import Any

from spikegraph.foreign.adapters import Call, adapter
from spikegraph.foreign.statements import NeuronForm, Value

_RELU6 = ("relu6", "clamp(I, 0, 6)")
_HARD_SIGMOID = ("hard_sigmoid", "clamp(I / 6 + 0.5, 0, 1)")
_HARD_SWISH = ("hard_swish", "I * clamp(I / 6 + 0.5, 0, 1)")
_SILU = ("silu", "I * sigmoid(I)")
_GELU = ("gelu", "I * 0.5 * (1 + erf(0.7071067811865476 * I))")
_GELU_BY_TANH = ("gelu_by_tanh", "I * 0.5 * (1 + tanh(0.7978845608028654 * (I + 0.044715 * I * I * I)))")


def _activation(call: Call, x: Value, form: tuple[str, str]) -> Value:
    """A neuron whose model is a function of its current."""
    name, expression = form
    text = f"model {name}_model(I) {{\n  u = {expression}\n  emit u\n}}\n"
    neuron = NeuronForm((("model", f"{name}_model"),), text)
    return call.add("neuron", x, shape=x.shape, neuron=neuron, layout=x.layout)


@adapter("torch.nn.ReLU6", "torch.nn.functional.relu6", any_layout=True)
def relu6(call: Call, x: Value, *_: Any, **__: Any) -> Value:
    """min(max(x, 0), 6)."""
    return _activation(call, x, _RELU6)


@adapter("torch.nn.Hardsigmoid", "torch.nn.functional.hardsigmoid", any_layout=True)
def hard_sigmoid(call: Call, x: Value, *_: Any, **__: Any) -> Value:
    """min(max(x / 6 + 1 / 2, 0), 1)."""
    return _activation(call, x, _HARD_SIGMOID)


@adapter("torch.nn.Hardswish", "torch.nn.functional.hardswish", any_layout=True)
def hard_swish(call: Call, x: Value, *_: Any, **__: Any) -> Value:
    """The hard sigmoid times its operand."""
    return _activation(call, x, _HARD_SWISH)


@adapter("torch.nn.SiLU", "torch.nn.functional.silu", any_layout=True)
def silu(call: Call, x: Value, *_: Any, **__: Any) -> Value:
    """The logistic function times its operand."""
    return _activation(call, x, _SILU)


@adapter("torch.nn.GELU", any_layout=True)
def gelu(call: Call, x: Value) -> Value:
    """GELU by a layer."""
    return gelu_function(call, x, approximate=call.module.approximate)


@adapter("torch.nn.functional.gelu", any_layout=True)
def gelu_function(call: Call, x: Value, *, approximate: str = "none") -> Value:
    """GELU, by the error function or by tanh."""
    return _activation(call, x, _GELU_BY_TANH if approximate == "tanh" else _GELU)
