"""Randomly damaged specs give diagnostics at existing positions, never a traceback."""

# A wrong type fails the test anyway, and narrowing every value first would hide the assertions.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false, reportOperatorIssue=false

import random
import re
from pathlib import Path

import pytest

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.equality import same
from spikegraph.dsl.parser import parse
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.render import caret
from spikegraph.dsl.render import json as as_json
from spikegraph.dsl.source import SourceFile
from spikegraph.program.program import Program

SPECS = Path(__file__).parents[2] / "specs"
WRONG = Path(__file__).parents[1] / "diagnostics"


def body(path):
    """The declarations of a spec, without its version, imports and comments."""
    text = path.read_text(encoding="utf-8").split("sdhs 1\n", 1)[1]
    return re.sub(r'[ \t]*#[^\n]*|import "[^"\n]*"', "", text)


SEEDS = [
    "sdhs 1\n" + body(SPECS / "lib" / "spikedhs.sdhs") + body(SPECS / "stereo.sdhs"),
    (SPECS / "genotypes" / "stereo.sdhs").read_text(encoding="utf-8"),
    "sdhs 1\n" + body(WRONG / "lib" / "base.sdhs") + body(WRONG / "runs.sdhs"),
]
TOKEN = re.compile(r'"[^"\n]*"|#[^\n]*|->|[A-Za-z_]\w*|[0-9][\w.]*|\s+|\S')
STRAYS = [
    *'{}[]()=,.:+-*/#"',
    "->",
    "0",
    "-1",
    "1.5.2",
    "50ms",
    "1e9",
    "99999999999999999999",
    "é",
    "\0",
    "\t",
    "none",
    "like",
    "all",
]
STRAYS += [
    "cell",
    "search",
    "import",
    "dgs",
    "return",
    "output",
    "a" * 300,
    "[" * 40,
    "x.y[3]",
    "C / 0",
    "lif(1, a = 2)",
    "\ufeff",
]


def damaged(rng):
    """A spec with one to four random edits of tokens, lines or characters."""
    text = rng.choice(SEEDS)
    for _ in range(rng.randint(1, 4)):
        tokens = TOKEN.findall(text)
        at = rng.randrange(len(tokens))
        match rng.randrange(9):
            case 0:
                del tokens[at]
            case 1:
                tokens.insert(at, rng.choice(STRAYS))
            case 2:
                tokens[at] = rng.choice(STRAYS)
            case 3:
                tokens[at] = rng.choice(tokens)
            case 4:
                other = rng.randrange(len(tokens))
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 5:
                word = tokens[at]
                cut = rng.randrange(len(word))
                tokens[at] = word[:cut] + rng.choice("abx_ 9") + word[cut + 1 :]
            case 6:
                length = rng.randint(1, 30)
                tokens[at:at] = tokens[rng.randrange(len(tokens)) :][:length]
            case 7:
                del tokens[at : at + rng.randint(1, 60)]
            case _:
                tokens = tokens[:at]
        text = "".join(tokens) or " "
    return text


def judge(seed, path):
    text = damaged(random.Random(seed))
    path.write_text(text, encoding="utf-8")
    diagnostics = Program.read(path).check()
    for diagnostic in diagnostics:
        assert diagnostic.summary
        source = diagnostics.sources[diagnostic.span.file]
        assert 1 <= diagnostic.span.line <= source.text.count("\n") + 1
        assert 1 <= diagnostic.span.column <= len(source.line(diagnostic.span.line)) + 1
    assert caret.render(diagnostics).count("error[") == diagnostics.errors
    assert as_json.as_object(diagnostics)["error_count"] == diagnostics.errors
    file = parse(SourceFile("spec", text), Diagnostics())
    if file is None:
        assert diagnostics.has_errors
    else:
        printed = print_file(file)
        back = parse(SourceFile("spec", printed), Diagnostics())
        assert same(back, file)
        assert print_file(back) == printed
    return diagnostics.errors


@pytest.mark.parametrize("part", [pytest.param(part, marks=pytest.mark.long if part > 1 else ()) for part in range(20)])
def test_damaged_specs(part, tmp_path):
    errors = [judge(seed, tmp_path / "spec.sdhs") for seed in range(100 * part, 100 * part + 100)]
    assert sum(count > 0 for count in errors) > 60
    assert sorted(errors)[50] < 8  # no cascades


@pytest.mark.long
@pytest.mark.parametrize("part", range(100))
def test_ten_thousand_damaged_specs(part, tmp_path):
    errors = [judge(1000 + seed, tmp_path / "spec.sdhs") for seed in range(100 * part, 100 * part + 100)]
    assert sum(count > 0 for count in errors) > 60
