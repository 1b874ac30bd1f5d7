"""What every built-in operation has beside its type rule: one that lacks something is named, with what it lacks."""

import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import ClassVar

import pytest

from spikegraph.ir.opdef import OPS, Op
from spikegraph.ir.ops.activation import Relu
from spikegraph.ir.plug_ins import has_samples
from spikegraph.meaning.references import EXPANSIONS, REFERENCES

TESTS = Path(__file__).parents[1]
sys.path.append(str(TESTS / "meaning"))

from operation_cases import CASES  # noqa: E402 (found in that folder)

NEURONS = "torch/test_neuron_models.py::test_values_and_gradients_are_those_of_a_loop"
PASSES = "torch/test_recurrent.py::test_the_faster_form_computes_the_same_values_and_gradients"
WIDE = "passes/test_widen.py::test_values_gradients_and_statistics_are_the_same"
NETWORKS = "meaning/test_networks.py::test_the_networks_have_every_operation"
SPIKING = "meaning/test_kernels.py::test_neurons"
COMPILED = "meaning/test_kernels.py::test_the_compiled_neuron"

KERNELS = {
    **dict.fromkeys(("neuron",), SPIKING),
    **dict.fromkeys(("lif", "potential"), COMPILED),
    "graded": "meaning/test_kernels.py::test_neurons_that_never_fire",
    "neuron_over_time": "meaning/test_kernels.py::test_neurons_over_time",
    **dict.fromkeys(
        ("norm_lif", "norm_neuron", "wide_conv", "wide_norm", "wide_lif", "wide_neuron", "fan", "mix", "route"), NETWORKS
    ),
    "weighted_gather": "meaning/test_networks.py::test_what_a_run_says",
    "channels_to_time": "torch/test_steps_as_channels.py::test_the_reference_computes_the_same",
}
"""Where the kernels are compared with the reference that `operation_cases` doesn't have."""

GRADIENTS = {
    "neuron": NEURONS,
    "graded": "meaning/test_kernels.py::test_gradients_of_neurons_that_never_fire",
    "neuron_over_time": "neurons/test_parallel.py::test_all_steps_at_once",
    "lif": "torch/test_lif.py::test_gradients_of_current_and_state",
    "potential": "torch/test_leaky.py::test_gradcheck",
    "norm_lif": PASSES,
    "norm_neuron": "passes/test_fuse.py::test_neurons_of_any_model",
    "wide_neuron": "passes/test_widen.py::test_neurons_of_any_model",
    **dict.fromkeys(("wide_conv", "wide_norm", "wide_lif", "fan"), WIDE),
    **dict.fromkeys(("mix", "weighted_gather", "route"), "torch/test_mixing.py::test_gradcheck"),
    "channels_to_time": "torch/test_steps_as_channels.py::test_gradients",
}
"""Where the gradients are checked that the slope of the reference in `operation_cases` doesn't judge."""


@cache
def rows():
    """The operations that docs/language.md has a row for."""
    page = (TESTS.parent / "docs" / "language.md").read_text(encoding="utf-8")
    table = page.partition("<!-- begin: operations -->")[2].partition("<!-- end: operations -->")[0]
    calls = (re.search(r"`(?:\w+ -> )?(\w+)", line) for line in table.splitlines() if line.startswith("| `"))
    return {call[1] for call in calls if call is not None}


def lacks(name):
    """What an operation doesn't have."""
    op, cases = OPS[name], {case for case, *_ in CASES}
    missing = []
    own = not (op.traits.source or op.traits.carries)
    if own and name not in REFERENCES and name not in EXPANSIONS:
        missing.append("a reference in spikegraph/meaning")
    if op.written and op.form is None and not has_samples(op):
        missing.append("samples for random specs")
    if own and name not in EXPANSIONS:
        if name not in cases and name not in KERNELS:
            missing.append("a comparison of its kernel with the reference")
        if name not in cases and name not in GRADIENTS:
            missing.append("a check of its gradient")
    if op.written and name not in rows():
        missing.append("a row in docs/language.md")
    return missing


def incomplete():
    return {name: found for name in OPS if OPS.is_built_in(name) and (found := lacks(name))}


def test_every_built_in_operation_is_complete():
    assert incomplete() == {}


@pytest.mark.parametrize("place", sorted({*KERNELS.values(), *GRADIENTS.values()}))
def test_other_tests_are_there(place):
    path, _, name = place.partition("::")
    assert f"\ndef {name}(" in (TESTS / path).read_text(encoding="utf-8")


class Nothing(Relu):
    name: ClassVar[str] = "nothing"


@pytest.fixture
def nothing(monkeypatch):
    """A built-in operation that has a type rule alone."""
    monkeypatch.setattr(Nothing, "sample", Op.sample)
    monkeypatch.setitem(OPS._entries, "nothing", replace(OPS._entries["relu"], value=Nothing))


def test_an_operation_that_lacks_everything_is_named(nothing):
    assert incomplete() == {
        "nothing": [
            "a reference in spikegraph/meaning",
            "samples for random specs",
            "a comparison of its kernel with the reference",
            "a check of its gradient",
            "a row in docs/language.md",
        ]
    }


def test_what_it_has_is_not_named(nothing, monkeypatch):
    monkeypatch.setitem(REFERENCES._entries, "nothing", REFERENCES._entries["relu"])
    monkeypatch.setattr(Nothing, "sample", Relu.sample)
    monkeypatch.setitem(KERNELS, "nothing", SPIKING)
    assert incomplete() == {"nothing": ["a check of its gradient", "a row in docs/language.md"]}
