"""References of plug-ins, whose results are checked: a wrong one would be a difference of another operation, or none."""

from collections.abc import Callable

import numpy as np

from spikegraph.ir.graph import Node
from spikegraph.meaning.call import Array, Call
from spikegraph.plugins.returned import described, of_type, returned_by


def checked_reference(node: Node, function: Callable[..., Array]) -> Callable[..., Array]:
    """A reference that raises a TypeError or a ValueError where its result isn't that of its operation's type rule."""
    value, what = node.value, f"the reference of `{node.op.name}`"

    def compute(call: Call, *xs: Array) -> Array:
        found = of_type(np.ndarray, function(call, *xs), function, what)
        own = all(x.shape[3:] == v.size for x, v in zip(xs, node.operand_values, strict=True))
        wanted = (*(x.shape[1] for x in xs[:1]), value.channels, *(value.size if own else ()))
        first = 1 if xs else 2
        if found.ndim != 3 + len(value.size) or found.shape[first : first + len(wanted)] != wanted:
            shape = ", ".join(map(str, wanted))
            raise returned_by(function, ValueError(f"{what} gives {described(found)}, but its type rule says [T, {shape}]"))
        return found

    return compute
