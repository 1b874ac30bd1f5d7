"""`instrument-dgs`: the text of the graph before and after, names in `dgs at`, and errors."""

from dataclasses import replace
from pathlib import Path

import pytest

from spikegraph.analysis.dgs import groups, only_marked, passes_shared, temperatures, with_temperatures
from spikegraph.base.errors import PassError
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.ir.graph import Graph
from spikegraph.ir.text import print_graph
from spikegraph.ir.text_parser import parse_graph
from spikegraph.passes import pipeline
from spikegraph.passes.instrument_dgs import InstrumentDgs
from spikegraph.passes.mix import MixAt
from spikegraph.program.program import Program

pytestmark = pytest.mark.usefixtures("anything")

SPEC = """sdhs 1

neuron lif { surrogate = dspike(b = 3) }

candidates ops {
  c3   = conv(3) -> norm -> lif(surrogate = dspike(b = 3))
  c5   = conv(3) -> norm -> lif(surrogate = dspike(b = 5))
  skip = identity
}

cell normal { inputs = [prev2, prev]  nodes = 2  candidates = ops  neuron = lif  keep = 2 }

network net {
  input a, b : real[2, 8, 8]
  block seen(view) { weights = shared
    first = view -> stem(3, out = 4)
    return first -> conv(3, out = 4) -> norm -> lif
  }
  both  = concat(seen(a), seen(b))
  stem  = both -> stem(3, out = 4)
  cells = stem -> chain([normal, normal], width = 2)
  output logits = cells -> pool -> linear(2) -> mean(time)
}

genotype normal {
  n0 = c3(prev2) + c5(prev)
  n1 = skip(n0) + c3(prev)
}

dataset images { source = anything }

retrain net on images {
  epochs  = 2
  batch   = 1
  weights = sgd(lr = 0.1)
  mix     = membrane
  loss    = cross_entropy(logits)
  dgs at PLACES { every = 1 }
}
"""

BEFORE = """# spikegraph graph, version 2
graph small at lowered
neuron lif = {surrogate={name=dspike, b=3.0}}
left = input() {kind=events, channels=2, size=[4, 4]} : events[2, 4, 4] @ a.sdhs:3:9-3:13
right = input() {kind=events, channels=2, size=[4, 4]} : events[2, 4, 4] @ a.sdhs:3:15-3:20
see@left.stem.conv = conv(left) {kernel=3, out=4} : real[4, 4, 4] @ a.sdhs:5:5-5:9
see@left.stem = lif(see@left.stem.conv) {neuron={decay=0.2}} : spike[4, 4, 4] @ a.sdhs:5:5-5:9
see@right.stem.conv = conv(right) {kernel=3, out=4} : real[4, 4, 4] @ a.sdhs:5:5-5:9
see@right.stem = lif(see@right.stem.conv) {neuron={decay=0.2}} : spike[4, 4, 4] @ a.sdhs:5:5-5:9
sum = add(see@left.stem, see@right.stem) : count(2)[4, 4, 4] @ a.sdhs:7:1-7:4
fire = lif(sum) {neuron={decay=0.2}} : spike[4, 4, 4] @ a.sdhs:8:1-8:5
output fire = fire
"""


def spec(folder: Path, places: str, **changes: str) -> Path:
    text = SPEC.replace("PLACES", places)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path = folder / "net.sdhs"
    path.write_text(text)
    return path


def small() -> Graph:
    return parse_graph(BEFORE)


def test_text_before_and_after() -> None:
    before = small()
    after = InstrumentDgs(at="see.stem").apply(before)
    lines = print_graph(before).splitlines()
    expected = [
        line.replace("}} : spike", '}} with {dgs="see.stem"} : spike') if line.startswith("see@") and "= lif" in line else line
        for line in lines
    ]
    assert sum(a != b for a, b in zip(lines, expected, strict=True)) == 2
    assert print_graph(after).splitlines() == expected
    assert parse_graph(print_graph(after)) == after
    assert "dgs=" not in print_graph(before)


def test_every_use_of_shared_weights_is_one_group() -> None:
    (group,) = groups(InstrumentDgs(at="see.stem").apply(small()))
    assert (group.name, group.place, group.weights) == ("see.stem", "see.stem", ("see.stem.conv",))
    assert [u.neuron for u in group.uses] == ["see@left.stem", "see@right.stem"]
    assert [u.sources for u in group.uses] == [("left",), ("right",)]
    assert [u.local for u in group.uses] == [("see@left.stem.conv",), ("see@right.stem.conv",)]


def test_a_pipeline_of_the_command_line() -> None:
    (found,) = pipeline.parse("instrument-dgs{at=features.stem0 + cells[5].n0}")
    assert isinstance(found, InstrumentDgs)
    assert found.places == ("features.stem0", "cells[5].n0")
    assert pipeline.parse(str(found)) == (found,)
    (given,) = pipeline.parse("instrument-dgs", [InstrumentDgs(at="all stems", stems=("see.stem",))])
    assert {g.name for g in groups(given.apply(small()))} == {"see.stem"}


def test_a_run_with_dgs_marks_its_places(tmp_path: Path) -> None:
    built = Program.read(spec(tmp_path, "stem, seen.first")).build()
    assert str(built.passes[-4]) == "instrument-dgs{at=stem+seen.first}"
    assert [(g.name, g.place, len(g.uses)) for g in groups(built.plain)] == [
        ("seen.first", "seen.first", 2),
        ("stem", "stem", 1),
    ]
    assert all(passes_shared(built.plain, g) for g in groups(built.plain))
    deployed = Program.read(spec(tmp_path, "stem")).build("deploy")
    assert "instrument-dgs" not in [p.name for p in deployed.passes]


def test_all_stems(tmp_path: Path) -> None:
    built = Program.read(spec(tmp_path, "all stems")).build()
    assert [(g.name, g.place) for g in groups(built.plain)] == [("seen.first", "all stems"), ("stem", "all stems")]


def test_auto_marks_every_neuron_that_no_other_place_names(tmp_path: Path) -> None:
    built = Program.read(spec(tmp_path, "auto(2, by = gradient) {} dgs at cells[0]")).build()
    assert str(built.passes[-4]) == "instrument-dgs{at=auto(2)+cells[0]}"
    assert pipeline.parse(str(built.passes[-4])) == (InstrumentDgs(at="auto(2)+cells[0]"),)
    assert [(g.name, g.place) for g in groups(built.plain)] == [
        ("seen.first", "auto(2)"),
        ("seen.lif", "auto(2)"),
        ("stem", "auto(2)"),
        ("cells[0].n0", "cells[0]"),
        ("cells[0].n1", "cells[0]"),
        ("cells[1].n0", "auto(2)"),
        ("cells[1].n1", "auto(2)"),
    ]


def test_auto_of_more_neurons_than_there_are(tmp_path: Path) -> None:
    assert list(Program.read(spec(tmp_path, "auto(7)")).check()) == []
    (found,) = Program.read(spec(tmp_path, "auto(8)")).check()
    assert (found.code, found.summary) == ("SG0318", "`dgs at auto(8)` chooses 8 neurons, but only 7 can be searched")
    assert found.help == "write at most `auto(7)`"
    with pytest.raises(PassError, match=r"`dgs at auto\(1\)` chooses neurons, but none can be searched"):
        InstrumentDgs(at="auto(1)+see.stem").apply(small())


def test_the_resolved_text_keeps_auto(tmp_path: Path) -> None:
    program = Program.read(spec(tmp_path, "auto(2)"))
    assert "dgs at auto(n = 2, by = gradient) {" in program.text


def test_only_some_marks_of_a_place_are_kept() -> None:
    marked = InstrumentDgs(at="auto(1)").apply(small())
    assert only_marked(marked, "auto(1)", ["see.stem"]) == marked
    assert only_marked(marked, "auto(2)", []) == marked
    assert only_marked(marked, "auto(1)", []) == small()


def test_a_layer_written_out(tmp_path: Path) -> None:
    built = Program.read(spec(tmp_path, "seen")).build()
    names = [g.name for g in groups(built.plain)]
    assert names[0] == "seen.first"
    assert len(names) == 2


def test_a_node_that_mixes_at_the_membrane_is_one_neuron(tmp_path: Path) -> None:
    graph = Program.read(spec(tmp_path, "cells[1].n0, cells[1].n1")).build().plain
    n0, n1 = groups(graph)
    assert (n0.name, n1.name) == ("cells[1].n0", "cells[1].n1")
    assert n0.weights == tuple(f"cells[1].n0.{e}.{o}" for e in ("prev2.c3", "prev.c5") for o in ("conv", "norm"))
    assert n1.weights == ("cells[1].n1.prev.c3.conv", "cells[1].n1.prev.c3.norm")
    assert n1.uses[0].sources == ("cells[0]", "cells[1].n0")
    assert all(passes_shared(graph, g) for g in (n0, n1))


def test_of_a_node_that_mixes_at_the_spike_the_edges_are_meant(tmp_path: Path) -> None:
    graph = Program.read(spec(tmp_path, "cells[1].n0, cells[1].n1", membrane="spike")).build().plain
    names = [g.name for g in groups(graph)]
    assert names == ["cells[1].n0.prev2.c3.lif", "cells[1].n0.prev.c5.lif", "cells[1].n1.prev.c3.lif"]
    assert temperatures(graph) == dict(zip(names, (3.0, 5.0, 3.0), strict=True))


def test_marks_stay_where_operations_are_mixed_elsewhere() -> None:
    marked = InstrumentDgs(at="see.stem").apply(small())
    assert temperatures(MixAt(at="membrane").apply(marked)) == {"see.stem": 3.0}


def test_temperatures_are_changed_for_every_use() -> None:
    marked = InstrumentDgs(at="see.stem").apply(small())
    cooler = with_temperatures(marked, {"see.stem": 1.4})
    assert temperatures(cooler) == {"see.stem": 1.4}
    assert print_graph(cooler).count("b=1.4") == 2
    assert with_temperatures(cooler, {"see.stem": 3.0}) == marked
    with pytest.raises(ValueError, match=r"no neuron `see\.stems`"):
        with_temperatures(marked, {"see.stems": 2.0})
    with pytest.raises(ValueError, match="greater than 0"):
        with_temperatures(marked, {"see.stem": 0.0})


@pytest.mark.parametrize(
    ("at", "code", "said", "help"),
    [
        ("", "SG0602", "has no place", "instrument-dgs{at=features.stem0}"),
        ("see.stm", "SG0318", "no place `see.stm`", "did you mean `see.stem`?"),
        ("fire", "SG0318", "`fire` has no spiking neuron with weights", None),
        ("all stems", "SG0318", "needs a spiking stem", None),
        ("see+see.stem", "SG0225", "`see.stem` and `see` both name the neuron see@left.stem", "leave one of them out"),
    ],
)
def test_names_that_cant_be_searched(at: str, code: str, said: str, help: str | None) -> None:
    with pytest.raises(PassError, match=said.replace("{", r"\{")) as caught:
        InstrumentDgs(at=at).apply(small())
    assert caught.value.code == code
    assert (caught.value.help is None) if help is None else (help in (caught.value.help or ""))


def test_layers_that_are_still_whole(tmp_path: Path) -> None:
    outline = Program.read(spec(tmp_path, "stem")).build().outline
    with pytest.raises(PassError, match="`stem` stem is not expanded"):
        InstrumentDgs(at="stem").apply(outline)


@pytest.mark.parametrize(
    ("places", "said", "help"),
    [
        ("stem2", "the network has no place `stem2`", "did you mean `stem`?"),
        ("cells[2].n0", "the network has no place `cells[2].n0`", "did you mean `cells[0].n0`?"),
        ("cells[1].n7", "the network has no place `cells[1].n7`", "did you mean `cells[1].n0`?"),
    ],
)
@pytest.mark.parametrize("bound", [True, False])
def test_an_unknown_place_is_reported_with_and_without_a_genotype(
    tmp_path: Path, places: str, said: str, help: str, bound: bool
) -> None:
    path = spec(tmp_path, places)
    if not bound:
        text = path.read_text()
        start, end = text.index("genotype"), text.index("dataset")
        path.write_text(text[:start] + text[end:])
    (found,) = list(Program.read(path).check())
    assert (found.code, found.summary) == ("SG0318", said)
    if help == "did you mean `cells[0].n0`?":
        assert "did you mean `cells[" in (found.help or "")
    else:
        assert found.help == help
    assert path.read_text().splitlines()[found.span.line - 1].strip().startswith("dgs at")
    with pytest.raises(SpecError):
        Program.read(path).build("retrain")


def test_relu_stems_have_no_surrogate(tmp_path: Path) -> None:
    path = spec(tmp_path, "stem", **{"mix     = membrane": "mix     = membrane\n  stems   = relu"})
    (found,) = list(Program.read(path).check())
    assert (found.code, found.help) == ("SG0318", "write `stems = NEURON` in `retrain`")
    graph = Program.read(spec(tmp_path, "seen", **{"mix     = membrane": "mix     = membrane\n  stems   = relu"})).build().plain
    assert len(groups(graph)) == 1
    with pytest.raises(PassError, match="`stem` has no spiking neuron with weights") as caught:
        replace(InstrumentDgs(at="stem"), stems=("stem",)).apply(graph)
    assert "ReLU has no surrogate" in (caught.value.help or "")
