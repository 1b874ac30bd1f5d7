"""Mistakes in single lines: each has exactly one diagnostic, in its line, and the suggested edits make the spec sound."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from spikegraph.program.program import Program

from ..sampled import drawn

FOLDER = Path(__file__).parent / "one_line"
BASE = (FOLDER / "base.sdhs").read_text(encoding="utf-8").split("\n")
EXPECTED = re.compile(r"(?P<code>SG\d{4}) (?P<line>\d+):(?P<column>\d+) (?P<summary>.*)")


@dataclass(frozen=True)
class Mistake:
    """A line of the base spec, what replaces it, and the diagnostic: code, line, column, summary, help, line after the edit."""

    line: str
    instead: str
    code: str
    place: tuple[int, int]
    summary: str
    help: str | None
    fixed: str | None

    @property
    def at(self) -> int:
        """The index of the line."""
        return next(i for i, line in enumerate(BASE) if line.strip() == self.line)

    @property
    def lines(self) -> list[str]:
        """The spec with the mistake."""
        indent = BASE[self.at][: len(BASE[self.at]) - len(BASE[self.at].lstrip())]
        return [*BASE[: self.at], indent + self.instead, *BASE[self.at + 1 :]]


def mistakes():
    text = (FOLDER / "mistakes.txt").read_text(encoding="utf-8")
    for block in text.split("\n\n"):
        lines = [line for line in block.strip("\n").split("\n") if not line.startswith("#")]
        if not lines:
            continue
        old, new, expected, *more = lines
        found = EXPECTED.fullmatch(expected)
        assert found is not None, expected
        rest = dict(line.split(": ", 1) for line in more)
        assert rest.keys() <= {"help", "fix"}, block
        assert (old[:2], new[:2]) == ("- ", "+ "), block
        place = int(found["line"]), int(found["column"])
        yield Mistake(old[2:], new[2:], found["code"], place, found["summary"], rest.get("help"), rest.get("fix"))


MISTAKES = list(mistakes())
ALWAYS = {*{m.code: m.instead for m in reversed(MISTAKES)}.values(), *drawn([m.instead for m in MISTAKES], 240)}
"""The first mistake of each code, and a sample of all."""
CASES = [pytest.param(m, id=m.instead, marks=[] if m.instead in ALWAYS else pytest.mark.long) for m in MISTAKES]


def diagnostics(folder, lines):
    path = folder / "spec.sdhs"
    path.write_text("\n".join(lines), encoding="utf-8")
    return list(Program.read(path).check())


def edited(lines, fix):
    """The lines after an edit."""
    span, lines = fix.span, list(lines)
    before, after = lines[span.line - 1][: span.column - 1], lines[span.end_line - 1][span.end_column - 1 :]
    lines[span.line - 1 : span.end_line] = (before + fix.replacement + after).split("\n")
    return lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("one_line")
    shutil.copy(FOLDER / "neurons.sdhs", made)
    return made


def test_the_base_is_sound(folder):
    assert diagnostics(folder, BASE) == []


@pytest.mark.parametrize("mistake", CASES)
def test_mistake(mistake, folder):
    lines = mistake.lines
    found = diagnostics(folder, lines)
    assert [(d.code, (d.span.line, d.span.column), d.summary, d.help) for d in found] == [
        (mistake.code, mistake.place, mistake.summary, mistake.help)
    ]
    assert mistake.place[0] == mistake.at + 1
    fixed = [edited(lines, fix) for fix in found[0].fixes]
    assert [after[mistake.at].strip() for after in fixed] == ([] if mistake.fixed is None else [mistake.fixed])
    for after in fixed:
        assert len(after) == len(BASE)
        assert diagnostics(folder, after) == []


def test_the_table_covers_the_language():
    lines = {m.at for m in MISTAKES}
    heads = [i for i, line in enumerate(BASE) if re.match(r"[a-z]", line)]
    untouched = [BASE[a] for a, b in zip(heads, [*heads[1:], len(BASE)], strict=True) if not lines & set(range(a, b))]
    assert len(MISTAKES) >= 300
    assert sum(m.fixed is not None for m in MISTAKES) >= 120
    assert untouched in ([], ["genotype reduction {", "genotype matching {"])
