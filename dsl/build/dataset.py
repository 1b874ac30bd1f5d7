"""`dataset`."""

from dataclasses import replace

from spikegraph.dsl import ast, spec
from spikegraph.dsl.entries import read_entries
from spikegraph.dsl.schema.dataset import DATASETS, SOURCES
from spikegraph.dsl.schema.key import Schema, Scope


def build_dataset(node: ast.Declaration, scope: Scope) -> tuple[spec.Dataset, ast.Declaration] | None:
    """The data set, and its declaration with every default; None when it is wrong."""
    defaults = {"source": ast.Name(node.name.id, node.name.span)} if node.name.id in SOURCES else {}
    schema, known = _schema(node)
    if not known:
        # Without a source nobody knows the keys: only the source itself is judged.
        key = schema[0]
        entry = _source(node)
        if entry is None:
            scope.diagnostics.error("SG0206", node.name.span, "`source` is missing", help=f"it is {key.type.words}")
        else:
            key.type.read(entry.value, scope)
        return None
    entries = read_entries(node.body, schema, "dataset", node.name.span, scope, defaults=defaults)
    if entries is None:
        return None
    return spec.Dataset(node.name.id, dict(entries.values), node.span), replace(node, body=entries.body)


def _source(node: ast.Declaration) -> ast.Entry | None:
    for statement in node.body:
        if isinstance(statement, ast.Entry) and isinstance(statement.key, ast.Name) and statement.key.id == "source":
            return statement
    return None


def _schema(node: ast.Declaration) -> tuple[Schema, bool]:
    entry = _source(node)
    source = node.name.id if entry is None else entry.value.id if isinstance(entry.value, ast.Name) else ""
    schema = DATASETS.get(source)
    return (schema, True) if schema is not None else (DATASETS["sample"], False)
