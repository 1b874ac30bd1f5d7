"""The published JSON Schema of graphs is that of the reader."""

import json
from pathlib import Path

from spikegraph.ir.json import GraphData

SCHEMA = Path(__file__).parents[2] / "docs" / "graph.schema.json"


def test_the_published_schema(request):
    wanted = json.dumps(GraphData.model_json_schema(), indent=2) + "\n"
    if request.config.getoption("--update-golden"):
        SCHEMA.write_text(wanted, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == wanted
