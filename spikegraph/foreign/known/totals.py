"""Sums over the time steps, and their division by the number of steps: the mean over time."""

from typing import Any

from spikegraph.foreign.adapters import Call, adapter
from spikegraph.foreign.known.instead import instead
from spikegraph.foreign.known.reductions import TIME, dimensions_of, mean, role
from spikegraph.foreign.statements import Total, Value


@adapter("torch.sum", "Tensor.sum", any_layout=True)
def total(call: Call, x: Value, dim: Any = None, keepdim: bool = False, **_: Any) -> Total:
    """The sum over the time steps."""
    dims = dimensions_of(x, dim)
    if len(dims) != 1 or role(call, x, dims[0]) != TIME:
        raise call.refuse("the language has no such function", instead("sum"))
    return Total(mean(call, x, dims[0], keepdim), x.shape[dims[0]])


def total_of_steps(call: Call, x: Value, steps: int) -> Total:
    """The sum over all steps of a value of one step."""
    return Total(call.add("mean", x, params={"over": "time"}, layout=call.layout(x)), steps)


@adapter(
    "operator.truediv", "operator.itruediv", "torch.div", "Tensor.div", "torch.true_divide", "Tensor.div_", any_layout=True
)
def quotient(call: Call, x: Any, y: Any, **_: Any) -> Value:
    """A sum over the time steps, divided by their number."""
    if isinstance(x, Total) and y == x.steps:
        return x.mean
    raise call.refuse("the language has no such function", instead("truediv"))
