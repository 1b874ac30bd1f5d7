"""Products of real numbers, in any spelling, each with the line that says so."""

import pytest

from .certified_specs import certificate, found

CURRENTS = """
a = first -> conv(3, out = 8) -> norm
b = first -> conv(1, out = 8) -> norm
"""
"""Two currents, on lines 1 and 2."""

PRODUCTS = {
    "of two currents": (CURRENTS + "last = mul(a, b) -> lif", 3),
    "of two currents, written as a pipeline": (CURRENTS + "last = a -> mul(b) -> lif", 3),
    "of a current with itself": ("a = first -> conv(3, out = 8) -> norm\nlast = mul(a, a) -> lif", 2),
    "of currents without norms": ("last = mul(first -> conv(3, out = 8), first -> conv(1, out = 8)) -> lif", 1),
    "of a membrane with itself": ("u = first -> conv(3, out = 8) -> quiet\nlast = mul(u, u) -> lif", 2),
    "of a membrane and a current": (CURRENTS + "last = mul(a -> quiet, b) -> lif", 3),
    "in a gated recurrence": (
        """
        f = first -> conv(3, out = 8) -> norm
        i = first -> conv(1, out = 8) -> norm
        c = add(mul(f, previous(c)), mul(i, first))
        last = c -> lif
        """,
        3,
    ),
    "of what a loop carries": (
        """
        f = first -> conv(3, out = 8) -> norm
        c = add(f, mul(previous(c), previous(c)))
        last = c -> lif
        """,
        2,
    ),
    "of a state of two steps before": (
        """
        f = first -> conv(3, out = 8) -> norm
        d = previous(f)
        last = mul(previous(d), f) -> lif
        """,
        3,
    ),
    "of ReLUs by iand": (CURRENTS + "last = iand(a -> relu, b -> relu) -> lif", 3),
    "of ReLUs of spikes by iand": ("last = iand(first -> relu, first -> relu) -> lif", 1),
    "of a real gate": (
        "gate = first -> pool -> linear(4) -> lif -> linear(8) -> relu\nlast = mul(first -> conv(3, out = 8), gate) -> lif",
        2,
    ),
    "of a gate that is a linear layer": (
        "gate = first -> pool -> linear(8)\nlast = mul(first -> conv(3, out = 8) -> norm, gate) -> lif",
        2,
    ),
    "of attention with real q and k": (CURRENTS + "last = attend(a, b, first) -> lif", 3),
    "of attention with real q and v": (CURRENTS + "last = attend(a, first, b) -> lif", 3),
    "of attention with real values": (CURRENTS + "last = attend(a, b, b) -> lif", 3),
    "of matrices of reals": (CURRENTS + "last = product(a, b, transpose = right) -> lif", 3),
    "behind a maximum": (CURRENTS + "last = mul(a -> pool(max), b -> pool(max)) -> lif", 3),
    "behind a pooling": (CURRENTS + "last = mul(a -> pool(avg), b -> pool(avg)) -> lif", 3),
    "behind a global pooling": (CURRENTS + "last = mul(a, b -> pool) -> lif", 3),
    "behind a concatenation with spikes": (CURRENTS + "last = mul(concat(a, first), concat(first, b)) -> lif", 3),
    "behind a resizing": (CURRENTS + "last = mul(a -> upsample, b -> upsample) -> lif", 3),
    "behind a crop": (CURRENTS + "last = mul(a -> crop(first), b) -> lif", 3),
    "behind a vote": (CURRENTS + "last = mul(a -> vote(2), b -> vote(2)) -> lif", 3),
    "behind a reduction": (
        CURRENTS + "last = mul(a -> reduce(over = height, by = max), b -> reduce(over = height, by = sum)) -> lif",
        3,
    ),
    "behind a sum over space": (
        CURRENTS + "last = mul(a -> reduce(over = space, by = sum), b -> reduce(over = space, by = max)) -> lif",
        3,
    ),
    "behind sums within heads": (
        CURRENTS + "last = mul(a -> reduce(over = heads, by = sum, heads = 2), b -> vote(2)) -> lif",
        3,
    ),
    "behind a maximum over time": (CURRENTS + "last = mul(a -> reduce(over = time, by = max), b) -> lif", 3),
    "behind differences": (CURRENTS + "last = mul(sub(a, b), sub(first, b)) -> lif", 3),
    "behind constant multiples": (CURRENTS + "last = mul(a -> scale(3), b -> scale(0.5)) -> lif", 3),
    "behind parts of channels": (CURRENTS + "last = mul(a -> split(2, 0), b -> split(2, 1) -> spread(4)) -> lif", 3),
    "of a sigmoid gate": (CURRENTS + "last = mul(a, b -> sigmoid) -> lif", 3),
    "of a sigmoid gate of spikes": ("last = mul(first -> conv(1, out = 8), first -> pool -> sigmoid) -> lif", 1),
    "of exponentials": (CURRENTS + "last = mul(a -> exp, b -> tanh) -> lif", 3),
    "with the inverse of a current": (CURRENTS + "last = div(a, b) -> lif", 3),
    "of spikes with the inverse of a current": (CURRENTS + "last = div(first, a) -> lif", 3),
    "of spikes with the inverse of a mean": ("last = div(first, first -> pool) -> lif", 1),
    "of the input with its inverse": ("last = div(image, image -> exp) -> conv(3, out = 8) -> lif", 1),
    "behind a flattening": (CURRENTS + "last = mul(a -> flatten, b -> flatten) -> lif", 3),
    "behind a mean over time": (CURRENTS + "last = mul(a -> mean(time), b) -> lif", 3),
    "behind an identity and a dropout": (CURRENTS + "last = mul(a -> identity, b -> dropout(0.5)) -> lif", 3),
    "behind a sum with spikes": (CURRENTS + "last = mul(add(a, first), add(b, first)) -> lif", 3),
    "of a bias and a current": (
        "bias = first -> zero -> conv(1, out = 8)\nlast = mul(bias, first -> conv(1, out = 8)) -> lif",
        2,
    ),
    "in a loop of two values": (
        """
        c = add(first -> conv(1, out = 8), previous(d))
        d = mul(previous(d), c)
        last = d -> lif
        """,
        2,
    ),
    "of a product": ("a = mul(first, first -> conv(1, out = 8))\nlast = mul(a, a) -> lif", 2),
    "of the input with itself": ("last = mul(image, image) -> conv(3, out = 8) -> lif", 1),
    "of the input and a current": ("last = mul(image -> conv(1, out = 8), first -> conv(1, out = 8)) -> lif", 1),
    "in a block": (
        """
        block squared(x) {
          weights = own
          u = x -> conv(3, out = 8) -> norm
          return mul(u, u) -> lif
        }
        last = first -> squared -> squared
        """,
        4,
    ),
    "at the output": (CURRENTS + "last = mul(a, b)", 3),
}


@pytest.mark.parametrize(("body", "line"), PRODUCTS.values(), ids=list(PRODUCTS))
def test_a_product_of_two_real_numbers(body, line, tmp_path):
    assert found(body, tmp_path) == [("SG1004", line)]


def test_the_message_of_a_product(tmp_path):
    (place,) = certificate("a = first -> conv(3, out = 8)\nlast = mul(a -> norm, first -> quiet) -> lif", tmp_path).places
    assert place.summary == "`last.mul` multiplies real[8, 16, 16] of `a` by real[8, 16, 16] of `last.mul.quiet`"
    assert place.help == "put a neuron after one of them, so that it is spikes"
