"""The vocabulary of optimisers, for weights and for the architecture."""

from spikegraph.dsl.schema.calls import CallOf, Signature, vocabulary
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.lists import ListOf
from spikegraph.dsl.schema.scalars import Flag, Real

_LR = Key("lr", Real(0, open_low=True), None, "learning rate")
_DECAY = Key("weight_decay", Real(0), "0", "L2 penalty, added to the gradient")
_BETAS = Key(
    "betas",
    ListOf(Real(0, 1, open_high=True), 2, 2),
    "[0.9, 0.999]",
    "decay of the running means of the gradient and of its square",
)
_DECOUPLED = Key("weight_decay", Real(0), "0.01", "share of the weights, times the learning rate, that each step subtracts")

OPTIMISERS = vocabulary(
    Signature(
        "sgd",
        (
            _LR,
            Key("momentum", Real(0, 1, open_high=True), "0", "share of the last step to keep"),
            _DECAY,
            Key("nesterov", Flag(), "false", "Nesterov's momentum"),
        ),
        "stochastic gradient descent",
    ),
    Signature("adam", (_LR, _BETAS, _DECAY), "Adam"),
    Signature("adamw", (_LR, _BETAS, _DECOUPLED), "Adam with decoupled weight decay"),
)

OPTIMISER = CallOf("an optimiser", OPTIMISERS)
