"""Models as text that belongs to no file, such as that of a graph."""

from functools import lru_cache

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.limits import LONGEST_MODEL
from spikegraph.dsl.parser import parse
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.source import SourceFile
from spikegraph.equations.model import Model


@lru_cache(1024)
def model_of(text: str) -> Model:
    """The model that a text declares, and nothing else.

    Raises:
        ValueError: The text isn't one sound model.
    """
    from spikegraph.dsl.models.reader import read_model  # noqa: PLC0415 (most specs need no model's equations)

    if len(text) > LONGEST_MODEL:
        raise ValueError(f"a model of {len(text)} characters; it has at most {LONGEST_MODEL}")
    diagnostics = Diagnostics()
    file = parse(SourceFile("model", f"sdhs 1\n{text}"), diagnostics)
    if file is not None and len(file.items) == 1:
        (item,) = file.items
        if isinstance(item, ast.Declaration) and item.kind == "model":
            found = read_model(item, Scope(diagnostics, {}))
            if found is not None and not diagnostics.has_errors:
                return found
    first = next((found for found in diagnostics if found.severity == "error"), None)
    raise ValueError(f"not a sound model of neurons: {first.summary if first is not None else 'it declares something else'}")
