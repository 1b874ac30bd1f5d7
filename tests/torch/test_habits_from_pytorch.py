"""Edits of SG0802 keep what a spec computes, and PyTorch's calls are translated into what PyTorch computes."""

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
    "call",
    [
        "conv(3, 16, 3)",
        "conv(16, 3)",
        "conv(3, 8, 1, false, 2, 1, any, 2)",
        "pool(max, 3, 1)",
        "pool(avg, 3, 3)",
        "pool(max, kernel = 3)",
        "pool(avg, kernel = [3, 2], stride = [2, 2])",
        "pool -> linear(10, false)",
        "transposed(2, 8, 2)",
    ],
)
@pytest.mark.parametrize("size", [8, 9])
def test_edits_keep_the_graph(tmp_path, call, size):
    path = read(tmp_path, call, size)
    before = Program.read(path)
    found = list(before.check())
    if (call, size) in SAME:
        assert not found
        return
    while found:  # a pooling by places gets a second warning for its windows
        assert {d.code for d in found} == {"SG0802"}
        found = edited(path, found[0].fixes)
    graphs = [[(node.name, node.op, node.value) for node in p.build("retrain").plain] for p in (before, Program.read(path))]
    assert graphs[0] == graphs[1]


SAME = {("pool(max, kernel = 3)", 9)}
"""Where the windows of `even` and `centred` are the same."""

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
    model = spikegraph.compile(path, phase="retrain").double().eval()
    layer = layer.double()
    weights = dict(layer.named_parameters())
    for name, parameter in model.named_parameters():
        parameter.data.copy_(weights[name.rpartition(".")[2]])
    assert len(list(model.parameters())) == len(weights)
    x = torch.randn(2, 3, size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(size))
    assert torch.allclose(model(x).reshape(layer(x).shape), layer(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "call", ["AvgPool2d(3, 2, 1)", "MaxPool2d(3, ceil_mode=True)", "Conv2d(3, 16)", "Conv2d(3, 16, 3, 1, 0, 1, 1, true, zeros)"]
)
def test_what_has_no_translation_gets_the_name_of_the_operation(tmp_path, call):
    (error,) = Program.read(read(tmp_path, call)).check()
    assert error.code == "SG0307"
    assert error.help.startswith("did you mean `")
