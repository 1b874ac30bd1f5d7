"""What NIR can't express is refused with its line; nothing is written."""

import re

import pytest
from nir_networks import NEURONS, deployed, network

from spikegraph.backends.nir.exporting import export_model
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.program import Program

LINE = len(NEURONS.splitlines()) + 4
"""The first line of the network's wires, of which each refused one is the first."""

IMAGE = "image : real[2, 8, 8]"
REFUSED = [
    (IMAGE, "output y = image -> conv(3, out = 4) -> relu", "NIR has no node for `relu`"),
    (IMAGE, "output y = image -> pool(max)", "NIR has no max pooling; only that of spikes can be written with neurons"),
    (
        IMAGE,
        "output y = image -> pool(avg, kernel = 3)",
        "NIR has no average pooling with other padding before an axis than after it",
    ),
    (IMAGE, "output y = image -> upsample", "NIR has no upsampling, and no resizing but by a whole factor"),
    (IMAGE, "output y = image -> upsample(mode = bilinear)", "NIR has no interpolation"),
    (IMAGE, "output y = image -> norm(kind = instance)", "NIR has no instance norm"),
    (IMAGE, "output y = image -> norm(kind = layer)", "NIR has no layer norm"),
    (IMAGE, "output y = image -> norm(per = step)", "NIR has no batch norm with a factor for each step"),
    (IMAGE, "output y = image -> reduce(height, by = mean)", "NIR has no node for `reduce`"),
    (IMAGE, "output y = add(image, image -> pool)", "NIR can't add a value to every position of another"),
    (IMAGE, "output y = image -> transposed(3, out = 2, stride = 2)", "NIR has no node for `transposed`"),
    (IMAGE, "output y = image -> zero -> conv(1, out = 2, bias = false)", "NIR has no constant, and this output is always 0"),
    (IMAGE, "output y = image -> zero -> pool -> linear(2)", "NIR has no constant, and this layer takes zeros alone"),
    (IMAGE, "output y = image -> conv(1, out = 2) -> mean(time) -> lif", "a neuron takes the mean over time"),
    (
        IMAGE,
        "output y = add(image -> mean(time), image -> lif)",
        "`add` joins a mean over time, which readers of NIR take at the end",
    ),
    ("image : real[2, 4, 8, 8]", "output y = image -> conv(3, out = 2)", "NIR has no 3-d convolution"),
    ("image : real[2, 4, 8, 8]", "output y = image -> pool", "NIR has no pooling over 3 axes"),
    ("image : real[2, 8]", "output y = image -> pool", "NIR has no pooling over 1 axes"),
]
KEYS = [
    ("reset = soft", "NIR's neurons are set to a potential after a spike; they have no soft reset"),
    ("reset = late", "NIR's neurons are set to a potential after a spike; they have no late reset"),
    ("levels = 3", "NIR's neurons have one spike in a time step, not several levels"),
    ("spike_at = nearest", "NIR's neurons fire above their threshold, not nearest to it"),
    ("model = alif", "NIR has no neuron with the equations of `alif`"),
    ("model = relu", "NIR has no ReLU"),
    ("model = cuba(current_decay = 1)", "NIR's current-based neurons decay; a decay of 1 has no time constant"),
]


def refusals(program, folder):
    with pytest.raises(SpecError) as error:
        export_model(program, deployed(program), folder / "net.nir")
    assert list(folder.iterdir()) == []
    return [(d.code, d.span.line, d.summary) for d in error.value.diagnostics]


@pytest.mark.parametrize(("inputs", "line", "summary"), REFUSED, ids=[line for _, line, _ in REFUSED])
def test_operations(inputs, line, summary, tmp_path):
    ((code, at, text),) = refusals(network(line, inputs), tmp_path)
    assert (code, at) == ("SG1101", LINE)
    assert text.startswith(summary)
    assert re.search(r" \(at [\w.]+\)$", text)


@pytest.mark.parametrize(("key", "summary"), KEYS, ids=[key for key, _ in KEYS])
def test_neurons(key, summary, tmp_path):
    body = "network net {\n  input x : real[2, 8, 8]\n  output y = x -> conv(3, out = 2) -> n\n}"
    text = f"sdhs 1\nneuron n {{ {key} }}\n{body}\n"
    assert refusals(Program.of_text(text, "net.sdhs").checked(), tmp_path) == [("SG1101", 5, f"{summary} (at y)")]


def test_loops_through_time(tmp_path):
    program = network("a = add(image -> conv(1, out = 2), previous(a)) -> lif\noutput y = a")
    ((code, at, text),) = refusals(program, tmp_path)
    assert (code, at) == ("SG1101", LINE)
    assert text.startswith("NIR doesn't say which edge of a loop is a time step late")


def test_all_places_are_named_at_once_as_the_command_prints_them(tmp_path):
    program = network("a = image -> pool(max)\nb = image -> upsample\noutput y = concat(a, resize(b, a))")
    with pytest.raises(SpecError) as error:
        export_model(program, deployed(program), tmp_path / "net.nir")
    text = str(error.value)
    assert f"net.sdhs:{LINE}:16" in text
    assert f"net.sdhs:{LINE + 1}:16" in text
    assert "help: put the pooling behind the neuron, or write `kind = avg`" in text
