"""Every operation says what it computes with its operands, so that the certificate and `stats` know what it multiplies."""

from typing import ClassVar

import pytest

from spikegraph.dsl.schema.neuron_models import NEURON_MODELS
from spikegraph.elaborate.declared_neurons import default_neuron, with_numbers
from spikegraph.ir.arithmetic import Product
from spikegraph.ir.neuron import Constant, Learned, Neuron
from spikegraph.ir.neuron_updates import update_of
from spikegraph.ir.opdef import OPS, Op
from spikegraph.ir.traits import Traits
from spikegraph.ir.types import Kind, Value
from spikegraph.ir.updates import Update

BUILT_IN = [op for name, op in OPS.items() if OPS.is_built_in(name)]
X = Value(Kind.REAL, 4, (3, 3))


@pytest.mark.parametrize("op", BUILT_IN, ids=lambda op: op.name)
def test_an_operation_says_what_it_computes(op):
    """Composite operations are taken apart before anything is counted."""
    assert op.arithmetic is not Op.arithmetic or op.traits.expanded_by is not None


class Silent(Op):
    """An operation that says nothing."""

    name: ClassVar[str] = "silent"

    def infer(self, x, y):
        return x.with_(kind=Kind.REAL)


class Weighted(Op):
    """An operation with weights that says nothing more."""

    name: ClassVar[str] = "weighted"

    def infer(self, x):
        return x.with_(kind=Kind.REAL)

    def weights(self, *operands):
        return {"factor": (operands[0].channels,)}


class Counted(Weighted):
    """An operation that says how many additions it has."""

    name: ClassVar[str] = "counted"

    def additions(self, *operands):
        return 7


class Unary(Op):
    """An operation on one operand without weights."""

    name: ClassVar[str] = "unary"

    def infer(self, x):
        return x


class Spiking(Weighted):
    """Neurons."""

    name: ClassVar[str] = "spiking"
    traits: ClassVar[Traits] = Traits(fires=True, stateful=True)


def test_an_operation_that_says_nothing_multiplies_each_number_of_its_result():
    assert Silent().products(X, X) == (Product(36, ((0, 1), ())),)
    assert Weighted().products(X) == (Product(36, ((0,), ())),)
    assert Counted().products(X) == (Product(7, ((0,), ())),)
    assert Unary().products(X) == Spiking().products(X) == ()


def neuron(model="lif", learned=(), **fields):
    names = [key.name for key in NEURON_MODELS[model].parameters]
    constants = tuple(Constant(name=name, value=fields.pop(name)) for name in names)
    return Neuron(model=model, constants=constants, learned=tuple(Learned(name=name) for name in learned), **fields)


@pytest.mark.parametrize(
    ("given", "counts"),
    [  # additions, multiplications and comparisons of the equations in docs/language.md
        (neuron(decay=0.5), (1, 1, 1)),
        (neuron(decay=1), (1, 0, 1)),
        (neuron(decay=0), (0, 0, 1)),
        (neuron(decay=0.5, reset="soft"), (2, 1, 1)),
        (neuron(decay=0.5, reset="late"), (2, 1, 1)),
        (neuron(decay=0, reset="late"), (1, 0, 1)),
        (neuron(decay=0.5, decay_input=True), (1, 2, 1)),
        (neuron(decay=0.5, levels=4), (1, 1, 4)),
        (neuron(decay=0.5, levels=4, reset="soft"), (5, 1, 4)),
        (neuron(decay=0.5, fires=False), (1, 1, 0)),
        (neuron(decay=0.5, fires=False, reset="soft"), (1, 1, 0)),
        (neuron(decay=0.5, learned=("decay",)), (1, 1, 1)),
        (neuron("alif", decay=0.5, adaptation=0.2, adaptation_decay=0.95), (3, 3, 1)),
        (neuron("alif", decay=0.5, adaptation=0.2, adaptation_decay=1), (3, 2, 1)),
        (neuron("alif", decay=0.5, adaptation=0.2, adaptation_decay=0, reset="soft"), (3, 2, 1)),
        (neuron("cuba", decay=0.5, current_decay=0.5), (2, 2, 1)),
        (neuron("cuba", decay=0.5, current_decay=0), (1, 1, 1)),
        (neuron("relu", slope=0), (0, 0, 1)),
        (neuron("relu", slope=0.1), (0, 1, 1)),
    ],
)
def test_the_operations_of_a_neuron(given, counts):
    assert update_of(given) == Update(*counts)


def test_every_built_in_neuron_model_is_counted():
    for name, model in NEURON_MODELS.items():
        assert not NEURON_MODELS.is_built_in(name) or update_of(default_neuron(model)) is not None


@pytest.mark.parametrize(
    ("name", "changes", "counts"),
    [  # additions, multiplications, comparisons and functions of the library's texts; what is of numbers alone is none
        ("klif", {}, (1, 2, 2, 0)),
        ("plif", {}, (1, 2, 1, 0)),
        ("clif", {}, (4, 3, 1, 2)),
        ("glif", {}, (4, 3, 1, 0)),
        ("integer", {}, (2, 1, 4, 0)),
        ("integer", {"threshold": 0.5}, (5, 2, 4, 0)),
        ("ternary", {"reset": "soft"}, (3, 1, 2, 0)),
        ("brf", {}, (8, 7, 3, 0)),
        ("resonate", {}, (3, 6, 1, 0)),
        ("tclif", {}, (6, 2, 1, 0)),
    ],
)
def test_the_operations_of_the_library(name, changes, counts):
    assert update_of(with_numbers(default_neuron(NEURON_MODELS[name]), changes)) == Update(*counts)
