"""The schemas are consistent: every default is a valid value of its key, and prints as its text."""

import pytest

from spikegraph.dsl.defaults import default_expr
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.layout import flat
from spikegraph.dsl.schema.augmentations import AUGMENTATIONS
from spikegraph.dsl.schema.cell import Cell
from spikegraph.dsl.schema.dataset import SOURCES
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.losses import LOSSES
from spikegraph.dsl.schema.methods import DISCRETISE, METHODS
from spikegraph.dsl.schema.network import Network
from spikegraph.dsl.schema.neuron import Neuron
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS
from spikegraph.dsl.schema.optimisers import OPTIMISERS
from spikegraph.dsl.schema.record import keys
from spikegraph.dsl.schema.run import Dgs, Retrain, Search
from spikegraph.dsl.schema.schedules import SCHEDULES
from spikegraph.dsl.schema.trellis import Trellis
from spikegraph.dsl.source import Span

RECORDS = [Neuron, Cell, Trellis, Network, Search, Retrain, Dgs, *dict.fromkeys(source.record for source in SOURCES.values())]
SCHEMAS = [keys(record) for record in RECORDS]
SIGNATURES = [
    s
    for vocabulary in (OPTIMISERS, SCHEDULES, AUGMENTATIONS, LOSSES, METHODS, DISCRETISE, NEURON_MODELS)
    for s in vocabulary.values()
]
KEYS = [key for schema in [*SCHEMAS, *(s.parameters for s in SIGNATURES)] for key in schema]


@pytest.mark.parametrize("key", [key for key in KEYS if key.default is not None], ids=lambda key: key.name)
def test_defaults_are_values(key):
    scope = Scope(Diagnostics(), {})
    expr = default_expr(key.default, Span("f", 3, 1, 3, 2))
    assert key.type.read(expr, scope) is not None
    assert len(scope.diagnostics) == 0
    assert flat(expr) == key.default
    assert expr.span == Span("f", 3, 1, 3, 2)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_keys_are_documented(key):
    assert key.doc
    assert key.doc[-1] != "."
    assert key.type.words


def test_names_in_a_schema_differ():
    for schema in [*SCHEMAS, *(s.parameters for s in SIGNATURES)]:
        assert len({key.name for key in schema}) == len(schema)


def test_same_as_names_a_key_before():
    for schema in SCHEMAS:
        names = [key.name for key in schema]
        for key in schema:
            assert key.same_as is None or key.same_as in names[: names.index(key.name)]
