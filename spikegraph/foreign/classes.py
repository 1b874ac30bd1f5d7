"""Classes of modules: their names, and whether one computes as its base class."""

import importlib
from functools import cache

FOLLOWED = "_spikegraph_followed"
"""The attribute of a layer whose code is followed although its class is known."""

_HARMLESS = ("extra_repr", "reset_parameters", "reset", "state_dict", "load_state_dict", "train", "eval")
"""Methods that a class may have of its own and compute as its base class."""


@cache
def full_names(kind: type) -> tuple[str, ...]:
    """The names by which a class may be known: with its own module, and with the packages around it that export it."""
    parts = kind.__module__.split(".")
    found = [f"{kind.__module__}.{kind.__qualname__}"]
    for length in range(len(parts) - 1, 0, -1):
        package = ".".join(parts[:length])
        if getattr(importlib.import_module(package), kind.__name__, None) is kind:
            found.append(f"{package}.{kind.__name__}")
    return tuple(found)


def computes_as(kind: type, base: type) -> bool:
    """Whether a class has no method of its own in place of one by which its base class computes."""
    own = {name for k in kind.__mro__[: kind.__mro__.index(base)] for name, of in vars(k).items() if callable(of)}
    return not any(hasattr(base, name) for name in own if not name.startswith("__") and name not in _HARMLESS)
