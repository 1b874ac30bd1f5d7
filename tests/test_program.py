"""Programs: every spec of the project, Table 7 (Che et al., NeurIPS 2022), wrong specs, phases, and one read per spec."""

from pathlib import Path

import pytest

from spikegraph.analysis.layers import layers
from spikegraph.base.errors import PassError
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.elaborate.build import elaborate
from spikegraph.ir.stage import Stage
from spikegraph.program import elaborated
from spikegraph.program.program import Program

ROOT = Path(__file__).parents[1]
SPECS = ROOT / "specs"
STEREO, PUBLISHED = SPECS / "stereo.sdhs", SPECS / "genotypes" / "stereo.sdhs"
WRONG = sorted(p for p in (ROOT / "tests" / "diagnostics").glob("*.sdhs") if "error[" in p.read_text())


def told(path, phase=None):
    return [told_of(d) for d in Program.read(path).check(phase)]


def told_of(d):
    return d.code, d.span.line, d.span.column, d.summary, d.help


@pytest.mark.parametrize("path", sorted(SPECS.rglob("*.sdhs")), ids=lambda p: str(p.relative_to(SPECS)))
def test_every_spec_is_sound(path):
    assert told(path) == []


@pytest.mark.parametrize("path", WRONG, ids=lambda p: p.stem)
def test_all_errors_of_a_wrong_spec_are_reported_without_raising(path):
    found = told(path)
    assert found
    assert len(set(found)) == len(found)
    raised = 0
    for phase in ("search", "retrain"):
        try:
            Program.read(path).build(phase)
        except SpecError as error:
            raised += 1
            assert {told_of(d) for d in error.diagnostics if d.code != "SG0317"} <= set(found)
    assert raised


TABLE_7 = [
    # name, operation, channels and sizes, parameters
    ("features.stem0", "stem", (12, 260, 346), 12 * 5 * 9 + 3 * 12),
    ("features.stem1", "stem", (24, 87, 116), 24 * 12 * 9 + 3 * 24),
    ("features.cells[0]", "cell", (48, 44, 58), 4 * (16 * 24 * 9 + 48) + 2 * (16 * 16 * 9 + 48)),
    ("features.cells[1]", "cell", (24, 87, 116), 8 * 9 * (24 + 48 + 24 + 48 + 8 + 8) + 6 * 24),
    ("features.restore", "restore", (24, 87, 116), 24 * 24 * 9 + 72),
    ("volume", "cost_volume", (48, 33, 87, 116), 0),
    ("stem0", "stem", (24, 33, 87, 116), 24 * 48 * 27 + 72),
    ("stem1", "stem", (24, 33, 87, 116), 24 * 24 * 27 + 72),
    ("cells[0]", "cell", (48, 17, 44, 58), 16 * 27 * (24 + 24 + 24 + 16 + 24 + 16) + 6 * 48),
    ("cells[1]", "cell", (96, 9, 22, 29), 32 * 27 * (24 + 48 + 48 + 32 + 48 + 32) + 6 * 96),
    ("cells[2]", "cell", (96, 9, 22, 29), 32 * 27 * (48 + 96 + 96 + 32 + 96 + 32) + 6 * 96),
    ("cells[3]", "cell", (48, 17, 44, 58), 16 * 27 * (96 + 96 + 96 + 16 + 96 + 16) + 6 * 48),
    ("similarity", "restore", (1, 33, 87, 116), 48 * 27 + 3),
    ("disparity", "subpixel", (1, 260, 346), 0),
]


def test_table_7():
    built = Program.read(STEREO, genotype=PUBLISHED).build("retrain")
    rows = layers(built.outline, built.plain)
    assert [(r.name, r.op, r.value.shape, r.parameters) for r in rows] == TABLE_7
    assert sum(r.parameters for r in rows) == 869_763


def test_layers_are_counted_once_however_often_they_are_used():
    built = Program.read(STEREO, genotype=PUBLISHED).build("retrain")
    uses = {r.name: r.uses for r in layers(built.outline, built.plain)}
    assert {name for name, n in uses.items() if n == 2} == {n for n in uses if n.startswith("features.")}


@pytest.mark.parametrize(
    ("options", "phase", "names"),
    [
        ({}, "search", ["convert-stems", "expand-trellis", "expand-cells"]),
        ({"genotype": PUBLISHED}, "retrain", ["convert-stems", "bind-genotype", "expand-cells", "mix"]),
        ({"genotype": PUBLISHED, "phase": "deploy"}, "deploy", ["convert-stems", "bind-genotype", "expand-cells", "mix"]),
    ],
)
def test_the_phase(options, phase, names):
    built = Program.read(STEREO, genotype=options.get("genotype")).build(options.get("phase"))
    assert built.phase == phase
    assert [p.name for p in built.passes[: len(names)]] == names
    assert (built.space.stage, built.plain.stage) == (Stage.SPACE, Stage.LOWERED)
    # The channels are those of the phase's run: 12 in the search, 24 in the retraining.
    assert built.space.node("features@left.stem1").value.channels == (12 if phase == "search" else 24)


def test_stems_are_those_of_the_run():
    relu = Program.read(STEREO).build("search").plain
    lif = Program.read(STEREO, genotype=PUBLISHED).build("retrain").plain
    assert [g.node("features@left.stem0").op.name for g in (relu, lif)] == ["relu", "lif"]
    assert [g.node("stem1").value.kind for g in (relu, lif)] == ["real", "spike"]


def test_every_convolution_after_the_first_stem_has_spikes_as_input():
    graph = Program.read(STEREO, genotype=PUBLISHED).build("deploy").plain
    others = [n.name for n in graph if n.op.name == "conv" and graph.values(n)[0].kind != "spike"]
    assert others == ["features@left.stem0.conv", "features@right.stem0.conv"]


def test_the_callback_gets_every_pass():
    seen = []
    built = Program.read(STEREO, genotype=PUBLISHED).build("retrain", after=lambda p, g: seen.append((p.name, g.stage)))
    assert [name for name, _ in seen] == [p.name for p in built.passes]
    assert seen[-1] == (built.passes[-1].name, Stage.LOWERED)


def test_a_phase_without_a_genotype():
    help = "give a file with `--genotype FILE`, or search with `--train`"
    assert told(STEREO, phase="retrain") == [("SG0317", 72, 1, "trellis `feature_path` has no path", help)]
    assert told(STEREO) == []


PARTLY = """
cell other like small { keep = 2 }
network net {
  input x : real[3, 8, 8]
  output y = x -> chain([small, other], width = 2)
}
genotype small {
  n0 = c3(prev2) + c3(prev)
  n1 = c3(prev2) + c3(prev)
}
"""


def test_a_genotype_of_some_cells_only(small):
    made = small(PARTLY)
    with pytest.raises(SpecError) as raised:
        Program.read(made.path).build()
    assert [(d.code, d.summary) for d in raised.value.diagnostics] == [("SG0317", "cell `other` has no genotype")]
    assert Program.read(made.path).build("search").phase == "search"


CELLS = """sdhs 1
genotype feature {
  n0 = c3(prev2) + c3(prev)
  n1 = c3(prev2) + c5(prev)
  n2 = c3(n0)    + c3(n1)
}
"""
PATHS = "sdhs 1\npath feature_path = [1, 0]\npath matching_path = [1, 2, 2, 1]\n"


@pytest.mark.parametrize(
    ("text", "summary", "missing", "decided"),
    [
        (CELLS, "trellis `feature_path` has no path", "path feature_path = [ ... ]", [2]),
        (PATHS, "cell `feature` has no genotype", "genotype feature { ... }", [2, 3]),
        (CELLS + PATHS.removeprefix("sdhs 1\n"), "cell `matching` has no genotype", "genotype matching { ... }", [2, 7, 8]),
    ],
)
def test_a_part_of_a_genotype_is_the_same_error_for_check_and_build(tmp_path, text, summary, missing, decided):
    (tmp_path / "part.sdhs").write_text(text)
    read = Program.read(STEREO, genotype=tmp_path / "part.sdhs")
    found = [each for each in read.check() if each.severity == "error"]
    with pytest.raises(SpecError) as raised:
        Program.read(STEREO, genotype=tmp_path / "part.sdhs").build()
    help = f"write `{missing}` beside what is decided, or leave that out and search"
    raised_too = [each for each in raised.value.diagnostics if each.severity == "error"]
    for each in (*found, *raised_too):
        assert (told_of(each), each.span.file) == (("SG0317", 72, 1, summary, help), str(STEREO))
        labels = [(label.text, label.span.file, label.span.line) for label in each.labels]
        assert labels == [("this is decided", str(tmp_path / "part.sdhs"), line) for line in decided]
    assert len(found) == len(raised_too) == 1


def test_open_choices_without_a_search_are_built_as_they_are_checked(small):
    made = small("""
network net {
  input x : real[3, 32, 32]
  time = 2
  y = x -> choose(a = conv(3, out = 4), b = conv(5, out = 4)) -> norm -> lif
  output z = y -> pool -> linear(10) -> mean(time)
}
dataset some { source = cifar10 }
retrain net on some {
  epochs = 1
  batch = 2
  weights = adam(lr = 0.01)
  loss = cross_entropy(z)
}
""")
    assert made.complaints() == []
    assert Program.read(made.path).build().phase == "search"


def test_which_network(small):
    two = "network {} {{\n  input x : real[3, 8, 8]\n  output y = x -> relu\n}}\n"
    made = small(two.format("a") + two.format("b"))
    summary = "the spec has 2 networks, and no `search` or `retrain` that says which is meant"
    help = "write `retrain b on DATASET { ... }`, or keep one network in a file"
    assert made.complaints() == [("SG0202", 13, summary, help)]
    with pytest.raises(SpecError) as raised:
        made.build()
    assert [(d.code, d.summary) for d in raised.value.diagnostics] == [("SG0202", summary)]
    with pytest.raises(SpecError) as raised:
        small("").build("retrain")
    assert [d.summary for d in raised.value.diagnostics] == ["the spec has no network"]
    assert Program.read(STEREO).phase == "search"


@pytest.mark.usefixtures("anything")
def test_the_network_of_the_other_run_is_meant_where_a_phase_has_no_run(small):
    two = "network {} {{\n  input x : real[3, 8, 8]\n  output y = x -> pool -> linear(4)\n}}\n"
    run = "epochs = 1\n  batch = 1\n  weights = sgd(lr = 0.1)\n  loss = cross_entropy(y)"
    made = small(
        two.format("a")
        + two.format("b")
        + f"dataset anything {{ }}\nsearch b on anything {{\n  {run}\n  architecture = adam(lr = 1) }}"
    )
    assert made.complaints() == [] or made.complaints()[0][0] == "SG0316"
    assert made.build("retrain").plain.name == "b"


CHOSEN = "sdhs 1\ngenotype small {\n  n0 = c3(prev2) + c3(prev)\n  n1 = c3(prev2) + c3(prev)\n}\n"


def test_a_spec_is_read_once(small):
    made = small("network a {\n  input x : real[3, 8, 8]\n  output y = x -> relu\n}\n")
    program = Program.read(made.path)
    made.path.write_text("sdhs 1\nnetwork other {", encoding="utf-8")
    assert not program.check().has_errors
    assert program.build("search").plain.name == "a"
    made.path.unlink()
    assert Program.build(program.bind(CHOSEN), "search").plain.name == "a"
    assert "network a {" in program.text
    assert [(d.code) for d in Program.read(made.path).check()] == ["SG0101"]


def test_a_text_that_starts_with_a_byte_order_mark():
    (found,) = Program.of_text("\ufeffsdhs 1\nnetwork a {\n  input x : real[3, 8, 8]\n  output y = x\n}\n", "typed").check()
    assert (found.code, found.span.start, found.summary) == ("SG0114", "typed:1:1", "`typed` starts with a byte order mark")


def test_graphs_are_made_once(small, monkeypatch):
    made = small("network a {\n  input x : real[3, 8, 8]\n  output y = x -> relu\n}\n")
    calls = []
    monkeypatch.setattr(elaborated, "elaborate", lambda *args: calls.append(args[1]) or elaborate(*args))
    program = Program.read(made.path)
    assert program.checked().build("search") is program.build("search")
    assert program.bind(CHOSEN).build("search").plain.name == "a"
    assert calls == ["a"]


def test_a_wrong_pipeline(small):
    made = small("network a {\n  input x : real[3, 8, 8]\n  output y = x -> relu\n}\n")
    with pytest.raises(PassError, match="no pass is called `prun`"):
        made.build("search", "prun")
    assert made.build("search", "prune").plain.stage is Stage.LOWERED


def test_a_pass_that_cant_be_applied_is_reported_where_the_network_is_used(small):
    made = small("network a {\n  input x : real[3, 8, 8]\n  output y = x -> stem(3, out = 2)\n}\n")
    with pytest.raises(SpecError) as raised:
        made.build("search", "convert-stems{to=tanh}")
    (error,) = raised.value.diagnostics
    assert (error.code, error.span.line, error.summary) == ("SG0602", 9, "stems can't be converted to `tanh`")


def test_a_type_error_in_a_pass_names_the_text(small):
    """A candidate without a convolution in a cell that halves: the expansion finds it, the error marks both."""
    made = small(
        "candidates flat { n = norm -> lif }\ncell bad like small { candidates = flat  stride = 2 }\n"
        "network a {\n  input x : real[3, 8, 8]\n  output y = x -> chain([bad], width = 2)\n}\n"
    )
    (found,) = Program.read(made.path).check()
    lines = made.path.read_text(encoding="utf-8").splitlines()

    def marked(span):
        return lines[span.line - 1][span.column - 1 : span.end_column - 1]

    assert found.code == "SG0312"
    assert found.summary == "candidate `n` maps real[3, 8, 8] to spike[3, 8, 8] in cell `bad`, not to [4, 4, 4]"
    assert marked(found.span) == "n = norm -> lif"
    assert [marked(label.span) for label in found.labels] == ["bad"]
