"""Values of a schema as Python's types; another type is a defect of the schema, not of a spec."""

from spikegraph.dsl import spec


def number(value: spec.Value) -> float:
    """A value that the schema made a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def count(value: spec.Value) -> int:
    """A value that the schema made a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value


def strings(value: spec.Value) -> tuple[str, ...]:
    """A value that the schema made a list of names."""
    if not isinstance(value, tuple):
        raise TypeError(f"{value!r} is no list")
    return tuple(str(item) for item in value)
