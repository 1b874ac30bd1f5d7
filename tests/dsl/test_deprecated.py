"""Deprecated spellings of the language, with a table made for the tests: there is none today."""

from pathlib import Path

import pytest

from spikegraph import __version__
from spikegraph.dsl import deprecated
from spikegraph.dsl.deprecated import Old
from spikegraph.plugins.deprecated import Spelling, numbers
from spikegraph.program.program import Program

LATER = {"since": "0.1", "removed": "99.0"}
GONE = {"since": "0.0", "removed": "0.1"}
TABLE = (
    Old("key", "neuron", Spelling("leak_factor", "decay", **LATER)),
    Old("key", "dgs", Spelling("rounds", "iterations", **LATER)),
    Old("parameter", "dspike", Spelling("temperature", "b", **LATER)),
    Old("word", "cell.mix", Spelling("firing", "spike", **LATER)),
    Old("operation", "", Spelling("conv2d", "conv", **LATER)),
    Old("operation", "", Spelling("skip_connection", "identity", **LATER)),
)
OLD = """\
sdhs 1

# Written for an older release.
neuron lif {
  # per step
  leak_factor = 0.2
  surrogate   = dspike(temperature = 3)
}

candidates both {
  c3   = conv2d(3) -> norm -> lif
  skip = skip_connection
}

cell plain {
  nodes      = 1
  candidates = both
  neuron     = lif
  mix        = firing
}

network net {
  input image : real[3, 32, 32]
  time   = 2
  firing = image -> conv2d(3, out = 2) -> norm -> lif
  output logits = firing -> chain([plain, plain], width = 2) -> pool -> linear(10) -> mean(time)
}

dataset cifar10 {
}

retrain net on cifar10 {
  epochs  = 5
  batch   = 1
  weights = adam(lr = 0.05)
  loss    = cross_entropy(logits)
  dgs at firing {
    rounds = 2
  }
}

profile quick {
  lif.leak_factor    = 0.3
  plain.mix          = firing
  retrain.dgs.rounds = 3
}
"""
NEW = (
    OLD.replace("leak_factor = 0.2", "decay     = 0.2")
    .replace("surrogate   = dspike(temperature", "surrogate = dspike(b")
    .replace("conv2d", "conv")
    .replace("skip_connection", "identity")
    .replace("mix        = firing", "mix        = spike")
    .replace("    rounds = 2", "    iterations = 2")
    .replace("lif.leak_factor    = 0.3", "lif.decay              = 0.3")
    .replace("plain.mix          = firing", "plain.mix              = spike")
    .replace("retrain.dgs.rounds = 3", "retrain.dgs.iterations = 3")
)


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setattr(deprecated, "SPELLINGS", TABLE)


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("old.sdhs")
    path.write_text(OLD)
    return path


def told(diagnostics):
    return [(d.severity, d.code, d.span.line, d.span.column, d.summary, d.help) for d in diagnostics]


def one(line, column, old, new):
    summary = f"`{old}` is deprecated since version 0.1 and is removed in 99.0"
    return ("warning", "SG0801", line, column, summary, f"write `{new}`, or run `spikegraph upgrade FILE`")


def test_each_old_spelling_warns_once_and_means_the_new_one(table, spec, tmp_path):
    (tmp_path / "new.sdhs").write_text(NEW)
    found = Program.read(spec)
    assert told(found.check()) == [
        one(6, 3, "leak_factor", "decay"),
        one(7, 24, "temperature", "b"),
        one(11, 10, "conv2d", "conv"),
        one(12, 10, "skip_connection", "identity"),
        one(19, 16, "firing", "spike"),
        one(25, 21, "conv2d", "conv"),
        one(38, 5, "rounds", "iterations"),
        one(43, 7, "leak_factor", "decay"),
        one(44, 24, "firing", "spike"),
        one(45, 15, "rounds", "iterations"),
    ]
    assert found.text == Program.read("new.sdhs").text


def test_a_wire_may_have_the_name_of_an_old_word(table, spec):
    assert [wire.name for wire in Program.read(spec).spec.networks["net"].wires] == ["firing", "logits"]


def test_profiles_and_overrides_warn_too(table, spec):
    """The profile is about declarations of another file, whose kinds are known only there."""
    Path("lib.sdhs").write_text(OLD)
    spec.write_text('sdhs 1\nimport "lib.sdhs"\n' + OLD[OLD.index("retrain net") :])
    found = Program.read(spec, profile="quick", overrides=("lif.leak_factor=0.4", "lif.surrogate=dspike(temperature = 4)"))
    assert [
        (d.span.file, d.span.line, d.span.column, d.summary.split("`")[1]) for d in found.check() if d.span.file != "lib.sdhs"
    ] == [
        ("old.sdhs", 9, 5, "rounds"),
        ("old.sdhs", 14, 7, "leak_factor"),
        ("old.sdhs", 15, 24, "firing"),
        ("old.sdhs", 16, 15, "rounds"),
        ("--set", 1, 5, "leak_factor"),
        ("--set", 2, 22, "temperature"),
    ]
    assert {(d.severity, d.code) for d in found.check()} == {("warning", "SG0801")}
    assert found.spec.neurons["lif"].decay == 0.4
    assert found.spec.neurons["lif"].surrogate.named["b"] == 4
    assert found.spec.retrain.dgs[0].iterations == 3
    assert found.spec.cells["plain"].mix == "spike"


def test_the_fixes_are_what_fmt_writes(table, spec):
    lines = OLD.splitlines()
    for d in reversed(list(Program.read(spec).check())):
        (fix,) = d.fixes
        line = lines[fix.span.line - 1]
        lines[fix.span.line - 1] = line[: fix.span.column - 1] + fix.replacement + line[fix.span.end_column - 1 :]
    from spikegraph.cli.entry import run

    Path("fixed.sdhs").write_text("\n".join(lines) + "\n")
    assert run(["fmt", "fixed.sdhs"]) == 0
    assert run(["fmt", "old.sdhs"]) == 0
    assert Path("old.sdhs").read_text() == Path("fixed.sdhs").read_text() == NEW


def test_fmt_names_what_it_changes(table, spec, capsys):
    from spikegraph.cli.entry import run

    assert run(["fmt", "old.sdhs"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "reformatted old.sdhs\n"
    assert captured.err.startswith(
        "old.sdhs:6:3: warning[SG0801]: `leak_factor` is deprecated since version 0.1 and is removed"
    )
    assert captured.err.endswith("10 warnings\n")


def test_check_is_sound_with_warnings(table, spec, capsys):
    from spikegraph.cli.entry import run

    assert run(["check", "old.sdhs"]) == 0
    assert "old.sdhs: sound\n" in capsys.readouterr().out


def test_a_removed_spelling_is_an_error_that_upgrade_converts(monkeypatch, spec, capsys):
    from spikegraph.cli.entry import run

    gone = tuple(Old(o.sort, o.place, Spelling(o.spelling.old, o.spelling.new, **GONE)) for o in TABLE)
    monkeypatch.setattr(deprecated, "SPELLINGS", gone)
    first = Program.read(spec).check()
    assert {d.severity for d in first} == {"error"} and len(first) == 10
    assert told(first)[0][4:] == ("`leak_factor` was removed in version 0.1", "write `decay`, or run `spikegraph upgrade FILE`")
    assert run(["fmt", "old.sdhs"]) == 1
    assert Path("old.sdhs").read_text() == OLD
    capsys.readouterr()
    assert run(["upgrade", "old.sdhs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "old.sdhs:6:3: `leak_factor` was removed in version 0.1: write `decay`"
    assert len(lines) == 10
    assert Path("old.sdhs").read_text() == NEW
    assert run(["check", "old.sdhs"]) == 0
    assert run(["upgrade", "old.sdhs"]) == 0
    assert capsys.readouterr().out.endswith("old.sdhs is current\n")


def test_both_spellings_in_one_block_are_one_key_given_twice(table, spec):
    spec.write_text(OLD.replace("  leak_factor = 0.2", "  decay = 0.1\n  leak_factor = 0.2"))
    assert ("SG0205", "`decay` is given twice") in [(d.code, d.summary) for d in Program.read(spec).check()]


def test_every_entry_warns_for_a_release_before_it_is_removed():
    for old in deprecated.SPELLINGS:
        assert numbers(old.spelling.since) < numbers(old.spelling.removed), old


@pytest.mark.parametrize(
    ("version", "expected"), [("0.1.0", (0, 1)), ("1.12.3rc1", (1, 12)), (__version__, numbers(__version__))]
)
def test_versions(version, expected):
    assert numbers(version) == expected
