"""Texts of neuron models with what the library's don't have: learned numbers, functions, several states, resets to numbers."""

from spikegraph.dsl.models.texts import model_of
from spikegraph.ir.neuron import Chosen, Constant, Learned, Neuron
from spikegraph.ir.surrogates import Surrogate

PARAMETRIC = """model parametric(I) {
  number decay = 0.5 in (0, 1) learned per channel
  number threshold = 1 in (0, inf) learned per layer
  number k = 0.9 in (0, inf) learned per layer
  state v = 0
  u = relu(k * (decay * v[t-1] + I))
  y = fire(u, threshold)
  v = reset(u, y)
  emit y else u
}"""

COMPLEMENTARY = """model complementary(I) {
  number decay = 0.5 in [0, 1]
  number threshold = 1 in (0, inf)
  state v = 0
  state m = 0.25
  u = decay * v[t-1] + I
  y = fire(u, threshold)
  m = m[t-1] * sigmoid((1 - decay) * u) + y
  v = u - y * (threshold + sigmoid(m))
  emit y else u
}"""

GATED = """model gated(I) {
  number leak_gate = 0 in (-inf, inf) learned per channel
  number reset_gate = 0 in (-inf, inf) learned per channel
  number decay = 0.75 in (0, 1) learned per channel
  number linear = 0.1 in (0, inf) learned per channel
  number threshold = 0.5 in (0, inf) learned per channel
  state v = 0
  state y = 0
  a = sigmoid(leak_gate)
  c = sigmoid(reset_gate)
  kept = (1 - a * (1 - decay)) * v[t-1] * (1 - c * y[t-1])
  u = kept - (1 - a) * linear + (1 - c * where(linear > 0.05, linear, 1)) * I
  y = fire(u, threshold)
  v = u
  emit y else u
}"""

IZHIKEVICH = """model izhikevich(I) {
  number a = 0.02 in (0, inf)
  number b = 0.2 in (0, inf)
  number c = 65 in (0, inf)
  number d = 8 in [0, inf)
  number dt = 0.5 in (0, 1]
  state v = -65
  state w = b * -65
  u = min(v[t-1] + dt * (0.04 * v[t-1] * v[t-1] + 5 * v[t-1] + 140 - w[t-1] + 50 * I), 100)
  y = fire(u, 30)
  v = reset(u, y, to = -c)
  w = w[t-1] + dt * a * (b * v[t-1] - w[t-1]) + d * y
  emit y else u
}"""

RESONATE = """model resonate(I) {
  number omega = 5 in (0, inf) learned per channel
  number b = 1 in (0, inf) learned per channel
  number threshold = 0.1 in (0, inf)
  number dt = 0.1 in (0, inf)
  state x = 0
  state z = 0
  state q = 0
  x = x[t-1] + dt * (-(b + q[t-1]) * x[t-1] - omega * z[t-1] + I)
  z = z[t-1] + dt * (omega * x[t-1] - (b + q[t-1]) * z[t-1])
  y = fire(x, threshold + q[t-1])
  q = 0.9 * q[t-1] + y
  emit y else x
}"""

TERNARY = """model ternary(I) {
  number decay = 0.5 in [0, 1]
  number threshold = 1 in (0, inf)
  state v = 0
  u = decay * v[t-1] + I
  y = fire(u, threshold) - fire(-u, threshold)
  v = u - threshold * y
  emit y else u
}"""

COUNTING = """model counting(I) {
  number decay = 0.25 in [0, 1]
  number threshold = 0.5 in (0, inf) learned per channel
  state v = 0
  u = decay * v[t-1] + I
  y = fire(u, threshold, levels = 4, at = nearest)
  v = u - threshold * detach(y)
  emit y else u
}"""

EVERYTHING = """model everything(I) {
  number decay = 0.5 in (0, 1) learned per channel
  number threshold = 0.5 in (0, inf)
  number width = 0.7 in (0, inf) learned per layer
  number soft = 0.3 in (0, inf)
  state v = 0.125
  state w = -0.25
  state r = 0
  a = tanh(width * v[t-1]) + sin(w[t-1]) - cos(soft * I) / (2 + abs(w[t-1]))
  b = where(not (a > 0.2) or (I <= 0.5 and v[t-1] >= soft), exp(min(a, 1)), max(a, decay * I))
  c = sqrt(clamp(b, 0.1, 3)) - log(1.5 + sigmoid(a - width)) + straight(0.25 * round(4 * a)) + floor(b)
  d = where(a < 0, 0.25, -0.5) + detach(c * width) + relu(-b)
  u = decay * v[t-1] + 0.3 * c + I - 0.125 * d + 0.1 * straight(floor(d - w[t-1])) - 0.1 * round(a)
  y = fire(u, threshold + soft * r[t-1]) + fire(-u, width, surrogate = arctan(b = 2))
  v = u - y * threshold
  w = -0.5 * w[t-1] + 0.25 * b - y
  r = 0.5 * r[t-1] + y
  emit y else u
}"""

TEXTS = (PARAMETRIC, COMPLEMENTARY, GATED, IZHIKEVICH, RESONATE, TERNARY, COUNTING, EVERYTHING)


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
        options=tuple(Chosen(name=o.name, word=o.value) for o in model.options),
        **{k: own[k] for k in ("decay", "threshold") if k in own} | fields,
    )
