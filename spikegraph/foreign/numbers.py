"""Numbers as a spec writes them."""


def number(value: float) -> str:
    """A number as a spec writes it, without losing a digit."""
    return str(int(value)) if value == int(value) else repr(float(value))


def written_value(value: float) -> str:
    """A value of a key as a spec writes it."""
    return str(value).lower() if isinstance(value, bool) else number(value)
