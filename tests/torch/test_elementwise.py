"""Differences, quotients, multiples and functions of numbers one by one, against Python's own and against autograd."""

import itertools
import math

import pytest
import torch
from one_operation import inputs_of, model_of, streamed

from spikegraph.program.program import Program

TWO = {"sub": lambda x, y: x - y, "div": lambda x, y: x / y}
ONE = {
    "scale": ({"by": -1.5}, lambda x: x * -1.5),
    "sigmoid": ({}, lambda x: 1 / (1 + math.exp(-x))),
    "tanh": ({}, math.tanh),
    "erf": ({}, math.erf),
    "exp": ({}, math.exp),
}


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize("shapes", [((3, 4, 2), (3, 4, 2)), ((3, 4, 2), (3,)), ((3,), (3, 4, 2)), ((3,), (3,))])
@pytest.mark.parametrize("static", [(), (0,), (1,)])
def test_two_values(name, shapes, static):
    model = model_of(name, {}, *shapes, static=static)
    x, y = inputs_of(model)
    result = model(x, y)
    size = max(shapes, key=len)[1:]
    assert result.shape == (3, 2, 3, *size)

    def at(values, which, t, n, place):
        own = values if which in static else values[t]
        return own[(n, *place)[: len(shapes[which]) + 1]].item()

    for t, n, *place in itertools.product(range(3), range(2), range(3), *map(range, size)):
        wanted = TWO[name](at(x, 0, t, n, place), at(y, 1, t, n, place))
        assert result[(t, n, *place)].item() == pytest.approx(wanted, rel=1e-12)
    assert torch.equal(streamed(model, [x, y]), result)


@pytest.mark.parametrize("name", ONE)
def test_one_value(name):
    parameters, function = ONE[name]
    # A step has 32 numbers: torch computes those that don't fill a vector of the processor with another rounding.
    model = model_of(name, parameters, (4, 4))
    (x,) = inputs_of(model)
    x = 4 * x
    assert model(x).flatten().tolist() == pytest.approx([function(v) for v in x.flatten().tolist()], rel=1e-12)
    assert torch.equal(streamed(model, [x]), model(x))


@pytest.mark.parametrize(("name", "parameters"), [*((n, p) for n, (p, _) in ONE.items()), *((n, {}) for n in TWO)])
def test_gradcheck(name, parameters):
    shapes = [(2, 3), (2,)] if name in TWO else [(2, 3)]
    model = model_of(name, parameters, *shapes)
    inputs = [(x.sign() * (x.abs() + 0.2)).requires_grad_() for x in inputs_of(model, steps=2, samples=1)]
    assert torch.autograd.gradcheck(model, inputs)


def test_far_numbers():
    x = torch.tensor([-1000.0, -50.0, 0.0, 50.0, 1000.0], dtype=torch.float64).reshape(1, 1, 5)
    assert model_of("sigmoid", {}, (5,))(x).flatten().tolist() == pytest.approx([0.0, math.exp(-50), 0.5, 1.0, 1.0], rel=1e-12)
    assert model_of("exp", {}, (5,))(x).flatten().tolist()[-1] == math.inf
    zeros = torch.zeros(1, 1, 5, dtype=torch.float64)
    assert model_of("div", {}, (5,), (5,))(x, zeros).flatten().tolist()[3] == math.inf


def test_in_bfloat16_functions_are_computed_in_float32():
    x = torch.randn(2, 1, 50).bfloat16()
    for name in ("sigmoid", "tanh", "erf", "exp"):
        y = model_of(name, {}, (50,)).float()(x)
        torch.testing.assert_close(y, getattr(torch, name)(x.float()), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("line", "by"),
    [("x -> scale(0.125)", 0.125), ("x -> scale(-1 / k)", -0.25), ("scale(x, by = 3)", 3.0), ("x -> scale(-2)", -2.0)],
)
def test_the_number_is_an_expression(line, by):
    lines = f"  param k = 4\n  input x : real[4, 6]\n  time = 2\n  output y = {line}\n"
    text = f"sdhs 1\nneuron lif {{ }}\nnetwork net {{\n{lines}}}\n"
    assert Program.of_text(text, "net.sdhs").checked().build("deploy").plain.node("y").op.by == by
