"""What operations say that they compute (`Op.arithmetic`), judged by what their kernels give."""

import pytest
import torch
from one_operation import inputs_of, model_of

from spikegraph.ir import arithmetic as ir

MAP, FLAT = (4, 6, 7), (4,)
CASES = [
    ("identity", {}, MAP),
    ("zero", {}, MAP),
    ("add", {}, MAP, MAP, FLAT),
    ("concat", {}, MAP, (2, 6, 7)),
    ("every", {"start": 1, "step": 2}, MAP),
    ("each_step", {}, MAP),
    ("time_to_channels", {"steps": 4}, MAP),
    ("split", {"parts": 4, "part": 2}, MAP),
    ("spread", {"to": 8}, MAP),
    ("flatten", {}, MAP),
    ("tokens", {}, MAP),
    ("reshape", {"size": [7, 3, 2]}, MAP),
    ("swap_axes", {"first": "channels", "second": "width"}, MAP),
    ("channel_shuffle", {"groups": 2}, MAP),
    ("dropout", {}, MAP),
    ("pad", {"multiple": 5}, MAP),
    ("crop", {}, MAP, (2, 3, 4)),
    ("stack", {"planes": 3}, MAP),
    ("cost_volume", {"planes": 2}, MAP, MAP),
    ("disparity", {}, (1, 6, 7)),
    ("upsample", {}, MAP),
    ("upsample", {"mode": "bilinear"}, MAP),
    ("resize", {}, MAP, (1, 9, 3)),
    ("resize", {"mode": "bilinear"}, MAP, (1, 9, 3)),
    ("planes", {}, (1, 3, 4, 5), (1, 8, 9)),
    ("pool", {}, MAP),
    ("pool", {"kind": "max"}, MAP),
    ("pool", {"kind": "avg"}, MAP),
    ("pool", {"kind": "avg", "kernel": 3, "stride": 1}, MAP),
    ("pool", {"kind": "avg", "kernel": 3, "stride": 2, "padding": "centred"}, MAP),
    ("pool", {"kind": "avg", "kernel": [3, 2], "stride": [2, 1], "padding": [1, 0]}, MAP),
    ("mean", {"over": "time"}, MAP),
    ("reduce", {"over": "height", "by": "mean"}, MAP),
    ("reduce", {"over": "channels", "by": "sum"}, MAP),
    ("reduce", {"over": "width", "by": "max"}, MAP),
    ("reduce", {"over": "channels", "by": "mean", "heads": 2}, MAP),
    ("reduce", {"over": "heads", "by": "sum", "heads": 2}, MAP),
    *(("reduce", {"over": over, "by": by}, MAP) for over in ("space", "time") for by in ("max", "mean", "sum")),
    ("vote", {"voters": 2}, MAP),
    ("conv", {"kernel": 1, "out": 3}, MAP),
    ("conv", {"kernel": 3, "out": 3}, MAP),
    ("conv", {"kernel": 3, "out": 3, "padding": 0}, MAP),
    ("conv", {"kernel": 2, "out": 3, "stride": 2}, (4, 6, 8)),
    ("conv", {"kernel": 2, "out": 3, "stride": 2}, MAP),
    ("linear", {"out": 3}, FLAT),
    ("linear", {"out": 4, "autapses": False}, FLAT),
    ("delayed", {"out": 3, "most": 2}, FLAT),
    ("transposed", {"kernel": 3, "out": 3, "stride": 2}, MAP),
    ("norm", {}, MAP),
    ("norm", {"margin": 1}, MAP),
    ("mul", {}, MAP, MAP),
    ("mul", {}, MAP, FLAT),
    ("iand", {}, MAP, MAP),
    ("sub", {}, MAP, FLAT),
    ("div", {}, MAP, MAP),
    ("div", {}, FLAT, MAP),
    ("scale", {"by": -0.75}, MAP),
    ("scale", {"by": 3}, MAP),
    ("scale", {"by": 0}, MAP),
    ("sigmoid", {}, MAP),
    ("tanh", {}, MAP),
    ("erf", {}, MAP),
    ("exp", {}, MAP),
    ("relu", {}, MAP),
    ("attend", {"heads": 2, "scale": 0.125}, MAP, (4, 3, 3), (2, 3, 3)),
    ("product", {"heads": 2}, (12, 5), (4, 3, 2)),
    ("product", {"heads": 2, "transpose": "left"}, (4, 6), (2, 3, 2)),
    ("rate_scale", {"heads": 2}, MAP, MAP),
    ("frame_times", {}, MAP),
    ("learned", {"size": [1]}, MAP),
]
STEPS = 3


def computed(name, parameters, shapes):
    """The operation's answer, its function of operands, and operands: real numbers, others, and spikes."""
    model = model_of(name, parameters, *shapes).eval()
    node = model.graph.node("y")

    def function(*xs):
        with torch.no_grad():
            return model(*xs)

    real, spikes = inputs_of(model, STEPS), inputs_of(model, STEPS, spikes=True)
    return node.op.arithmetic(*node.operand_values), function, real, [x.flip(-1) - 0.5 for x in real], spikes


def is_linear(function, one, other):
    """True if f(a + b) + f(0) = f(a) + f(b) for each operand while the others stay."""
    for i in range(len(one)):
        at = [[*one[:i], x, *one[i + 1 :]] for x in (one[i] + other[i], torch.zeros_like(one[i]), one[i], other[i])]
        both, zero, first, second = (function(*xs) for xs in at)
        if not torch.allclose(both + zero, first + second, atol=1e-9):
            return False
    return True


def is_part(values, of):
    """True if each number is 0 or one of others."""
    return bool(torch.isin(values, torch.cat([torch.zeros(1, dtype=values.dtype), *(x.flatten() for x in of)])).all())


@pytest.mark.parametrize(("name", "parameters", "shapes"), [(n, p, s) for n, p, *s in CASES], ids=str)
def test_an_operation_computes_what_it_says(name, parameters, shapes):
    says, function, one, other, spikes = computed(name, parameters, shapes)
    used = range(len(one)) if says.of is None else says.of
    result = function(*one)
    for i in set(range(len(one))) - set(used):  # only its size matters
        assert torch.equal(function(*one[:i], other[i], *one[i + 1 :]), result)
    match says:
        case ir.Zeros():
            assert not result.any()
        case ir.Constants() | ir.Learned():
            assert torch.equal(function(*other), result)
        case ir.Copies() | ir.Largest():
            assert is_part(result, [one[i] for i in used])
            assert is_linear(function, one, other) == isinstance(says, ir.Copies)
        case ir.Sum():
            assert is_linear(function, one, other)
            assert not function(*(torch.zeros_like(x) for x in one)).any()
            factor = says.factor / STEPS if says.over_time == "mean" else says.factor
            terms = says.terms * STEPS if says.over_time else says.terms
            counts = function(*spikes) / float(factor)
            torch.testing.assert_close(counts, counts.round(), atol=1e-9, rtol=0)
            largest = function(*(torch.ones_like(x) for x in one)) / float(factor)
            assert largest.max() <= terms * len(one) + 1e-9
        case ir.Interpolation():
            assert is_linear(function, one, other)
            assert not is_part(result, one)
        case ir.Factors():
            factors = result / one[0]
            torch.testing.assert_close(factors, factors[:1, :1, :, :1, :1].expand_as(factors))
        case ir.Layer():
            assert is_linear(function, one, other)
            check_window(says, function, one)
        case ir.Division():
            *numbers, divisor = one
            assert is_linear(lambda *xs: function(*xs, divisor), numbers, other[:-1])
            torch.testing.assert_close(function(*numbers, 2 * divisor), result / 2, atol=1e-9, rtol=1e-9)
        case ir.Function():
            assert not is_linear(function, one, other)
            at = one[0].flatten()[:5]
            assert torch.equal(function(*(torch.zeros_like(x) + at[0] for x in one)).unique(), result.flatten()[:1])
        case ir.Multiplication():
            assert is_linear(function, one, other)
            counts = function(*spikes) / float(says.factor)
            torch.testing.assert_close(counts, counts.round(), atol=1e-9, rtol=0)
            assert counts.abs().max() <= says.terms
        case _:
            pytest.fail(f"no check of {says}")


def check_window(says, function, operands):
    """A layer without a window has outputs that one position changes; one without padding treats all positions alike."""
    (x,) = operands
    base, size = function(torch.zeros_like(x)), x.shape[3:]
    axes = tuple(range(3, x.dim()))
    reached = 0
    for place in torch.ones(size).nonzero().tolist():
        point = torch.zeros_like(x)
        point[..., *place] = 1
        reached = reached + ((function(point) - base).abs().amax((0, 1, 2)) > 1e-12).int()
    assert (int(torch.as_tensor(reached).max()) > 1) == says.window
    response = function(torch.ones_like(x)) - base
    spread = response.amax(axes) - response.amin(axes) if axes else torch.zeros(1)
    assert (float(spread.max()) > 1e-9) == says.padded
