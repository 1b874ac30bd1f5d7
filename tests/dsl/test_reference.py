"""The language reference matches the program."""

# A wrong type fails the test anyway, and narrowing every value first would hide the assertions.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false, reportOperatorIssue=false

import re
import runpy
from pathlib import Path

import pytest

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.parser import parse
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.schema.statements import ITEM_WORDS
from spikegraph.dsl.source import SourceFile

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_tables_are_up_to_date():
    tool = runpy.run_path(str(ROOT / "tools" / "reference.py"))
    assert tool["rewritten"](TEXT) == TEXT


def test_every_declaration_is_there():
    for word in ITEM_WORDS:
        assert f"`{word} " in TEXT


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_examples_are_canonical(example):
    whole = example if example.startswith("sdhs") else f"sdhs 1\n\n{example}"
    diagnostics = Diagnostics()
    file = parse(SourceFile("example", whole), diagnostics)
    assert [d.summary for d in diagnostics] == []
    assert print_file(file) == whole
