"""What the certificate says besides its verdict: encoding, largest count, neurons, and what is trusted."""

import pytest
import torch

import spikegraph
from spikegraph.ir.updates import Update

from .certified_specs import certificate

PLUGIN = '''"""An operation and a neuron model."""

from typing import ClassVar

from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS, Learnable, ModelSignature
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.types import Kind

NEURON_MODELS.register("square", ModelSignature("square", (), "squares its current", "u[t] = I[t]^2", "a test"))


@register
class Scaled(Op):
    """Twice the value."""

    name: ClassVar[str] = "twofold"

    def infer(self, x):
        return x.with_(kind=Kind.REAL)
'''


def largest(body, tmp_path):
    given = certificate(body, tmp_path)
    assert given.holds
    assert given.largest_count is not None
    return given.largest_count.count, given.largest_count.node, given.largest_spike


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("last = first -> conv(3, out = 8) -> lif", (1, "first", 1)),
        ("s = add(first, first, first)\nlast = s -> conv(3, out = 8) -> lif", (3, "s", 1)),
        ("s = first -> pool(avg)\nlast = s -> conv(3, out = 8) -> lif", (4, "s", 1)),
        # Windows of 4, 6 and 9 pixels, whose least common multiple is 36; with 36 times a spike beside it.
        ("s = first -> pool(avg, kernel = 3, stride = 1)\nlast = s -> conv(3, out = 8) -> lif", (36, "s", 1)),
        ("s = add(first, first -> pool(avg, kernel = 3, stride = 1))\nlast = s -> conv(3, out = 8) -> lif", (72, "s", 1)),
        ("s = first -> vote(4)\nlast = s -> conv(1, out = 8) -> lif", (4, "s", 1)),
        ("s = first -> mean(time)\nlast = s -> conv(1, out = 8) -> lif", (2, "s", 1)),
        ("s = first -> pool -> mean(time)\nlast = s -> linear(8) -> lif", (2 * 256, "s", 1)),
        ("s = first -> reduce(over = space, by = sum)\nlast = s -> linear(8) -> lif", (256, "s", 1)),
        ("s = first -> reduce(over = channels, by = sum, heads = 2)\nlast = s -> conv(1, out = 8) -> lif", (4, "s", 1)),
        ("s = first -> reduce(over = time, by = sum)\nlast = s -> conv(1, out = 8) -> lif", (2, "s", 1)),
        ("s = first -> scale(3)\nlast = s -> conv(1, out = 8) -> lif", (1, "s", 1)),
        ("s = add(first -> scale(3), first)\nlast = s -> conv(1, out = 8) -> lif", (4, "s", 1)),
        ("s = add(first -> scale(-0.25), first -> scale(0.5))\nlast = s -> conv(1, out = 8) -> lif", (3, "s", 1)),
        ("s = sub(first, add(first, first))\nlast = s -> conv(1, out = 8) -> lif", (3, "s", 1)),
        # An activation of 8 bits.
        ("s = first -> conv(3, out = 8) -> lif(levels = 255)\nlast = s -> conv(3, out = 8) -> lif", (255, "s", 255)),
        ("s = mul(add(first, first), add(first, first, first))\nlast = s -> conv(1, out = 8) -> lif", (6, "s", 1)),
        # 8 channels in 2 heads, 256 positions.
        ("s = attend(first, first, first, heads = 2)\nlast = s -> conv(1, out = 8) -> lif", (4 * 256, "s", 1)),
        ("s = product(first, first, heads = 2, transpose = left)\nlast = s -> conv(1, out = 8) -> lif", (256, "s", 1)),
        ("s = iand(first -> pool(avg), first -> pool(avg))\nlast = s -> conv(1, out = 8) -> lif", (16, "s", 1)),
    ],
)
def test_the_largest_count_that_a_layer_takes(body, expected, tmp_path):
    assert largest(body, tmp_path) == expected


def test_a_mean_over_an_open_number_of_time_steps(tmp_path):
    spec = tmp_path / "net.sdhs"
    spec.write_text(
        "sdhs 1\nneuron lif { decay = 0.5 }\nnetwork net {\n  input events : spike[2, 8, 8]\n"
        "  s = events -> conv(3, out = 8) -> lif -> pool -> mean(time)\n  output logits = s -> linear(10)\n}\n"
    )
    given = spikegraph.certify(spec)
    assert given.holds
    assert given.largest_count is not None
    assert given.largest_count.text == "64 for each time step of `s`"


def test_layers_that_encode_the_input(tmp_path):
    given = certificate("last = image -> norm -> conv(3, out = 8) -> conv(3, out = 8) -> norm -> lif", tmp_path)
    assert given.encoding == ("last.norm", "last.conv", "last.conv2")
    assert dict(given.details)["encoding"] == "`last.norm`, `last.conv`, `last.conv2`"


def test_what_neurons_compute(tmp_path):
    body = """
    a = first -> conv(3, out = 8) -> quiet
    last = add(a, first -> conv(1, out = 8) -> slow) -> lif(reset = soft)
    """
    given = certificate(body, tmp_path, "neuron slow { model = alif }\n")
    places = 8 * 16 * 16
    assert [(n.model, n.neurons, n.update) for n in given.neurons] == [
        ("lif", 3 * places, Update(additions=4 * places, multiplications=3 * places, comparisons=2 * places)),
        ("alif", places, Update(additions=3 * places, multiplications=3 * places, comparisons=places)),
    ]


ODD = """from spikegraph.dsl.schema.neuron_models import NEURON_MODELS, ModelSignature
from spikegraph.plugins.registry import when_used

NEURON_MODELS.register("odd", ModelSignature("odd", (), "", "u[t] = v[t-1] + I[t]", "a test"))


@when_used("spikegraph.kernels")
def dynamics():
    from spikegraph.backends.torch.modules.neuron_models import DYNAMICS, Dynamics

    def step(current, states, n):
        u = states[0] + current
        return u, SPIKES, (u,)

    DYNAMICS.register("odd", Dynamics(step))
"""


@pytest.mark.usefixtures("registrations")
@pytest.mark.parametrize(
    ("spikes", "levels", "gives"),
    [
        ("u.clamp(0, 1)", 1, "0.254613, no whole number from 0 to 1"),
        ("2 * (u > 0).to(u.dtype)", 1, "2, no whole number from 0 to 1"),
        ("(u / 0).clamp(0, 1) * (u * 0 / 0)", 1, "nan, no whole number from 0 to 1"),
        ("-(u > 0).to(u.dtype)", 1, "-1, no whole number from 0 to 1"),
        ("2 * (u > 0).to(u.dtype)", 2, None),
        ("n.spikes(u, n['threshold'])", 1, None),
    ],
)
def test_spikes_of_a_plug_in_are_whole_numbers(tmp_path, spikes, levels, gives):
    """It is run; the generator of the caller isn't touched."""
    plugin = tmp_path / "odd.py"
    plugin.write_text(ODD.replace("SPIKES", spikes))
    spikegraph.load_plugin(plugin)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    given = certificate(
        "last = first -> conv(3, out = 8) -> own -> conv(3, out = 8) -> own",
        tmp_path,
        f"neuron own {{ model = odd  levels = {levels} }}\n",
    )
    assert torch.equal(torch.get_rng_state(), before)
    assert given.trusted == ("neuron model `odd`",)
    assert given.holds == (gives is None)
    help = "correct its equations: `n.spikes(u, threshold)` gives whole numbers"
    told = (
        []
        if gives is None
        else [("SG1001", "last.own", f"`last.own` gives {gives}: the neuron model `odd` of a plug-in", help)]
    )
    assert [(p.code, p.node, p.summary, p.help) for p in given.places] == told


@pytest.mark.usefixtures("registrations")
def test_plug_ins_are_trusted_by_name(tmp_path):
    plugin = tmp_path / "two.py"
    plugin.write_text(PLUGIN)
    spikegraph.load_plugin(plugin)
    body = "last = first -> conv(3, out = 8) -> twofold -> own"
    given = certificate(body, tmp_path, "neuron own { model = square }\n")
    assert given.holds
    assert given.trusted == ("operation `twofold`", "neuron model `square`")
    assert [(n.model, n.update) for n in given.neurons][1:] == [("square", None)]
    assert given.details[-1] == ("trusted", "operation `twofold`, neuron model `square`")
    taken = certificate("a = first -> twofold\nlast = a -> conv(3, out = 8) -> lif", tmp_path)
    assert [(p.code, p.node) for p in taken.places] == [("SG1001", "a")]
