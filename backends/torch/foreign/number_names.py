"""Names for the learned numbers of models."""

from collections.abc import Collection

from spikegraph.backends.torch.foreign.elementwise import COMPARES, ELEMENTWISE
from spikegraph.dsl.builder import MODEL_WORDS
from spikegraph.dsl.models.reader import KEYS, RESERVED, TAKEN
from spikegraph.foreign.names import valid

_WORDS = frozenset((*KEYS, *TAKEN, *RESERVED, *MODEL_WORDS, *ELEMENTWISE, *COMPARES))
"""Words of models and keys of neurons, which no number can have as its name, and functions of code, which would mislead."""


def number_name(path: str, taken: Collection[str]) -> str:
    """A name for a learned number in a model.

    Args:
        path: The module's tensor.
        taken: The model's other names.
    """
    wanted = path.rpartition(".")[2]
    base = "".join(c for c in wanted if c.isascii() and (c.isalnum() or c == "_")).strip("_") or "k"
    name = base = f"raw_{base}" if base in _WORDS or base in taken or valid(base) != base else base
    count = 1
    while name in taken:
        count += 1
        name = f"{base}{count}"
    return name
