"""Names of a spec as names in Python."""

import keyword
import re
from collections.abc import Collection

from spikegraph.backends.python.helper_functions import FUNCTIONS

ACRONYMS = frozenset(("lif", "if", "plif", "alif", "clif", "glif", "klif", "malif", "adlif", "psn", "mlp", "snn", "qif", "eif"))
"""Names that are written in capitals as classes."""

AMBIGUOUS = ("l", "O", "I")
"""Names that look like numbers, which ruff refuses."""

MODULES: tuple[str, ...] = ("torch", "nn", "F", "math", "Path", "self", "load", "example")
"""Names that the module uses itself."""

CALLED = frozenset(("len", "map", "range", "sum", "super", "tuple", "zip", *FUNCTIONS))
"""Functions that lines of `forward` call, so that no variable has their names."""


def class_name(name: str) -> str:
    """The name of a class: `lif` -> `LIF`, `sew_down` -> `SewDown`."""
    if name in ACRONYMS:
        return name.upper()
    parts = [part for part in re.split(r"\W|_", name) if part]
    text = "".join(part[0].upper() + part[1:] for part in parts) or "Part"
    return f"{text}_" if keyword.iskeyword(text) or text in MODULES else text if text[0].isalpha() else f"N{text}"


def variable(name: str) -> str:
    """The name of a variable: `cells[3]` -> `cells3`."""
    text = re.sub(r"\W+", "_", name.replace("[", "").replace("]", "")).strip("_") or "x"
    text = text if text[0].isalpha() or text[0] == "_" else f"x{text}"
    return f"{text}_" if keyword.iskeyword(text) or text in (*MODULES, *AMBIGUOUS, *CALLED) else text


def free(wanted: str, taken: Collection[str]) -> str:
    """The name, or the first one with a number behind it that isn't taken."""
    name, count = wanted, 1
    while name in taken:
        count += 1
        name = f"{wanted}{count}"
    return name
