"""Write the tables of the parsers after a change of a grammar or of lark: `python tools/parser_tables.py`."""

import json
from pathlib import Path

from spikegraph.dsl.syntax import FILES, MODELS

if __name__ == "__main__":
    for grammar in (FILES, MODELS):
        path = Path(__file__).parents[1] / "dsl" / grammar.tables
        path.write_text(json.dumps(grammar.computed(), separators=(",", ":")) + "\n", encoding="utf-8")
