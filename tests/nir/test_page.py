"""The table in `docs/deploy.md` is current, and has every system of the zoo."""

import random
import re
from pathlib import Path

import pytest

from ..forked import python

ROOT = Path(__file__).parents[2]


def check(*arguments: str) -> tuple[int, str]:
    done = python("tools/deploy.py", "--check", *arguments, cwd=ROOT)
    return done.returncode, done.stderr


NAMES = re.findall(
    r"^\| \[.*?\]\(\.\./specs/(\S+)\.sdhs\)", (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8"), re.MULTILINE
)


def test_the_columns_of_nir_and_python_are_what_the_tool_writes(request: pytest.FixtureRequest):
    """Of every fifth spec, and with `--long` of all."""
    names = NAMES if request.config.getoption("--long") else random.Random(0).sample(NAMES, len(NAMES) // 5)
    assert len(names) > 10
    assert check("--texts", *names) == (0, "")


@pytest.mark.long
@pytest.mark.parametrize("name", ["images", "flow", "zoo/cifarnet", "zoo/snasnet_bw"])
def test_the_columns_of_torch_and_onnx_are_what_the_tool_writes(name: str):
    """Of some that take a minute together; the whole table takes an hour."""
    assert check(name) == (0, "")


def test_the_table_has_every_system():
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    systems = [path.name for path in (ROOT / "specs" / "zoo").glob("*.sdhs")]
    assert len(systems) >= 20
    assert [name for name in systems if f"](../specs/zoo/{name})" not in page] == []
