"""Energy of spikes and of sums of spikes, with numbers computed by hand, and energy models."""

import pytest

from spikegraph.analysis.energy import CMOS_45NM, ENERGY_MODELS, EnergyModel, spiking_inputs
from spikegraph.analysis.parts import Sums
from spikegraph.analysis.statistics import Statistics
from spikegraph.ir.text import VERSION
from spikegraph.ir.text_parser import parse_graph

PLACE = "@ n.sdhs:1:1-1:2"
GRAPH = parse_graph(
    f"""{VERSION}
graph n at lowered
x = input() {{kind=real, channels=3, size=[4, 4]}} : real[3, 4, 4] {PLACE}
a = input() {{kind=spike, channels=2, size=[4, 4]}} : spike[2, 4, 4] {PLACE}
b = input() {{kind=spike, channels=2, size=[4, 4]}} : spike[2, 4, 4] {PLACE}
s = add(a, b) : count(2)[2, 4, 4] {PLACE}
t = add(s, a) : count(3)[2, 4, 4] {PLACE}
of_spikes = conv(a) {{kernel=3, out=5}} : real[5, 4, 4] {PLACE}
of_two = conv(s) {{kernel=3, out=5}} : real[5, 4, 4] {PLACE}
of_three = conv(t) {{kernel=1, out=7, stride=2}} : real[7, 2, 2] {PLACE}
of_real = conv(x) {{kernel=1, out=5}} : real[5, 4, 4] {PLACE}
output p = of_spikes
output q = of_two
output r = of_three
output s = of_real
"""
)

# Products of weights and places: 5 x 4 x 4 outputs with 2 x 3 x 3 inputs each; 7 x 2 x 2 with 2; 5 x 4 x 4 with 3.
NINE, ONE, REAL = 1440, 56, 240


def costs(rates=None):
    found = Statistics.of(GRAPH, GRAPH, rates)
    layers = {layer.name: layer for layer in found.layers}
    return found, [layers[name] for name in ("of_spikes", "of_two", "of_three", "of_real")]


def test_a_sum_of_n_spikes_costs_at_most_n_additions():
    found, layers = costs()
    assert [layer.additions for layer in layers] == [NINE, 2 * NINE, 3 * ONE, 0]
    assert [layer.multiplications for layer in layers] == [0, 0, 0, REAL]
    assert [layer.fired for layer in layers] == [1440, 2880, 168, 0]
    assert found.millijoules == pytest.approx((4488 * 0.9 + 240 * 4.6) * 1e-9)


def test_with_rates_it_costs_as_many_additions_as_spikes_arrive():
    """The mean value of a sum of spikes is the number of spikes that arrive, here 0.5 of 2 and 1.2 of 3."""
    assert spiking_inputs(GRAPH) == {"a", "s", "t"}
    found, layers = costs({"a": 0.25, "s": 0.5, "t": 1.2})
    assert found.measured
    assert [layer.fired for layer in layers] == pytest.approx([360, 720, 67.2, 0])
    assert [layer.rate for layer in layers] == pytest.approx([0.25, 0.25, 0.4, 1.0])
    assert found.millijoules == pytest.approx((1147.2 * 0.9 + 240 * 4.6) * 1e-9)


def test_a_real_input_that_was_found_to_be_counts_is_added():
    """Its rate says so: 0.75 additions for each of the 3 x 16 x 5 products."""
    found, layers = costs({"a": 0.25, "s": 0.5, "t": 1.2, "x": 0.75})
    assert [layer.multiplications for layer in layers] == [0, 0, 0, 0]
    assert (layers[3].additions, layers[3].fired, layers[3].rate) == (REAL, 180, 0.75)
    assert found.millijoules == pytest.approx((1147.2 + 180) * 0.9e-9)


def test_counted_additions_come_before_those_of_mean_rates():
    rates = {"a": 0.25, "s": 0.5, "t": 1.2}
    found = Statistics.of(GRAPH, GRAPH, rates, counted={"of_spikes": 333.0}, time=4)
    layer = next(layer for layer in found.layers if layer.name == "of_spikes")
    assert (layer.fired, layer.rate) == (333, 0.25)
    assert found.inference_millijoules == pytest.approx(4 * ((333 + 720 + 67.2) * 0.9 + 240 * 4.6) * 1e-9)
    # Without the rates of all neurons it is the bound.
    assert Statistics.of(GRAPH, GRAPH, {"a": 0.25}, counted={"of_spikes": 333.0}).millijoules == costs()[0].millijoules


def test_what_is_the_same_at_each_step_is_added_once():
    """A binary image: its convolution happens once for all five steps, that of the neurons' spikes at each."""
    graph = parse_graph(
        f"""{VERSION}
graph n at lowered for 5 steps
x = input() {{kind=real, channels=3, size=[4, 4], steps=false}} : real[3, 4, 4] once {PLACE}
y = conv(x) {{kernel=1, out=5}} : real[5, 4, 4] once {PLACE}
z = lif(y) {{neuron={{decay=0.2, threshold=0.5, surrogate={{name=dspike, b=3.0}}}}}} : spike[5, 4, 4] {PLACE}
w = conv(z) {{kernel=1, out=2}} : real[2, 4, 4] {PLACE}
output p = w
"""
    )
    found = Statistics.of(graph, graph, {"x": 0.5, "z": 0.25})
    assert found.inference_millijoules == pytest.approx((240 * 0.5 + 5 * 160 * 0.25) * 0.9e-9)
    assert found.millijoules == pytest.approx((240 * 0.5 + 160 * 0.25) * 0.9e-9)


def test_rates_without_a_sum_of_spikes_are_no_measurement():
    assert not costs({"a": 0.25})[0].measured


@pytest.mark.usefixtures("registrations")
def test_a_model_of_ones_own():
    model = EnergyModel("loads", "every weight is read once", "a test", {"read": 2.0}, lambda x, c: x.parameters * c["read"])
    ENERGY_MODELS.register(model.name, model)
    found = Statistics.of(GRAPH, GRAPH, model=ENERGY_MODELS["loads"])
    assert found.millijoules == pytest.approx(2 * found.parameters * 1e-9)
    assert list(ENERGY_MODELS) == ["cmos-45nm", "simple", "lemaire", "spikesim", "loihi", "yan2026", "loads"]
    assert CMOS_45NM.picojoules == {"addition": 0.9, "multiply_accumulate": 4.6}


RESULTS = ("real", "gated", "counted", "both", "silenced", "complement", "spiking", "values", "keys", "quotient", "layer")
OUTPUTS = "\n".join(f"output {name} = {name}" for name in RESULTS)
PRODUCTS = parse_graph(
    f"""{VERSION}
graph n at lowered
x = input() {{kind=real, channels=2, size=[4, 4]}} : real[2, 4, 4] {PLACE}
a = input() {{kind=spike, channels=2, size=[4, 4]}} : spike[2, 4, 4] {PLACE}
s = add(a, a, a) : count(3)[2, 4, 4] {PLACE}
real = mul(x, x) : real[2, 4, 4] {PLACE}
gated = mul(x, a) : real[2, 4, 4] {PLACE}
counted = mul(s, x) : real[2, 4, 4] {PLACE}
both = mul(s, a) : count(3)[2, 4, 4] {PLACE}
silenced = iand(a, a) : spike[2, 4, 4] {PLACE}
rectified = relu(x) : real[2, 4, 4] {PLACE}
complement = iand(rectified, x) : real[2, 4, 4] {PLACE}
spiking = attend(a, a, a) : real[2, 4, 4] {PLACE}
values = attend(a, a, x) : real[2, 4, 4] {PLACE}
keys = attend(x, x, a) : real[2, 4, 4] {PLACE}
quotient = div(a, x) : real[2, 4, 4] {PLACE}
difference = sub(a, a) : events[2, 4, 4] {PLACE}
layer = conv(difference) {{kernel=1, out=2}} : real[2, 4, 4] {PLACE}
{OUTPUTS}
"""
)

# 2 x 4 x 4 numbers; 16 x 16 pairs of positions, with 2 channels of q and k, and 2 of v.
ALL, PAIRS = 32, 512


def test_products_are_additions_where_a_side_is_spikes():
    found = {layer.name: (layer.additions, layer.multiplications) for layer in Statistics.of(PRODUCTS, PRODUCTS).layers}
    assert {name: found[name] for name in RESULTS} == {
        "real": (0, ALL),
        "gated": (ALL, 0),
        "counted": (3 * ALL, 0),
        "both": (ALL, 0),  # each spike of `a` adds a number once
        "silenced": (ALL, 0),
        "complement": (0, ALL),
        "spiking": (2 * PAIRS, 0),
        "values": (2 * PAIRS, 0),
        "keys": (PAIRS, PAIRS),
        "quotient": (0, ALL),  # by the inverse of a real number
        "layer": (2 * ALL, 0),
    }


def test_each_spike_of_q_meets_all_keys_and_each_of_v_all_queries():
    """There are 9 tokens with 4 channels, and q, k and v fire at other rates."""
    values = "\n".join(f"{name} = input() {{kind=spike, channels=4, size=[9]}} : spike[4, 9] {PLACE}" for name in "qkv")
    head = f"{VERSION}\ngraph n at lowered\n{values}\n"
    graph = parse_graph(f"{head}y = attend(q, k, v) {{heads=2}} : real[4, 9] {PLACE}\noutput y = y\n")
    assert spiking_inputs(graph) == {"q", "v"}
    (layer,) = Statistics.of(graph, graph, {"q": 1 / 4, "k": 1 / 2, "v": 1 / 12}).layers
    assert layer.synaptic_operations == pytest.approx(9 * 9 + 3 * 9)  # 9 spikes of q, 3 of v


def test_the_energy_of_products_is_that_of_the_side_with_spikes():
    assert spiking_inputs(PRODUCTS) == {"a", "s", "difference"}
    found = Statistics.of(PRODUCTS, PRODUCTS, {"a": 0.25, "s": 0.75, "difference": 0.5})
    fired = {layer.name: layer.fired for layer in found.layers}
    assert found.measured
    assert (fired["gated"], fired["counted"], fired["both"]) == (ALL / 4, 3 * ALL / 4, ALL / 4)


@pytest.mark.parametrize("kind", ["events", "spike"])
def test_frames_weighed_by_spikes_are_added(kind):
    """Each of two frames of 4 x 4 numbers meets three weights, which are spikes; the division by their number isn't counted."""
    graph = parse_graph(
        f"""{VERSION}
graph n at lowered for 4 steps
x = input() {{kind={kind}, channels=2, size=[4, 4]}} : {kind}[2, 4, 4] {PLACE}
w = input() {{kind=spike, channels=3, size=[2]}} : spike[3, 2] {PLACE}
y = weigh_frames(x, w) : real[3, 4, 4] {PLACE}
output p = y
"""
    )
    (layer,) = Statistics.of(graph, graph, {"x": 0.25, "w": 0.5}).layers
    assert (layer.additions, layer.multiplications) == (2 * 16 * 3, 0)


@pytest.mark.parametrize("op", ["add", "sub"])
def test_a_spike_of_a_channel_is_added_at_each_place(op):
    """At 16 places a rate of 1/4 of the places' own spikes, and of 1/2 of those of their channel, in 2 channels and 4 steps."""
    kind = {"add": "count(2)", "sub": "events"}[op]
    graph = parse_graph(
        f"""{VERSION}
graph n at lowered for 4 steps
x = input() {{kind=spike, channels=2, size=[4, 4]}} : spike[2, 4, 4] {PLACE}
g = input() {{kind=spike, channels=2, size=[]}} : spike[2] {PLACE}
y = {op}(x, g) : {kind}[2, 4, 4] {PLACE}
output p = y
"""
    )
    (layer,) = Statistics.of(graph, graph, {"x": 0.25, "g": 0.5}).layers
    assert layer.parts == (Sums(4 * 32 * (0.25 + 0.5), 32.0, spiking=True),)
