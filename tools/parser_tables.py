"""Write `dsl/parser_tables.json` after a change of the grammar or of lark: `python tools/parser_tables.py`."""

import json
from pathlib import Path

from spikegraph.dsl.syntax import compute_tables

if __name__ == "__main__":
    path = Path(__file__).parents[1] / "dsl" / "parser_tables.json"
    path.write_text(json.dumps(compute_tables(), separators=(",", ":")) + "\n", encoding="utf-8")
