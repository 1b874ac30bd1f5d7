"""`dataset`."""

from dataclasses import replace

from spikegraph.base.nearest import did_you_mean
from spikegraph.dsl import ast, spec
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.readers.block import read_block
from spikegraph.dsl.schema.dataset import SOURCES
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.record import keys
from spikegraph.plugins.registry import hinted


def read_dataset(node: ast.Declaration, scope: Scope) -> tuple[spec.Dataset, ast.Declaration] | None:
    """The data set, and its declaration with every default; None if it is wrong."""
    name = node.name
    entry = _source(node)
    source = ast.Name(name.id, name.span) if entry is None else entry.value
    found = SOURCES.get(source.id) if isinstance(source, ast.Name) else None
    if found is None:
        # Without a sound source the other keys are unknown, so only the source is checked.
        key = next(key for key in keys(spec.Dataset) if key.name == "source")
        if entry is None:
            help = hinted(did_you_mean(name.id, SOURCES) or f"write {key.type.words}", SOURCES)
            fixes = rename(name.span, name.id, SOURCES)
            scope.diagnostics.error("SG0206", name.span, "`source` is missing", help=help, fixes=fixes)
        else:
            key.type.read(entry.value, scope)
        return None
    block = read_block(found.record, node.body, "dataset", name.span, scope, {"source": source}, name=name.id, span=node.span)
    return None if block is None else (block.record, replace(node, body=block.body))


def _source(node: ast.Declaration) -> ast.Entry | None:
    for statement in node.body:
        if isinstance(statement, ast.Entry) and isinstance(statement.key, ast.Name) and statement.key.id == "source":
            return statement
    return None
