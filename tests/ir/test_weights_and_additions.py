"""Shapes of weights and numbers of additions of operations."""

from spikegraph.ir.opdef import OPS
from spikegraph.ir.types import Kind, Value


def test_weights_and_additions():
    conv = OPS["conv"].model_validate({"kernel": 3, "out": 5, "stride": 2})
    x = Value(Kind.SPIKE, 4, (8, 6))
    assert dict(conv.weights(x)) == {"weight": (5, 4, 3, 3), "bias": (5,)}
    assert conv.additions(x) == 5 * 4 * 3 * 4 * 9
    assert x.shape == (4, 8, 6)
    plain = OPS["conv"].model_validate({"kernel": 1, "out": 5, "bias": False})
    assert dict(plain.weights(Value(Kind.REAL, 4, (3, 8, 6)))) == {"weight": (5, 4, 1, 1, 1)}
    linear = OPS["linear"].model_validate({"out": 10})
    assert (dict(linear.weights(Value(Kind.REAL, 4, ()))), linear.additions(Value(Kind.REAL, 4, ()))) == (
        {"weight": (10, 4), "bias": (10,)},
        40,
    )
    assert dict(OPS["norm"]().weights(x)) == {"weight": (4,), "bias": (4,)}
    assert (dict(OPS["relu"]().weights(x)), OPS["relu"]().additions(x)) == ({}, 0)
