"""The schemas hold together: every default is a value of its key, and printing a default gives its text."""

import pytest

from spikegraph.dsl.defaults import default_expr
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.printer import print_expression
from spikegraph.dsl.schema.augmentations import AUGMENTATIONS
from spikegraph.dsl.schema.cell import CELL
from spikegraph.dsl.schema.dataset import DATASETS
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.losses import LOSSES
from spikegraph.dsl.schema.network import NETWORK
from spikegraph.dsl.schema.neuron import NEURON
from spikegraph.dsl.schema.optimisers import OPTIMISERS
from spikegraph.dsl.schema.run import DGS, RETRAIN, SEARCH
from spikegraph.dsl.schema.schedules import SCHEDULES
from spikegraph.dsl.schema.trellis import TRELLIS
from spikegraph.dsl.source import Span

SCHEMAS = [NEURON, CELL, TRELLIS, NETWORK, SEARCH, RETRAIN, DGS, *DATASETS.values()]
SIGNATURES = [s for vocabulary in (OPTIMISERS, SCHEDULES, AUGMENTATIONS, LOSSES) for s in vocabulary.values()]
KEYS = [key for keys in [*SCHEMAS, *(s.parameters for s in SIGNATURES)] for key in keys]


@pytest.mark.parametrize("key", [key for key in KEYS if key.default is not None], ids=lambda key: key.name)
def test_defaults_are_values(key):
    scope = Scope(Diagnostics(), {})
    expr = default_expr(key.default, Span("f", 3, 1, 3, 2))
    assert key.type.read(expr, scope) is not None
    assert len(scope.diagnostics) == 0
    assert print_expression(expr) == key.default
    assert expr.span == Span("f", 3, 1, 3, 2)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_keys_are_documented(key):
    assert key.doc
    assert key.doc[-1] != "."
    assert key.type.words


def test_names_in_a_schema_differ():
    for keys in [*SCHEMAS, *(s.parameters for s in SIGNATURES)]:
        assert len({key.name for key in keys}) == len(keys)


def test_same_as_names_a_key_before():
    for schema in SCHEMAS:
        names = [key.name for key in schema]
        for key in schema:
            assert key.same_as is None or key.same_as in names[: names.index(key.name)]
