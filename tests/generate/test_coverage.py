"""What random specs have: every operation that a spec can use, every neuron model and key, every form of network."""

import re
from collections import Counter

import pytest

from spikegraph.dsl.schema.neuron_models import NEURON_MODELS, SPIKING
from spikegraph.generate import Wanted, random_spec, seeded
from spikegraph.ir.opdef import OPS, Op
from spikegraph.ir.plug_ins import has_samples
from spikegraph.program.program import Program

SEEDS = 240
RARE = Wanted(axes=(2,), blocks=0, choices=0, cells=0, trellises=0.5, decided=0)
"""Specs with more of what few have: trellises whose path is open."""


@pytest.fixture(scope="module")
def texts():
    rare = [random_spec(seeded(seed), RARE).text for seed in range(24)]
    return [*(random_spec(seeded(seed)).text for seed in range(SEEDS)), *rare]


def written():
    return {name for name, op in OPS.items() if op.written}


def without_samples():
    """The operations that a spec can write like others, and that say nothing of themselves."""
    return sorted(name for name in written() if OPS[name].form is None and not has_samples(OPS[name]))


def test_every_operation_that_a_spec_can_use_has_samples():
    assert without_samples() == []


def test_an_operation_without_samples_is_named(monkeypatch):
    monkeypatch.setattr(OPS["mul"], "sample", Op.sample)
    assert without_samples() == ["mul"]


def test_every_operation_appears(texts):
    found = {name for text in texts for name in re.findall(r"(?<!neuron )\b(\w+)\b", text)}
    assert sorted(written() - found) == []


def test_every_neuron_model_and_key_appears(texts):
    found = Counter(word for text in texts for word in re.findall(r"model = (\w+)", text))
    assert sorted(set(NEURON_MODELS) - set(found) - {"lif"}) == []  # `lif` is the model of neurons that name none
    keys = {key for text in texts for key in re.findall(r"^  (\w+) = ", text, re.M)}
    assert sorted(set(SPIKING) - keys) == []
    together = "\n".join(texts)
    for value in ("decay = 0\n", "decay = 1\n", "decay = learn(", "threshold = learn(", "b = learn(", "per = channel"):
        assert value in together, value


FORMS = {
    "blocks": "block part",
    "blocks beside networks": r"(?m)^block part",
    "shared blocks that end in a norm": r"weights = shared\n(?:(?!block )[^{}])*return [^\n]*norm(?:\([^)\n]*\))?\n",
    "blocks in blocks": r"block part\d\(.*\) \{\n(?:(?!\n *\}).)*part\d(?s:.)*",
    "repeat": r"repeat\(part",
    "elements of a repetition or a chain": r"\w\[0\]",
    "loops": r"previous\(w",
    "loops in blocks": r"previous\([ab]",
    "loops in cells": r"previous\(n",
    "chains": r"chain\(\[",
    "trellises": r"-> grid",
    "trellises with restore": r"grid -> restore",
    "decided paths": r"(?m)^path grid",
    "decided cells": r"(?m)^genotype (small|wide)",
    "decided choices": r"(?m)^genotype net",
    "several outputs": r"output y1",
    "several inputs": r"input right",
    "one time step": r"time = 1\n",
    "several time steps": r"time = 3\n",
    "params": r"param W0",
    "params of blocks": r"param A0",
    "neurons as params": r"param \w\d = (lif|other|third)",
    "maps of one pixel": r"input left : \w+\[\d(, 1)+\]",
    "three axes": r"input left : \w+\[\d(, \d){3}\]",
    "no axes": r"input left : \w+\[\d\]",
    "calls": r"= \w+\(\w+\(",
    "windows with a number for each axis": r"conv\(\[",
    "groups": "groups = ",
    "dilation": "dilation = ",
    "signs": "sign = inhibitory",
    "norms that fold later": "scale = threshold",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_network_appears(texts, form):
    assert any(re.search(FORMS[form], text) for text in texts)


@pytest.mark.parametrize("runs", [False, True])
def test_check_accepts_them(runs):
    refused = {}
    for seed in range(60, 120):
        text = random_spec(seeded(seed), Wanted(runs=runs)).text
        found = Program.of_text(text, "random.sdhs").check()
        if found.has_errors:
            refused[seed] = next(d.summary for d in found if d.severity == "error")
    assert refused == {}


@pytest.mark.parametrize(
    ("seed", "wanted"),
    [
        pytest.param(2001912, Wanted(runs=True), id="a block's windows overlap with another number of a use"),
        pytest.param(7000063, Wanted(blocks=0.6, params=0.5, loops=0.4), id="the word none"),
    ],
)
def test_params_with_values_that_change_what_is_said(seed, wanted):
    found = Program.of_text(random_spec(seeded(seed), wanted).text, "random.sdhs").check()
    assert [d.summary for d in found if d.severity == "error"] == []


def test_a_seed_gives_one_text():
    assert random_spec(seeded(3)) == random_spec(seeded(3))
    assert random_spec(seeded(3)) != random_spec(seeded(4))


def test_what_is_not_wanted_is_not_there():
    wanted = Wanted(operations=("conv", "norm"), models=("if",), axes=(1,), blocks=0, loops=0, choices=0, cells=0, trellises=0)
    for seed in range(20):
        graph = Program.of_text(random_spec(seeded(seed), wanted).text, "random.sdhs").checked().space("search")
        assert {node.op.name for node in graph} <= {"input", "conv", "norm", "neuron", "lif", "potential", "graded"}
        assert all(len(node.value.size) == 1 for node in graph)
