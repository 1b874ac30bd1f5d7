"""The benchmark's limits and goals: what no program can be faster than, and what a side is to reach."""

import math
import sys
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import pytest
import torch

from spikegraph.backends.torch.modules import convolution
from spikegraph.program.program import Program

NETWORK = """sdhs 1
network small {
  input x : real[2, 34, 34]
  a = x -> conv(3, out = 8) -> norm -> lif
  b = a -> conv(3, out = 8) -> norm -> lif
  output logits = b -> pool -> linear(10) -> mean(time)
  head = a -> conv(1, out = 4) -> norm -> lif -> pool -> linear(10) -> mean(time)
}
neuron lif { }
dataset events_small { }
retrain small on events_small {
  epochs = 1  batch = 2
  loss = cross_entropy(logits) + 0.4 * cross_entropy(head)
  weights = sgd(lr = 0.1)
}
"""


def test_the_distance_to_a_limit(bench):
    side = bench.measure.Side
    sides = {
        "ours, float32": side(lambda: 1),
        "ours, bf16": side(lambda: 1, precision="bf16"),
        "convolutions": side(lambda: 1),
        "copy": side(lambda: 1),
    }
    row = bench.measure.compare("step", sides, bench.measure.Settings(1), limits={"float32": ("convolutions", "copy")})
    assert row.limits == {"ours, float32": ("convolutions", "copy")}
    values = {"ours, float32": [3.0, 9.0, 6.0], "convolutions": [2.0, 1.0, 4.0], "copy": [0.5], "ours, bf16": [1.0]}
    row = replace(row, values=values)
    assert (row.limit("ours, float32"), row.distance("ours, float32")) == (2.5, 2.4)
    assert row.limit("ours, bf16") is row.distance("copy") is None
    assert "| ours, float32 | 1.00 | 2.5 s | 2.40 |  |  |" in bench.table.markdown({"a": [row]})


def test_what_is_wanted_beside_what_is_reached(bench, measured):
    goal = bench.wanted.Wanted
    limits = {"ours, float32": ("jelly, autocast",)}

    def shown(wanted, side="ours, float32", **changes):
        row = replace(measured, limits=limits, wanted={side: wanted}, **changes)
        cells = next(line for line in bench.table.markdown({"a": [row]}).splitlines() if f"| {side} |" in line).split(" | ")[
            -2:
        ]
        return row.as_dict()["sides"][side]["wanted"], " | ".join(cells)

    reached = {"reached": 2.0, "met": True}
    assert shown(goal("ratio", 1.35)) == (
        {"of": "ratio", "at_least": 1.35, **reached},
        "at least 1.35 times as good | 2, yes |",
    )
    unmet = {"of": "ratio", "at_least": 2.5, "reached": 2.0, "met": False}
    assert shown(goal("ratio", 2.5)) == (unmet, "at least 2.5 times as good | 2, no |")
    within = {"of": "limit", "at_most": 1.5, "reached": 1.0, "met": True}
    assert shown(goal("limit", 1.5)) == (within, "at most 1.5 times the limit | 1, yes |")
    other = {"of": "ours, bf16", "at_most": 1.4, "reached": 2.0, "met": False}
    assert shown(goal("ours, bf16", 1.4)) == (other, "at most 1.4 times ours, bf16 | 2, no |")
    value = {"of": "value", "at_most": 0.9, "reached": 1.0, "met": False}
    assert shown(goal("value", 0.9)) == (value, "at most 0.9 s | 1, no |")
    # Without another library, and without a limit, nothing is known.
    assert shown(goal("ratio", 1.35), references={}) == (None, "at least 1.35 times as good | - |")
    assert shown(goal("limit", 1.5), "ours, bf16") == (None, "at most 1.5 times the limit | - |")


def test_a_step_less_its_own_convolutions(bench):
    """By a clock that a convolution moves by 3 s forward and by 5 s back, and all else of the step by 2 s."""
    now, inside = [0.0], torch.nn.functional.conv2d
    weight = torch.ones(1, 1, 1, 1, requires_grad=True)

    def longer(function, seconds):
        def call(*arguments):
            now[0] += seconds
            return function(*arguments)

        return call

    def step():
        now[0] += 1
        y = convolution.convolve(torch.ones(1, 1, 2, 2), [weight], [], 1)
        y.sum().backward()
        now[0] += 1

    with pytest.MonkeyPatch.context() as patch:
        for place, name in bench.own_convolutions.CALLED:
            patch.setattr(place, name, longer(getattr(place, name), 5 if name == "convolution_backward" else 3))
        own = bench.own_convolutions.OwnConvolutions(step, lambda: now[0])
        side = bench.measure.Side(own.run, less=lambda: own.seconds)
        row = bench.measure.compare("step", {"ours": side}, bench.measure.Settings(2), clock=lambda: now[0])
    assert row.values == {"ours": [2.0, 2.0]}
    assert own.seconds == 8.0
    assert torch.nn.functional.conv2d is inside
    assert weight.grad.item() == 4 * 4


def test_the_limit_of_norms_and_neurons(bench, monkeypatch):
    """The copy of their bytes, in each precision: 5, 8 and 13 numbers for each neuron and step."""
    neurons, copied = import_module("neurons"), list[float]()
    monkeypatch.setattr(neurons, "training", lambda terms, normed, dtype: lambda: None)
    monkeypatch.setattr(
        neurons,
        "Copy",
        lambda: SimpleNamespace(
            side=lambda moved, precision: bench.measure.Side(lambda: copied.append(moved), precision=precision)
        ),
    )
    rows = neurons.rows(bench.measure.Settings(1))
    places = math.prod(neurons.SHAPE)
    del sys.modules["neurons"], sys.modules["lif"]
    assert [*dict.fromkeys(copied)] == [number * size * places for size in (4, 2) for number in (5, 8, 13)]
    assert [row.what.split(", ")[-1] for row in rows] == ["float32"] * 3 + ["bf16"] * 3
    assert all(row.limits == {"spikegraph": ("copies of as many bytes",)} for row in rows)


def test_what_limits_a_step(bench):
    program = Program.of_text(NETWORK, "small")
    built = program.build("retrain")
    works, moved = bench.limits.needs(built, 5, 2, "float32")
    # By hand: 3 x 3 windows with 2 x 8 channels at two steps, whose inputs need no gradient, 8 x 8 channels, and the head's.
    places = 5 * 2 * 34 * 34
    first, second, head = 2 * places * 9 * 2 * 8, 2 * places * 9 * 8 * 8, 2 * places * 8 * 4
    assert sum(work.flops * count for work, count in works.items()) == 2 * first + 3 * (second + head)
    # Neurons with a norm: 8 numbers each; SGD without momentum reads weights and gradients, and writes weights.
    neurons, weights = places * 20, 9 * 2 * 8 + 9 * 8 * 8 + 8 * 4 + 3 * (8 + 8 + 4) + 8 * 10 + 10 + 4 * 10 + 10
    assert moved == 4 * (8 * neurons + 3 * weights)
    # Deployed, nothing computes the head, which only the loss takes.
    works, moved = bench.limits.needs(program.build("deploy"), 5, 2, "bf16")
    assert sum(work.flops * count for work, count in works.items()) == first + second
    assert moved == 2 * 2 * places * 16
    bench.limits.convolutions(works)()


def test_a_copy_goes_on_where_the_last_one_ended(bench, monkeypatch):
    monkeypatch.setattr(bench.limits, "BUFFER", 100)
    copy = bench.limits.Copy()
    copy._from.fill_(1)
    copy.side(120).run()
    assert copy._to.tolist() == [1] * 60 + [0] * 40
    copy.side(60).run()
    assert copy._to.tolist() == [1] * 90 + [0] * 10
    copy._from.fill_(2)
    copy.side(60).run()
    assert copy._to.tolist() == [2] * 20 + [1] * 70 + [2] * 10
