"""Types of values, read from text."""

from spikegraph.ir.types import Kind, Value


def typed(text):
    """Parses a type such as `spike[4, 8, 8]`, `count(2)[4, 8]` or `real[10] once`."""
    steps = not text.endswith(" once")
    kind, _, shape = text.removesuffix(" once").rstrip("]").partition("[")
    channels, *size = (int(n) for n in shape.split(","))
    kind, _, bound = kind.partition("(")
    return Value(Kind(kind), channels, tuple(size), int(bound.rstrip(")") or 1), steps=steps)


S, R, E, C = "spike[4, 8, 6]", "real[4, 8, 6]", "events[4, 8, 6]", "count(3)[4, 8, 6]"
