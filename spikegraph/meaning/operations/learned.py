"""Numbers that training finds."""

import numpy as np

from spikegraph.ir.ops.learned import LearnedValue
from spikegraph.meaning.call import Array, Call
from spikegraph.meaning.references import reference


@reference(LearnedValue)
def learned(call: Call[LearnedValue], x: Array) -> Array:
    """The weights, for each sample."""
    value = call.tensor("value")
    return np.broadcast_to(value, (1, x.shape[1], *value.shape))
