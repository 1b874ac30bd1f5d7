"""Functions of other languages and libraries, with what a model has instead."""

_STEP = "spikes are `fire(u, threshold)`"
_POWER = "write a power as a product: `x * x`"
_RANDOM = "a model computes the same every time: no function is random"
_LAYER = "a model is of one neuron: what mixes neurons stands in the network, before it"

INSTEAD = {
    **dict.fromkeys(("heaviside", "step", "spike", "spikes", "threshold", "H", "theta"), _STEP),
    **dict.fromkeys(("pow", "power", "square"), _POWER),
    **dict.fromkeys(("rand", "randn", "random", "normal", "uniform", "noise", "bernoulli", "dropout"), _RANDOM),
    **dict.fromkeys(("linear", "conv", "mean", "matmul", "dot", "norm", "softmax", "pool"), _LAYER),
    "sign": "write `where(x > 0, 1, -1)`",
    "softplus": "write `log(1 + exp(x))`",
    "ceil": "write `-floor(-x)`",
    "int": "write `floor(x)`",
    "clip": "write `clamp(x, low, high)`",
    "maximum": "write `max(x, y)`",
    "minimum": "write `min(x, y)`",
    "fabs": "write `abs(x)`",
    "ln": "write `log(x)`",
    "arctan": "use `tanh(x)`, or write another function",
    "stop_gradient": "write `detach(x)`",
    "float": "every value of a model is a number: leave it out",
    "if": "write `where(condition, x, y)`",
    "delay": "write `v[t-1]`: a state is the value after the step before",
    "prev": "write `v[t-1]`: a state is the value after the step before",
    "previous": "write `v[t-1]`: a state is the value after the step before",
}
"""By name."""
