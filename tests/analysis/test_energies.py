"""Energies of one small network by each model, computed by hand, and the quantised ANN beside it."""

from dataclasses import replace
from math import inf

import pytest

from spikegraph.analysis.energy import ENERGY_MODELS
from spikegraph.analysis.parts import Sums
from spikegraph.analysis.quantised import Beside, bits, energy_range, quantised
from spikegraph.analysis.statistics import Statistics
from spikegraph.analysis.statistics_json import as_objects
from spikegraph.base.errors import ArgumentError
from spikegraph.ir.text import VERSION
from spikegraph.ir.text_parser import parse_graph
from spikegraph.program.program import Program

PLACE = "@ n.sdhs:1:1-1:2"
SURROGATE = "surrogate={name=dspike, b=3.0}"
NETWORK = f"""{VERSION}
graph n at lowered
x = input() {{kind=spike, channels=2, size=[4, 4]}} : spike[2, 4, 4] {PLACE}
a = conv(x) {{kernel=3, out=5, stride=2}} : real[5, 2, 2] {PLACE}
b = lif(a) {{neuron={{decay=0.5, threshold=0.5, {SURROGATE}}}}} : spike[5, 2, 2] {PLACE}
c = flatten(b) : spike[20] {PLACE}
d = linear(c) {{out=3, bias=false}} : real[3] {PLACE}
e = lif(d) {{neuron={{decay=1.0, threshold=0.5, {SURROGATE}}}}} : spike[3] {PLACE}
output p = e
"""
GRAPH = parse_graph(NETWORK)
STEPS, RATES, MET = 4, {"x": 0.25, "b": 0.5, "c": 0.5, "e": 1 / 3}, 60.0
"""Time steps, firing rates, and the additions of the convolution at each step."""

# In four steps 32 spikes arrive at the convolution, whose neurons have 40, which meet 3 weights each. The last have 4.
INPUTS, HIDDEN, LAST = 32, 40, 4
CONVOLVED, JOINED = 4 * MET, 3 * HIDDEN
WEIGHTS, LINEAR, NEURONS, OUTPUTS = 95, 60, 20, 3


def network(rates=RATES):
    return Statistics.of(GRAPH, GRAPH, rates, counted={"a": MET}, time=STEPS)


def picojoules(model, found):
    return found.priced(ENERGY_MODELS[model]).inference_millijoules * 1e9


def test_synaptic_operations():
    found = network()
    assert {layer.name: layer.synaptic_operations for layer in found.layers if layer.synaptic_operations} == {
        "a": pytest.approx(CONVOLVED),
        "d": pytest.approx(JOINED),
    }
    assert found.synaptic_operations == pytest.approx(CONVOLVED + JOINED)


def test_additions_that_follow_from_rates_are_an_estimate():
    """A linear layer's don't depend on where spikes arrive, a convolution's do."""
    assert network().exact
    estimated = Statistics.of(GRAPH, GRAPH, RATES, time=STEPS)
    assert estimated.synaptic_operations == pytest.approx(4 * 0.25 * 360 + JOINED)
    assert not estimated.exact
    assert estimated.energy.endswith("per time step, an estimate at the measured firing rates")
    assert not network(None).exact


def test_operations_alone():
    assert picojoules("cmos-45nm", network()) == pytest.approx(0.9 * (CONVOLVED + JOINED))


def test_with_memory():
    """LIF neurons make six additions, less one at the first step since their input stays; those without a decay four."""
    own = 4 * 2 * 2 - 1
    additions = CONVOLVED + JOINED + own + NEURONS * (4 * 6 - 1) + OUTPUTS * 4 * 4
    numbers = CONVOLVED + JOINED + 4 * NEURONS + 2 * 4 * (NEURONS + OUTPUTS)
    assert picojoules("simple", network()) == pytest.approx(0.9 * additions + 4 * 24.96 * numbers)


def test_local_memories():
    """All memories are smaller than 8 KiB, where an access costs 10 pJ times their size over 8 KiB."""

    def access(numbers):
        return 10 * 4 * numbers / 8192

    met = INPUTS * 5 * 9
    additions = INPUTS * 5 * 4 + met + 4 * NEURONS + 2 * JOINED + HIDDEN + LAST
    multiplications = 2 * INPUTS + 4 * NEURONS
    memory = (INPUTS + HIDDEN) * access(1000) + (HIDDEN + LAST) * access(1000)
    memory += (met + 4 * NEURONS) * access(WEIGHTS) + 2 * met * access(NEURONS)
    memory += JOINED * access(LINEAR) + 2 * JOINED * access(OUTPUTS)
    memory += 2 * 4 * (NEURONS * access(NEURONS) + OUTPUTS * access(OUTPUTS))
    assert picojoules("lemaire", network()) == pytest.approx(0.1 * additions + 3.2 * multiplications + memory)


def test_crossbars():
    """16 cycles of the convolution; the linear layer isn't counted."""
    cycle = 19.64 * 8 + 4.64 + 397 + 1.274 * 4 + 8 * (16 * 1.15e-6 + 0.2) + 64 * (2.03084 + 0.094245) + 8 * 9 * 1.76423
    assert picojoules("spikesim", network()) == pytest.approx(16 * cycle)


def test_events_of_a_chip():
    updates = 4 * (NEURONS + OUTPUTS) * (51.2 + 21.6)
    expected = 24.0 * CONVOLVED + 35.5 * JOINED + updates + (HIDDEN + LAST) * (69.3 + 111.0)
    assert picojoules("loihi", network()) == pytest.approx(expected)


def test_activations_that_move():
    """The convolution's neurons leak, all compare; the others keep their potential. An event is 3 pJ, a weight 4 bits."""
    met, state, neurons = CONVOLVED + JOINED, 16 * 0.039, STEPS * (NEURONS + OUTPUTS)
    operations = met + neurons + STEPS * NEURONS + HIDDEN + LAST
    assert picojoules("yan2026", network()) == pytest.approx(met * (3.0 + 4 * 0.039) + neurons * state + operations * 0.05448)


def test_activations_of_the_quantised_network():
    """Three bits each; 2 T s / (T + 1) of them aren't 0: 40 % of the inputs, 80 % of the convolution's."""
    convolved, operations = 5 * 18 * 4, 2 * NEURONS + 2 * OUTPUTS
    multiplied = 0.4 * convolved + 0.8 * LINEAR
    expected = (convolved + LINEAR) * (3 * 0.25 + 4 * 0.039) + multiplied * 0.109 + operations * 0.05448
    assert picojoules("yan2026", quantised(network())) == pytest.approx(expected)


PUBLISHED = {
    "4 bits, 5 steps": (5, 4096, {}, 0.057),
    "4 bits, 2 steps": (2, 4096, {}, 0.104),
    "8 bits, 2 steps": (2, 4096, {"memory_bit": 2.0}, 0.123),
    "8 bits, 3 steps": (3, 4096, {"memory_bit": 2.0}, 0.082),
    "64 inputs": (5, 64, {}, 0.054),
    "half of a weight": (5, 4096, {"memory_bit": 0.5}, 0.0539),
    "more for a weight": (5, 4096, {"memory_bit": 1.5}, 0.0608),
    "half of an event": (5, 4096, {"event": 0.5}, 0.108),
    "half of a bit": (5, 4096, {"bit": 0.5}, 0.0341),
}
"""Firing rates of equal energy in the paper of Yan et al., by steps, inputs and factors of constants."""


@pytest.mark.parametrize("case", PUBLISHED)
def test_published_rates_of_equal_energy(case):
    """All that the paper gives, to its digits or 2 %."""
    steps, inputs, factors, expected = PUBLISHED[case]
    graph = parse_graph(f"""{VERSION}
graph n at lowered
x = input() {{kind=spike, channels={inputs}, size=[]}} : spike[{inputs}] {PLACE}
d = linear(x) {{out=8, bias=false}} : real[8] {PLACE}
e = lif(d) {{neuron={{decay=1.0, threshold=0.5, {SURROGATE}}}}} : spike[8] {PLACE}
output p = e
""")
    model = ENERGY_MODELS["yan2026"]
    constants = {name: each * factors.get(name, 1.0) for name, each in model.picojoules.items()}
    found = Statistics.of(graph, graph, {"x": 0.1, "e": 0.1}, time=steps)
    equal = Beside.of(found, replace(model, picojoules=constants)).equal
    assert equal == pytest.approx(expected, rel=0.021)


def test_bits():
    """ceil(log2(T + 1))."""
    assert [bits(steps) for steps in (1, 2, 3, 4, 5, 7, 8, 15, 16)] == [1, 2, 2, 3, 3, 3, 4, 4, 5]


def test_the_quantised_network():
    """5 x 18 weights for each of 4 places and 60 for the classes, multiplied once."""
    found = quantised(network())
    products = 5 * 18 * 4 + LINEAR
    assert picojoules("cmos-45nm", found) == pytest.approx(4.6 * products)
    assert picojoules("simple", found) == pytest.approx(4.6 * products + 4 * 24.96 * (products + NEURONS))
    assert found.refused is None
    assert found.priced(ENERGY_MODELS["loihi"]).refused is not None


def test_the_firing_rate_at_which_both_are_equal():
    """All rates changed alike, both need as much there."""
    for model in ("cmos-45nm", "simple", "lemaire", "yan2026"):
        found = network()
        beside = Beside.of(found, ENERGY_MODELS[model])
        assert beside.equal is not None and beside.ann is not None
        at = found.scaled(beside.equal / found.rate)
        assert picojoules(model, at) == pytest.approx(picojoules(model, quantised(at))), model
        assert at.rate == pytest.approx(beside.equal)
    # The convolution's inputs fire at 25 %, the linear layer's at 50 %: the mean is weighted by their weights.
    assert network().rate == pytest.approx((0.25 * 360 + 0.5 * 60) / 420)


@pytest.mark.parametrize("model", ["cmos-45nm", "simple", "lemaire", "yan2026"])
def test_a_silent_network_always_needs_less(model):
    """No factor of its firing rates, which are 0, changes that."""
    assert Beside.of(network().scaled(0.0), ENERGY_MODELS[model]).equal == inf


def test_it_is_said_which_needs_less():
    found = Beside.of(network(), ENERGY_MODELS["simple"])
    assert found.spiking > found.ann
    assert str(found) == (
        "simple: 63.09 nJ, as an ANN of 3 bits 45.86 nJ; both are equal at a firing rate of 15 %, here it is 28.6 %:"
        " the ANN needs less"
    )


def test_a_firing_rate_that_decides_nothing():
    """A silent network needs more than its ANN, or one that always fires less."""
    model = ENERGY_MODELS["cmos-45nm"]
    always = Beside(model, 1, 0.5, 1.0, 2.0, inf)
    assert str(always).endswith("the spiking network needs less at every firing rate")
    beyond = Beside(model, 2, None, 1.0, 2.0, 1.0222)  # more than a spike each
    assert str(beyond).endswith("the spiking network needs less at every firing rate")
    assert [as_objects([each])[model.name]["equal_firing_rate"] for each in (always, beyond)] == [None, None]
    counts = Beside(model, 2, 1.2, 1.0, 2.0, 1.0222)  # counts of spikes exceed 1
    assert as_objects([counts])[model.name]["equal_firing_rate"] == 1.0222
    assert str(Beside(model, 4, 0.5, 2.0, 1.0, 0.0)).endswith("the ANN needs less at every firing rate")
    assert str(Beside(model, 4, None, 2.0, 1.0, 0.3)).endswith("equal at a firing rate of 30 %, here it isn't measured")


def test_the_range_of_all_models():
    every = [Beside.of(network(), model) for model in ENERGY_MODELS.values()]
    least, most = "0.324 nJ (cmos-45nm)", "63.09 nJ (simple)"
    assert energy_range(every[:2]) == f"from {least} to {most}, 195 times as much"
    assert energy_range(every[:1]) is None


REFUSED = {
    "attention": ("y = attend(x, x, x) : real[2, 4, 4]", "`y` multiplies numbers with each other"),
    "groups": ("y = conv(x) {kernel=3, out=2, groups=2} : real[2, 4, 4]", "`y` has 2 groups"),
    "no convolution": ("y = relu(x) : real[2, 4, 4]", "it counts convolutions alone, and there is none"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_model_cannot_price(case):
    line, why = REFUSED[case]
    source = f"x = input() {{kind=spike, channels=2, size=[4, 4]}} : spike[2, 4, 4] {PLACE}"
    graph = parse_graph(f"{VERSION}\ngraph n at lowered\n{source}\n{line} {PLACE}\noutput p = y\n")
    found = Statistics.of(graph, graph, model=ENERGY_MODELS["spikesim"])
    assert found.refused is not None and found.refused.endswith(why)
    with pytest.raises(ArgumentError, match="`spikesim` can't price this network"):
        _ = found.inference_millijoules
    assert str(Beside.of(found, ENERGY_MODELS["spikesim"])) == f"spikesim can't price this network: {found.refused}"
    assert found.energy == f"spikesim can't price this network: {found.refused}"


def test_every_model_has_a_page():
    for name, model in ENERGY_MODELS.items():
        if ENERGY_MODELS.is_built_in(name):
            assert model.formula and model.left_out and model.source and model.picojoules, name
            assert all(constant in model.formula for constant in model.picojoules) or name == "lemaire", name


JOINED_TEXT = """sdhs 1
neuron lif {{ surrogate = dspike(b = {b}) }}
network n {{
  time = 4
  input x : spike[10]
  a = x -> linear(10) -> lif
  b = x -> linear(10) -> lif
  output o = add(a, b) -> linear(3)
}}
"""


def joined(b="3"):
    """A network that adds ten spikes to ten others, which fire at 20 and 30 %."""
    built = Program.of_text(JOINED_TEXT.format(b=b), "joined.sdhs").build("retrain")
    rates = {"x": 0.1, "a": 0.2, "b": 0.3}
    sums = next(node.name for node in built.plain if node.op.name == "add")
    neurons = [node.name for node in built.plain if node.op.traits.fires]
    found = {name: next(rate for part, rate in rates.items() if name.startswith(part)) for name in neurons}
    return Statistics.of(built.outline, built.plain, {"x": 0.1, **found, sums: 0.5}, time=4)


def test_sums_of_spikes_follow_them_and_those_of_an_ann_happen_once():
    def sums(found):
        return [part.additions for layer in found.layers for part in layer.parts if isinstance(part, Sums)]

    found = joined()
    assert sums(found) == [pytest.approx(4 * 10 * (0.2 + 0.3))]
    assert sums(found.scaled(0.0)) == [0.0]
    ann = quantised(found)
    assert ann is not None
    assert sums(ann) == [10.0]


@pytest.mark.parametrize("model", ["simple", "lemaire"])
def test_a_learned_surrogate_costs_nothing_in_an_inference(model):
    assert picojoules(model, joined("learn(3)")) == picojoules(model, joined())


def test_without_time_steps_there_is_no_ann_to_compare_with():
    unknown = Beside.of(Statistics.of(GRAPH, GRAPH, RATES, counted={"a": MET}), ENERGY_MODELS["simple"])
    assert (unknown.ann, unknown.equal) == (None, None)
    assert str(unknown).startswith("simple: ")
    assert "ANN" not in str(unknown)


def test_rates_of_counts_may_be_above_one():
    found = Beside(ENERGY_MODELS["cmos-45nm"], 4, rate=2.0, spiking=7.2, ann=4.6, equal=1.28)
    assert str(found).endswith("both are equal at a firing rate of 128 %, here it is 200 %: the ANN needs less")
