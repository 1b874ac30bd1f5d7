"""The table in `docs/deploy.md` is current, and has every system of the zoo that classifies."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_table_is_what_the_tool_writes():
    done = subprocess.run([sys.executable, "tools/deploy.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_table_has_every_system_that_classifies():
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    dense = {"autodeeplab", "ddes", "ddes_snn", "leastereo", "psmnet", "stereospike"}  # a map is their result
    classify = [path.name for path in (ROOT / "specs" / "zoo").glob("*.sdhs") if path.stem not in dense]
    assert len(classify) >= 15
    assert [name for name in classify if f"](../specs/zoo/{name})" not in page] == []
