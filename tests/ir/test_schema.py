"""The published JSON Schema of graphs is that of the reader."""

import json
from pathlib import Path

from spikegraph.ir.json import GraphData

SCHEMA = Path(__file__).parents[2] / "docs" / "graph.schema.json"


def plain(schema):
    """A schema without `"additionalProperties": true`, which is the default, and which older versions of pydantic leave out."""
    if isinstance(schema, dict):
        return {key: plain(part) for key, part in schema.items() if (key, part) != ("additionalProperties", True)}
    return [plain(part) for part in schema] if isinstance(schema, list) else schema


def test_the_published_schema(request):
    wanted = GraphData.model_json_schema()
    if request.config.getoption("--update-golden"):
        SCHEMA.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
    assert plain(json.loads(SCHEMA.read_text(encoding="utf-8"))) == plain(wanted)
