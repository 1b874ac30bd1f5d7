"""Architecture parameters of a run's journal as arrays."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spikegraph.genotype.decode_softmax import Array


def arrays(values: Mapping[str, Sequence[object]]) -> "dict[str, Array]":
    """Nested sequences of numbers as arrays, by name."""
    import numpy as np  # noqa: PLC0415 (reading a run needs no numpy)

    return {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
