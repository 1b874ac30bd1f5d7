"""`docs/diagnostics.md` explains every code, and its examples cause the codes that it names."""

import re
import shutil
from pathlib import Path

import pytest

from spikegraph.analysis.certificate import certify
from spikegraph.backends.nir.convert import convert
from spikegraph.dsl.codes import CODES, EXPORTS, SPIKING
from spikegraph.plugins.registry import HINT
from spikegraph.program.program import Program
from spikegraph.program.refusals import report

HERE = Path(__file__).parent
TEXT = (HERE.parents[1] / "docs" / "diagnostics.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (SG\d{4}) .*?\n(.*?)(?=^#{1,2} |\Z)", TEXT, re.MULTILINE | re.DOTALL))
EXAMPLES = [
    (code, sort, whole, body)
    for code, section in SECTIONS.items()
    for sort, whole, body in re.findall(r"^```sdhs (wrong|right)( whole)?\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
]


def test_every_code_is_explained_and_every_explanation_has_a_code():
    headings = dict(re.findall(r"^## (SG\d{4}) (.*)$", TEXT, re.MULTILINE))
    assert headings == CODES


def test_every_section_explains_the_fix():
    assert [code for code, section in SECTIONS.items() if "Fix:" not in section] == []


def test_examples_come_in_pairs():
    assert [sort for _, sort, _, _ in EXAMPLES] == ["wrong", "right"] * (len(EXAMPLES) // 2)
    assert len(EXAMPLES) > 100


@pytest.mark.parametrize(("code", "sort", "whole", "body"), EXAMPLES, ids=[f"{e[0]}-{e[1]}" for e in EXAMPLES])
def test_example(code, sort, whole, body, tmp_path):
    shutil.copytree(HERE / "lib", tmp_path / "lib")
    spec = tmp_path / "example.sdhs"
    spec.write_text(body if whole else f'sdhs 1\nimport "lib/base.sdhs"\n\n{body}', encoding="utf-8")
    program = Program.read(spec)
    checked = program.check()
    if code in SPIKING and not checked.has_errors:
        certify(program.build("deploy").plain).report(checked)
    if code in EXPORTS:
        report(convert(program.build("deploy").plain, None, dt=1e-4).refused, checked)
    found = {diagnostic.code: diagnostic.summary for diagnostic in checked}
    if sort == "wrong":
        assert code in found
    else:
        assert found == {}


HELP_FOR_UNKNOWN_NAMES = (
    "did you mean `",
    "known here are ",
    "declared are ",
    "it can hold ",
    "`spikegraph ops` lists the operations",
    "declare it with `param`",
    "write a ",
)
"""The forms that the section on SG0307 describes."""


def test_the_help_for_unknown_names_has_the_forms_that_its_section_describes():
    table = (HERE / "one_line" / "mistakes.txt").read_text(encoding="utf-8")
    helps = re.findall(r"^SG0307 .*\nhelp: (.*)$", table, re.MULTILINE)
    assert len(helps) > 10
    assert [help for help in helps if not help.startswith(HELP_FOR_UNKNOWN_NAMES)] == []
    operations = re.findall(r"^SG0307 \S+ no operation is called .*\nhelp: (.*)$", table, re.MULTILINE)
    assert operations
    assert [help for help in operations if not help.endswith(str(HINT))] == []
    for words in (
        "nearest name",
        "lists the names that are known there",
        "`spikegraph ops`",
        "write a number",
        "load a plug-in",
    ):
        assert words in " ".join(SECTIONS["SG0307"].split())
