"""Neurons by generated kernels and by operations of torch, and their comparison."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn

from spikegraph.backends.torch.modules import neuron_sequences
from spikegraph.backends.torch.modules.neuron_sequences import neurons
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.dsl.models.texts import model_of
from spikegraph.ir.neuron import Chosen, Constant, Learned, Neuron
from spikegraph.ir.surrogates import Surrogate

LIBRARY = {"lif": {}, "alif": {"adaptation": 0.4, "adaptation_decay": 0.7}, "cuba": {"current_decay": 0.6}}
SHAPE = (6, 2, 3, 5, 7)
STRENGTH = {"brf": 100, "adlif": 10, "izhikevich": 100}
"""Currents at which models with other units fire."""
EVERYTHING = """model everything(I, J) {
  number decay = 0.5 in (0, 1) learned per channel
  number threshold = 0.5 in (0, inf)
  number width = 0.7 in (0, inf) learned per layer
  number soft = 0.3 in (0, inf)
  state v = 0.125
  state w = -0.25
  state r = 0
  a = tanh(width * v[t-1]) + sin(w[t-1]) - cos(soft * J) / (2 + abs(w[t-1]))
  b = where(not (a > 0.2) or (I <= 0.5 and v[t-1] >= soft), exp(min(a, 1)), max(a, decay * I))
  c = sqrt(clamp(b, 0.1, 3)) - log(1.5 + sigmoid(a - width)) + straight(0.25 * round(4 * a)) + floor(b)
  d = where(a < 0, 0.25, -0.5) + detach(c * width) + relu(-b) + erf(width * b)
  u = decay * v[t-1] + 0.3 * c + I - 0.125 * d + 0.1 * straight(floor(d - w[t-1])) - 0.1 * round(a)
  y = fire(u, threshold + soft * r[t-1], levels = 1) + fire(-u, width, levels = 1, surrogate = arctan(b = 2))
  v = u - y * threshold
  w = -0.5 * w[t-1] + 0.25 * b - y
  r = 0.5 * r[t-1] + y
  emit y else u
}"""
"""A model with all functions of the language."""
Found = tuple[list[Tensor], list[Tensor]]
"""Result and states; gradients of currents, first states and parameters."""


def neuron_of(text: str, *, surrogate: str = "superspike", b: float = 3.0, **fields: object) -> Neuron:
    """A neuron with the numbers of the text, of which those are learned that it says."""
    model = model_of(text)
    own = {number.name: number.value for number in model.numbers}
    return Neuron(
        model=model.name,
        text=model.text,
        surrogate=Surrogate(name=surrogate, b=b),
        constants=tuple(Constant(name=k, value=v) for k, v in own.items() if k not in ("decay", "threshold")),
        learned=tuple(Learned(name=n.name, per=n.learned) for n in model.numbers if n.learned is not None),
        options=tuple(Chosen(name=o.name, word=o.value) for o in model.options if o.name != "decay_input"),
        decay_input=any(o.name == "decay_input" and o.value == "on" for o in model.options),
        **{k: own[k] for k in ("decay", "threshold") if k in own} | fields,
    )


def of_library(model: str, surrogate: str = "superspike", **fields) -> Neuron:
    constants = tuple(Constant(name=k, value=v) for k, v in LIBRARY[model].items())
    return Neuron(model=model, constants=constants, surrogate=Surrogate(name=surrogate), **{"threshold": 0.75, **fields})


def drawn(seed: int, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def weights_of(n: Neuron, dtype: torch.dtype) -> nn.Module:
    """Trained parameters near their first values, those of channels different."""
    module = nn.Module()
    for k, (name, shape) in enumerate(n.weights(SHAPE[2]).items()):
        value = n.initial()[name] + 0.1 * drawn(k, shape, torch.float64)
        module.register_parameter(name, nn.Parameter(value.to(dtype)))
    return module


def computed(n: Neuron, dtype: torch.dtype, layout: str = "last", *, continued: bool = True) -> Found:
    real = torch.float32 if dtype == torch.bfloat16 else dtype
    x = (drawn(1, SHAPE, dtype) + 0.4) * STRENGTH.get(n.model, 1)
    x = (x.movedim(2, -1).contiguous().movedim(-1, 2) if layout == "last" else x).requires_grad_()
    others = [drawn(9, SHAPE, dtype).requires_grad_() for _ in n.inputs[1:]]
    weights = weights_of(n, real)
    count = resolved(n).dynamics.states
    state = tuple(drawn(2 + k, SHAPE[1:], real).requires_grad_() for k in range(count)) if continued else None
    result, after = neurons(resolved(n), x, state, weights, others)
    losses = [(each * drawn(20 + k, each.shape, each.dtype)).sum() for k, each in enumerate((result, *after))]
    sum(losses).backward()
    leaves = (x, *others, *(state or ()), *weights.parameters())
    grads = [torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in leaves]
    return [result.detach(), *(each.detach() for each in after)], grads


def both(monkeypatch: pytest.MonkeyPatch, n: Neuron, dtype: torch.dtype, layout: str = "last", *, continued: bool = True):
    """By the generated kernels, and by operations of torch."""
    calls: list[bool] = []
    real = neuron_sequences.generated

    def counted(*arguments, **named):
        calls.append((found := real(*arguments, **named)) is not None)
        return found

    monkeypatch.setattr(neuron_sequences, "generated", counted)
    ours = computed(n, dtype, layout, continued=continued)
    assert calls == [True]
    monkeypatch.setattr(neuron_sequences, "generated", lambda *_, **__: None)
    theirs = computed(n, dtype, layout, continued=continued)
    monkeypatch.setattr(neuron_sequences, "generated", real)
    return ours, theirs


def check(ours, theirs, *, bits: bool, relative: float) -> None:
    """Results and states have the same bits, or differ by rounding of functions; spikes and shapes are equal in any case."""
    assert ours[0][0].abs().sum() > 0
    for a, b in zip(ours[0], theirs[0], strict=True):
        assert a.dtype == b.dtype
        assert torch.equal(a, b) if bits or a is ours[0][0] else torch.allclose(a, b, rtol=relative, atol=relative)
    assert len(ours[1]) == len(theirs[1])
    for a, b in zip(ours[1], theirs[1], strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        torch.testing.assert_close(a, b, rtol=relative, atol=relative * b.abs().mean().item())
