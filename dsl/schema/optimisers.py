"""The vocabulary of optimisers, for weights and for the architecture."""

from spikegraph.dsl.schema.calls import CallOf, Signature, vocabulary
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.lists import ListOf
from spikegraph.dsl.schema.scalars import Flag, Real

LR = Key("lr", Real(0, open_low=True), None, "learning rate")
MOMENTUM = Key("momentum", Real(0, 1, open_high=True), "0", "share of the last step to keep")
NESTEROV = Key("nesterov", Flag(), "false", "Nesterov's momentum")
WEIGHT_DECAY = Key("weight_decay", Real(0), "0", "L2 penalty, added to the gradient")
BETAS = Key(
    "betas",
    ListOf(Real(0, 1, open_high=True), 2, 2),
    "[0.9, 0.999]",
    "decay of the running means of the gradient and of its square",
)
_DECOUPLED = Key("weight_decay", Real(0), "0.01", "share of the weights, times the learning rate, that each step subtracts")

OPTIMISERS = vocabulary(
    Signature("sgd", (LR, MOMENTUM, WEIGHT_DECAY, NESTEROV), "stochastic gradient descent"),
    Signature("adam", (LR, BETAS, WEIGHT_DECAY), "Adam"),
    Signature("adamw", (LR, BETAS, _DECOUPLED), "Adam with decoupled weight decay"),
)

OPTIMISER = CallOf("an optimiser", OPTIMISERS)
