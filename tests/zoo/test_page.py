"""`docs/zoo.md` is current, and has every system."""

import subprocess
import sys
from pathlib import Path

from .peers import ZOO

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_tool_writes():
    done = subprocess.run([sys.executable, "tools/zoo.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_page_has_every_system():
    page = (ROOT / "docs" / "zoo.md").read_text(encoding="utf-8")
    assert [path.stem for path in ZOO.glob("*.sdhs") if f"](../specs/zoo/{path.name})" not in page] == []
