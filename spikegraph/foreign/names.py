"""Names in a spec for classes and layers of a module."""

from spikegraph.elaborate.reserved_names import meaning

_KEYS = frozenset({"neuron", "time", "weights", "input", "output", "param", "block", "return", "network", "sdhs"})
"""Words that begin statements."""


def valid(wanted: str) -> str:
    """A name that the language takes, as near as possible to the one that is wanted."""
    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in wanted).strip("_")
    if not name or name[0].isdigit():
        return f"v{name}"
    return f"{name}_" if name in _KEYS or meaning(name) is not None else name


def name_of_class(of: type) -> str:
    """The name of a class as that of a block or network: `BasicBlock` is `basic_block`."""
    name = of.__name__
    letters = "".join(
        f"_{c.lower()}" if c.isupper() and k and (not name[k - 1].isupper() or name[k + 1 : k + 2].islower()) else c.lower()
        for k, c in enumerate(name)
    )
    return valid(letters.replace("__", "_"))
