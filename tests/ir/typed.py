"""Types of values, read from text."""

import pytest

from spikegraph.ir.opdef import OPS
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Kind, Value


def typed(text):
    """Parses a type such as `spike[4, 8, 8]`, `count(2)[4, 8]` or `real[10] once`."""
    steps = not text.endswith(" once")
    kind, _, shape = text.removesuffix(" once").rstrip("]").partition("[")
    channels, *size = (int(n) for n in shape.split(","))
    kind, _, bound = kind.partition("(")
    return Value(Kind(kind), channels, tuple(size), int(bound.rstrip(")") or 1), steps=steps)


S, R, E, C = "spike[4, 8, 6]", "real[4, 8, 6]", "events[4, 8, 6]", "count(3)[4, 8, 6]"


def check_rule(op, parameters, operands, result):
    """The type of the result, as a value and as text."""
    value = OPS[op].model_validate(parameters).infer(*map(typed, operands))
    assert str(value) == result
    assert value == typed(result)


def check_refusal(op, parameters, operands, code, summary):
    """The code and the text of the error."""
    with pytest.raises(TypeRuleError) as told:
        OPS[op].model_validate(parameters).infer(*map(typed, operands))
    assert (told.value.code, told.value.summary) == (code, summary)
