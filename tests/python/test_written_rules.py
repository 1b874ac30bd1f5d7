"""Every operation and surrogate can be written, or is refused by name with the spec's line and what helps."""

from typing import ClassVar

import pytest
from torch import nn

from spikegraph.backends.python.module import RefusedError, module_of
from spikegraph.backends.python.rule_table import RULES, Expression, rule
from spikegraph.backends.python.scopes import cells_of
from spikegraph.backends.python.surrogates import SLOPES
from spikegraph.dsl.models.library import library
from spikegraph.ir.opdef import OPS, Op, register
from spikegraph.ir.surrogates import SURROGATES
from spikegraph.program.program import Program

from .judged import Case, run_outside


def test_every_operation_has_a_rule():
    """But not those that passes take apart, or join to compute them at once: the network is written before that."""
    asked = {name for name, op in OPS.items() if OPS.is_built_in(name) and not (op.traits.expanded_by or op.traits.joined)}
    assert asked - RULES.keys() == {"input"}


def test_every_surrogate_has_a_line():
    assert {name for name in SURROGATES if SURROGATES.is_built_in(name)} == SLOPES.keys()


def written(text, phase="retrain"):
    program = Program.of_text(text, "net.sdhs").checked(phase)
    built = program.build(phase)
    return module_of(built.plain, cells_of(built.outline), "sdhs 1", frozenset(dir(nn.Module())))


NEURONS = {
    **{name: f"model = {name}" for name in library() if name != "psn"},
    "soft": "reset = soft  decay = 0.7",
    "late": "reset = late  decay = 0.7  detach_reset = true",
    "levels": "levels = 3  threshold = 0.4",
    "nearest": "levels = 3  threshold = 0.5  spike_at = nearest  reset = soft",
    "reached": "spike_at = reached  decay = 1",
    "silent": "fires = false  decay_input = true",
    "memoryless": "decay = 0  threshold = 0.1",
    "learned": "decay = learn(0.5, per = channel)  threshold = learn(0.8)  reset = soft",
    **{name: f"surrogate = {name}(b = 1.5)  decay = 0.8" for name in SURROGATES},
    **{f"{name}_b": f"surrogate = {name}(b = learn(1.5, per = channel))" for name in SURROGATES},
}
TWO = {"dendrite": ("first", "second"), "tclif": ("dendrite", "soma"), "two_compartment": ("dendrite", "soma")}
"""The currents of models with two of them."""


@pytest.fixture(scope="module")
def neurons(tmp_path_factory):
    folder, found = tmp_path_factory.mktemp("neurons"), {}
    for name, keys in NEURONS.items():
        use = "cell({} = a, {} = b)".format(*TWO[name]) if name in TWO else "add(a, b) -> cell"
        text = f"""sdhs 1
neuron cell {{ {keys} }}
network net {{
  input x : real[2, 4, 4]
  a = x -> conv(3, out = 4)
  b = x -> conv(3, out = 4)
  output y = {use}
}}
"""
        found[name] = Case(Program.of_text(text, "net.sdhs"), folder / name, gain=1, steps=6)
    run_outside(list(found.values()))
    return found


@pytest.mark.parametrize("name", NEURONS)
def test_neurons(neurons, name):
    """Each model of the library, each key and each surrogate, also with a learned b: spikes, results and gradients."""
    spikes = neurons[name].check()
    assert (spikes > 0) == (name not in ("silent", "relu", "izhikevich", "brf", "adlif"))


OPEN = """sdhs 1
neuron lif { decay = 0.5 }
network net {
  input x : real[2, 4, 4]
  a = x -> choose(skip = identity, c3 = conv(3, out = 2))
  output y = a -> lif
}
"""


def test_an_open_space_is_refused():
    with pytest.raises(RefusedError) as error:
        written(OPEN, "search")
    (refusal,) = error.value.refusals
    assert refusal.summary == "`mix` is an open choice, so it can't be written in Python"
    assert (str(refusal.span.start), refusal.help) == ("net.sdhs:5:12", "export the network that a search decided for")


@pytest.fixture
def halved(registrations):
    """An operation of a plug-in."""

    @register
    class Halved(Op):
        """Half of a value."""

        name: ClassVar[str] = "halved"

        def infer(self, x):
            return x

    return Halved


PLUGIN = "sdhs 1\nnetwork net {\n  input x : real[2, 4, 4]\n  output y = x -> halved\n}\n"


def test_an_operation_of_a_plug_in(halved):
    """Without a rule it is refused; with one it is written."""
    with pytest.raises(RefusedError) as error:
        written(PLUGIN)
    assert error.value.refusals[0].summary == "`halved` has no rule for Python, so it can't be written in Python"
    assert error.value.refusals[0].help == "register one with `spikegraph.backends.python.rule_table.rule`"
    rule(halved)(lambda place: Expression("{0} / 2", whole=False))
    assert "        return x / 2\n" in written(PLUGIN).text
