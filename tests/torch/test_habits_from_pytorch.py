"""Edits of SG0802 keep what a spec computes, and PyTorch's calls are translated into what PyTorch computes."""

import re

import pytest
import torch
from torch import nn

import spikegraph
from spikegraph.program.program import Program

SPEC = "sdhs 1\n\nnetwork net {{\n  input x : real[3, {size}, {size}]\n  time = 1\n  output y = x -> {call} -> identity\n}}\n"


def read(tmp_path, call, size=9):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC.format(call=call, size=size))
    return path


def edited(path, fixes):
    """Makes all edits, the last one first; returns what `check` finds then."""
    lines = path.read_text().split("\n")
    for fix in sorted(fixes, key=lambda fix: -fix.span.column):
        line = lines[fix.span.line - 1]
        lines[fix.span.line - 1] = line[: fix.span.column - 1] + fix.replacement + line[fix.span.end_column - 1 :]
    path.write_text("\n".join(lines))
    return list(Program.read(path).check())


@pytest.mark.parametrize(
    ("call", "named"),
    [
        ("conv(3, 16)", "conv(3, out = 16)"),
        ("conv(16, 3, bias = false)", "conv(16, out = 3, bias = false)"),
        ("pool(max, 3, 1)", "pool(max, kernel = 3, stride = 1)"),
        ("pool(avg, 3, 3)", "pool(avg, kernel = 3, stride = 3)"),
        ("pool(max, kernel = 3)", "pool(max, kernel = 3, padding = even)"),
        ("pool(avg, kernel = [3, 2], stride = [2, 2])", "pool(avg, kernel = [3, 2], stride = [2, 2], padding = even)"),
        ("pool(max, 3)", "pool(max, kernel = 3, padding = even)"),
        ("pool -> linear(10, false)", "pool -> linear(10, bias = false)"),
        ("transposed(2, 8, 2)", "transposed(2, out = 8, stride = 2)"),
    ],
)
def test_edits_name_what_the_place_says(tmp_path, call, named):
    path = read(tmp_path, call)
    found = list(Program.read(path).check())
    while found:  # a pooling by places is then told to say its padding
        assert {d.code for d in found} == {"SG0802"}
        found = edited(path, found[0].fixes)
    assert f"-> {named} ->" in path.read_text()


@pytest.mark.parametrize(("call", "layer"), [("conv(3, 16, 3)", nn.Conv2d(3, 16, 3)), ("conv(3, 8, 2)", nn.Conv2d(3, 8, 2))])
def test_both_readings_of_a_convolution_by_places_are_said(tmp_path, call, layer):
    path = read(tmp_path, call)
    (error,) = Program.read(path).check()
    assert (error.code, error.fixes) == ("SG0802", ())
    by_place, in_torch = re.findall(r"`([^`]*)`", error.help)
    path.write_text(path.read_text().replace(call, in_torch))
    assert same_as(path, layer, 9)
    path.write_text(path.read_text().replace(in_torch, f"conv(3, {by_place})"))
    assert Program.read(path).build("retrain").plain.node("y.conv").op.stride == layer.kernel_size[0]


def results(path, layer, size):
    """The results of a spec and of a layer with the same weights, in float64."""
    model = spikegraph.compile(path, phase="retrain").double().eval()
    layer = layer.double()
    weights = dict(layer.named_parameters())
    assert len(list(model.parameters())) == len(weights)
    for name, parameter in model.named_parameters():
        parameter.data.copy_(weights[name.rpartition(".")[2]])
    x = torch.randn(2, 3, size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(size))
    return model(x), layer(x)


def same_as(path, layer, size):
    mine, theirs = results(path, layer, size)
    return torch.allclose(mine.reshape(theirs.shape), theirs, rtol=1e-12, atol=1e-12)


LAYERS = [
    ("Conv2d(3, 16, 3, padding=1)", nn.Conv2d(3, 16, 3, padding=1)),
    ("Conv2d(3, 16, 3)", nn.Conv2d(3, 16, 3)),
    ("Conv2d(3, 6, 4, 2, 1, 1, 3, False)", nn.Conv2d(3, 6, 4, 2, 1, 1, 3, bias=False)),
    (
        'conv2d(in_channels=3, out_channels=4, kernel_size=5, dilation=2, padding="same")',
        nn.Conv2d(3, 4, 5, dilation=2, padding="same"),
    ),
    ("MaxPool2d(3, 2, 1)", nn.MaxPool2d(3, 2, 1)),
    ("MaxPool2d(2)", nn.MaxPool2d(2)),
    ("MaxPool2d(3)", nn.MaxPool2d(3)),
    ("AvgPool2d(3, 2)", nn.AvgPool2d(3, 2)),
]


@pytest.mark.parametrize(("call", "layer"), LAYERS, ids=[call for call, _ in LAYERS])
@pytest.mark.parametrize("size", [10, 13])
def test_translated_calls_compute_the_same(tmp_path, call, layer, size):
    path = read(tmp_path, call, size)
    (error,) = Program.read(path).check()
    assert error.code == "SG0307"
    assert not edited(path, error.fixes)
    assert same_as(path, layer, size)


@pytest.mark.parametrize(
    "call", ["AvgPool2d(3, 2, 1)", "MaxPool2d(3, ceil_mode=True)", "Conv2d(3, 16)", "Conv2d(3, 16, 3, 1, 0, 1, 1, true, zeros)"]
)
def test_what_has_no_translation_gets_the_name_of_the_operation(tmp_path, call):
    (error,) = Program.read(read(tmp_path, call)).check()
    assert error.code == "SG0307"
    assert error.help.startswith("did you mean `")
