"""What a plug-in's encoding gives must be what it was asked for, and what it declares."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.dsl.schema.encodings import ValueKind
from spikegraph.plugins.returned import described, returned_by

_VALUES: Mapping[ValueKind, tuple[int, ...]] = {"spike": (0, 1), "events": (-1, 0, 1)}
"""The values of the kinds of encodings that aren't real numbers."""


def require_declared(
    values: NDArray[Any], wanted: Sequence[int | str], kind: ValueKind, name: str, encode: Callable[..., Any]
) -> None:
    """Checks the shape and the values of what an encoding has made.

    Args:
        values: What it has made.
        wanted: The size of each axis; a letter where it may have any.
        kind: The kind that it declares.
        name: Its name.
        encode: Its function.

    Raises:
        ValueError: It has another shape, or values that its kind doesn't have.
    """
    wrong, possible = "", _VALUES.get(kind)
    if values.ndim != len(wanted) or any(isinstance(of, int) and n != of for n, of in zip(values.shape, wanted, strict=True)):
        wrong = f"gives {described(values)} for [{', '.join(map(str, wanted))}]"
    elif possible is not None and len(other := values[~np.isin(values, possible)]):
        wrong = f"gives {other[0]:g}, but its kind is `{kind}`, one of {', '.join(map(str, possible))}"
    if wrong:
        raise returned_by(encode, ValueError(f"the encoding `{name}` {wrong}"))
