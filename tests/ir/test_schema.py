"""The published JSON Schema of graphs is that of the reader."""

import json
from pathlib import Path

from spikegraph.ir.json import GraphData

SCHEMA = Path(__file__).parents[2] / "docs" / "graph.schema.json"


def plain(schema):
    """A schema without what versions of pydantic write or leave out: a default, and a `const` repeated as `enum`."""
    if isinstance(schema, dict):
        left_out = {
            key
            for key in schema
            if (key == "enum" and "const" in schema) or (key == "additionalProperties" and schema[key] is True)
        }
        return {key: plain(part) for key, part in schema.items() if key not in left_out}
    return [plain(part) for part in schema] if isinstance(schema, list) else schema


def test_the_published_schema(request):
    wanted = GraphData.model_json_schema()
    if request.config.getoption("--update-golden"):
        SCHEMA.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
    assert plain(json.loads(SCHEMA.read_text(encoding="utf-8"))) == plain(wanted)
