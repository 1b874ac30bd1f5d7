"""Names of a model of neurons that a module of PyTorch, or the lines that are written, have themselves."""

import pytest
import torch

from spikegraph.backends.torch.exporting.python_module import written_of
from spikegraph.backends.torch.exporting.step import StreamingStep
from spikegraph.backends.torch.lowering import lower
from spikegraph.program.program import Program

CHAIN = "output y = x -> linear(8) -> a -> linear(3)"
LOOP = "s = add(x -> linear(8), previous(s) -> linear(8)) -> a\n  output y = s -> linear(3)"
OTHER_SLOPE = "output y = x -> linear(8) -> a -> linear(4) -> a(surrogate = dspike(b = 5)) -> linear(3)"


def learned(name):
    return MODEL.replace("NAME", name) + f"neuron a {{ model = m({name} = learn(0.7)) }}"


MODEL = """
model m(I) {
  number NAME = 0.7 in (0, 10)
  number threshold = 0.5 in (0, inf)
  state v = 0
  u = NAME * v[t-1] + I
  y = fire(u, threshold)
  v = u - threshold * y
  emit y else u
}
"""
LEVELS = MODEL.replace("fire(u, threshold)", "fire(NAME * u, threshold, levels = 3)").replace("NAME * v", "0.5 * v")
BEFORE = """
model m(I) {
  number threshold = 0.5 in (0, inf)
  state v = 0
  v_before = 0.3 * I
  y = fire(0.5 * v[t-1] + I, threshold)
  v = v[t-1] * 0.5 + I - threshold * y
  u = v[t-1] + v_before
  emit y else u
}
neuron a { model = m  fires = false }
"""
COPY = BEFORE.replace("v_before = 0.3 * I", "p = v[t-1]").replace("u = v[t-1] + v_before", "u = p + I")
UNUSED = """
model m(I) {
  number slope = 0.7 in (0, 10)
  option kind = plain of plain | steep
  state v = 0
  u = case kind { plain: 0.5 * v[t-1] + I  steep: slope * v[t-1] + I }
  v = u
  emit u
}
neuron a { model = m(slope = learn(0.7)) }
"""
CASES = {
    "b of the model and of its surrogate": ("neuron a { model = izhikevich }", OTHER_SLOPE),
    "a learned b of a surrogate beside that of the model": (
        MODEL.replace("NAME", "b") + "neuron a { model = m(b = learn(0.3))  surrogate = dspike(b = learn(3)) }",
        CHAIN,
    ),
    "a temperature of the model beside that of its surrogate": (
        MODEL.replace("NAME", "temperature")
        + "neuron a { model = m(temperature = learn(0.3))  surrogate = dspike(b = learn(3)) }",
        CHAIN,
    ),
    "k of levels": (LEVELS.replace("NAME", "k") + "neuron a { model = m(k = learn(0.7)) }", CHAIN),
    "state before": (BEFORE, CHAIN),
    "copy of the state before": (COPY, CHAIN),
    "number without effect": (UNUSED, CHAIN),
    **{f"number {name}": (learned(name), CHAIN) for name in ("half", "type", "training", "forward", "lambda")},
    "number step": (learned("step"), LOOP),
    "neuron dspike": ("neuron dspike { decay = 0.5 }", CHAIN.replace("-> a", "-> dspike")),
}


def network(neurons, body=CHAIN):
    text = f"sdhs 1\n{neurons}\nnetwork net {{\n  input x : real[6]\n  {body}\n}}\n"
    program = Program.of_text(text, "net.sdhs").checked()
    built = program.build("retrain")
    torch.manual_seed(0)
    return program, lower(built.graph, plain=built.plain)


@pytest.mark.parametrize(("neurons", "body"), CASES.values(), ids=list(CASES))
def test_written_module_is_the_network(neurons, body):
    """Results and gradients of the module are those of the network in float64."""
    assert written_of(*network(neurons, body), "retrain").compared() == ()


NAMES = {name: (learned(name), CHAIN) for name in ("half", "training", "lambda")}
WIRES = {f"wire {name}": (learned("p"), f"{name} = x -> linear(8) -> a\n  output y = {name}") for name in ("half", "from")}


@pytest.mark.parametrize(("neurons", "body"), [*NAMES.values(), *WIRES.values()], ids=[*NAMES, *WIRES])
def test_exported_step_is_that_of_the_network(neurons, body):
    _, model = network(neurons, body)
    step, xs = StreamingStep(model.eval()), torch.randn(1, 2, 6)
    given = (xs[0], *step.begin(2))
    torch.testing.assert_close(torch.export.export(step, given).module()(*given)[0], model(xs)[0])
