"""`import "FILE" as NAME`: names with a prefix, dotted names, and no capture of names that mean something else."""

import pytest

from spikegraph.dsl.limits import MOST_IMPORTS
from spikegraph.dsl.parser import parse
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.source import SourceFile
from spikegraph.program.program import Program

LIBRARY = """
import "neurons.sdhs"
import "more.sdhs" as more
candidates few {
  c3   = conv(3) -> norm -> lif(surrogate = dspike(b = 5))
  skip = identity
}
cell normal { nodes = 2  candidates = few  neuron = lif }
cell small like normal { nodes = 1 }
trellis walk { cell = small  layers = 2  levels = 2 }
block head(x) { weights = own
  param n = lif
  param out = 4
  return x -> conv(3, out = out) -> norm -> n }
block captured(x) { weights = own
  param lif = more.slow
  head = x -> conv(1, out = 4)
  return head -> head(n = lif) -> lif }
block whole(x) { weights = own
  a = x -> repeat(head(out = 5), 2) -> more.tail -> lif(decay = 0.4)
  b = add(a -> head(out = 2, n = lif), a -> head(out = 2)) -> restore(x, out = 2, neuron = lif)
  return b -> walk -> restore(x) }
network net { input x : real[3, 8, 8]
  param n = lif
  block head(x) { weights = own
    return x -> relu -> n }
  time = 2
  output y = x -> head -> chain([normal, small], width = 2) -> pool -> linear(10) -> mean(time) }
genotype normal {
  n0 = c3(prev2) + skip(prev)
  n1 = c3(n0)    + skip(prev)
}
"""
FILES = {
    "lib/resnet.sdhs": LIBRARY,
    "lib/neurons.sdhs": "neuron lif { decay = 0.3 }\n",
    "lib/more.sdhs": "neuron slow { decay = 0.9 }\nblock tail(x) { return x -> relu -> slow }\n",
}
ENTRY = """
import "lib/resnet.sdhs" as resnet
neuron lif { decay = 0.1 }
network main {
  input x : real[3, 8, 8]
  time = 2
  a = x -> stem(3, out = 3) -> WIRE
  output y = a -> pool -> linear(10) -> mean(time)
}
"""


@pytest.fixture
def spec(tmp_path):
    (tmp_path / "pyproject.toml").touch()

    def write(entry, **files):
        for name, text in {**FILES, **files, "net.sdhs": entry}.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("sdhs 1\n" + text, encoding="utf-8")
        return tmp_path / "net.sdhs"

    return write


def neurons(graph, prefix="a"):
    return [(n.name, n.op.neuron.decay) for n in graph if n.op.name == "lif" and n.name.startswith(prefix)]


def told(path, **options):
    return [(d.code, d.span.line, d.summary, d.help) for d in wrong(Program.read(path, **options))]


def wrong(program):
    """What is wrong, without the warning that a param of the library has a neuron's name."""
    return [d for d in program.check() if d.code != "SG0326"]


def test_names_of_an_import_have_its_prefix(spec):
    program = Program.read(spec(ENTRY.replace("WIRE", "lif")))
    assert wrong(program) == []
    found = program.spec
    assert list(found.neurons) == ["resnet_more_slow", "resnet_lif", "lif"]
    assert (list(found.cells), list(found.candidates)) == (["resnet_normal", "resnet_small"], ["resnet_few"])
    assert (found.cells["resnet_small"].candidates, found.trellises["resnet_walk"].cell) == ("resnet_few", "resnet_small")
    assert list(found.blocks) == ["resnet_more_tail", "resnet_head", "resnet_captured", "resnet_whole"]
    assert (list(found.genotypes), list(found.networks)) == (["resnet_normal"], ["main"])


def test_what_a_library_names_is_its_own(spec):
    graph = Program.read(spec(ENTRY.replace("WIRE", "resnet.whole"))).checked().build("search").space
    assert [decay for _, decay in neurons(graph, "")] == [0.3, 0.3, 0.9, 0.4, 0.3, 0.3]
    assert graph.node("a.b").op.neuron.decay == 0.3
    assert graph.node("a.resnet_walk").op.cell.name == "resnet_small"


def test_params_and_wires_are_not_taken_for_declarations(spec):
    graph = Program.read(spec(ENTRY.replace("WIRE", "resnet.captured"))).checked().build("search").space
    assert neurons(graph) == [("a.resnet_head.n", 0.9), ("a.lif", 0.9)]
    assert [n.name for n in graph if n.op.name == "conv"] == ["a.head", "a.resnet_head.conv"]


def test_both_spellings_are_one(spec):
    dotted = "resnet.head(n = resnet.lif(decay = 0.35), out = 6) -> chain([resnet.normal], width = 2) -> resnet.more_slow"
    entries = [ENTRY.replace("WIRE", wire) for wire in (dotted, dotted.replace("resnet.", "resnet_"))]
    made = [Program.read(spec(entry)).checked().build("search").space.untempered() for entry in entries]
    assert made[0] == made[1]


def test_the_resolved_text_gives_the_same_graph(spec, tmp_path):
    wire = "resnet.whole -> resnet.captured -> resnet.more_tail"
    program = Program.read(spec(ENTRY.replace("WIRE", wire)))
    again = tmp_path / "resolved.sdhs"
    again.write_text(program.text, encoding="utf-8")
    assert "import" not in program.text
    assert Program.read(again).checked().build("search").plain.untempered() == program.build("search").plain.untempered()


def test_parsing_what_is_printed(spec):
    text = 'sdhs 1\nimport "a.sdhs" as b\n\nneuron as {}\n\nnetwork n {\n  x = y -> b.c(d = b.e) -> b.f\n}\n'
    found = parse(SourceFile("a", text), Program.read(spec(ENTRY)).check())
    assert found is not None
    assert print_file(found).replace("{\n}", "{}") == text


def test_a_declaration_like_an_imported_one(spec):
    entry = ENTRY.replace("WIRE", "chain([mine, resnet.normal], width = 2)")
    entry += "cell mine like resnet_normal { neuron = lif  candidates = resnet.few }\n"
    program = Program.read(spec(entry)).checked()
    assert [str(program.spec.cells[name].neuron.id) for name in ("mine", "resnet_normal")] == ["lif", "resnet_lif"]


def test_runs_can_use_an_imported_network(spec, anything):
    run = 'import "lib/resnet.sdhs" as resnet\ndataset anything { source = anything }\n'
    run += "retrain resnet_net(n = resnet.lif(decay = 0.6)) on anything"
    run += " { epochs = 1  batch = 1  weights = sgd(lr = 1)  loss = cross_entropy(y) }\n"
    program = Program.read(spec(run))
    assert wrong(program) == []
    assert program.spec.retrain is not None
    assert (program.spec.retrain.stems, program.spec.networks["resnet_net"].neuron) == ("resnet_lif", "resnet_lif")
    (neuron,) = [n.op.neuron.decay for n in program.space("retrain") if n.op.name == "lif"]
    assert neuron == 0.6


def test_profiles_and_set_take_dotted_names(spec):
    entry = spec(ENTRY.replace("WIRE", "resnet.head") + "profile p { resnet.head.out = 7  resnet.lif.decay = 0.7 }\n")
    plain = Program.read(entry, profile="p").checked().build("search").space
    assert (neurons(plain), plain.node("a.conv").value.channels) == ([("a.n", 0.7)], 7)
    overrides = ["resnet.head.out=6", "resnet.head.n=resnet.more_slow"]
    given = Program.read(entry, overrides=overrides).checked().build("search").space
    assert (neurons(given), given.node("a.conv").value.channels) == ([("a.n", 0.9)], 6)
    wrong = told(entry, overrides=["resnet.head.ot=6"])
    assert [(c, h) for c, _, _, h in wrong] == [("SG0702", "did you mean `resnet_head.out`?")]


def test_two_spaces_of_one_file(spec):
    entry = 'import "lib/neurons.sdhs" as a\nimport "lib/neurons.sdhs" as b\nimport "lib/neurons.sdhs"\n'
    assert list(Program.read(spec(entry)).spec.neurons) == ["a_lif", "b_lif", "lif"]


def test_one_named_import_in_two_files_counts_once(spec):
    entry = 'import "lib/neurons.sdhs" as a\nimport "other.sdhs"\n'
    path = spec(entry, **{"other.sdhs": 'import "lib/neurons.sdhs" as a\nneuron own like a_lif\n'})
    assert told(path) == []
    assert list(Program.read(path).spec.neurons) == ["a_lif", "own"]


WRONG = [
    ("resnet.hed", "SG0202", "`resnet` declares no `hed`", "did you mean `head`?"),
    ("resnet.hed(out = 3)", "SG0202", "`resnet` declares no `hed`", "did you mean `head`?"),
    ("resent.head(out = 3)", "SG0202", "no import is called `resent`", "did you mean `resnet`?"),
    ("lif.head(out = 3)", "SG0115", "values have no methods", "write `lif -> head`"),
    ("resnet.a.head(out = 3)", "SG0115", "a call has no dots", "write `head(...)`"),
    ("resnet.head(out = resnet.lif)", "SG0304", "`out` is a number, but `resnet_lif` is a neuron", None),
    ("head", "SG0307", "no operation is called `head`", "did you mean `resnet_head`? (or load its plug-in: --plugin FILE.py)"),
]


@pytest.mark.parametrize(("wire", "code", "summary", "help"), WRONG, ids=[w[0] for w in WRONG])
def test_wrong_names(spec, wire, code, summary, help):
    ((found, line, text, hint),) = told(spec(ENTRY.replace("WIRE", wire)))
    assert (found, line, text) == (code, 8, summary)
    assert help is None or hint == help


def test_names_that_clash(spec):
    more = "neuron resnet_lif {}\n"
    help = "`resnet_lif` is `lif` of the import `resnet`: give the import or the other declaration another name"
    assert [(c, s, h) for c, _, s, h in told(spec(ENTRY.replace("WIRE", "lif") + more))] == [
        ("SG0204", "neuron `resnet_lif` is declared twice", help)
    ]
    plain = 'import "lib/neurons.sdhs"\nneuron lif { }\n'
    help = 'rename one of them, or give an import a name: `import "FILE" as NAME`'
    assert [(c, s, h) for c, _, s, h in told(spec(plain))] == [("SG0204", "neuron `lif` is declared twice", help)]
    twice = 'import "lib/neurons.sdhs" as resnet\n'
    assert ("SG0204", "`resnet` is imported twice") in [
        (c, s) for c, _, s, _ in told(spec(ENTRY.replace("WIRE", "lif") + twice))
    ]


NET = "network {} {{\n  input x : real[3, 8, 8]\n  time = 2\n  output y = x -> stem(3, out = 4) -> pool\n}}\n"
INNER = {
    "parts.sdhs": 'import "more.sdhs" as more\n' + NET.format("base"),
    "more.sdhs": "neuron pre { }\nneuron post { decay = 0.5 }\n",
}
OWN = 'import "parts.sdhs" as parts\n' + NET.format("net")
RUN = """dataset d { source = python }
retrain NET on d { epochs = 1  batch = 1  weights = sgd(lr = 1)  loss = cross_entropy(y) }
"""


@pytest.mark.parametrize(
    ("text", "written"),
    [(OWN, "parts_more_pre"), (OWN.splitlines()[0] + "\n" + RUN.replace("NET", "parts_base"), "more_pre")],
    ids=["own", "imported"],
)
def test_an_edit_writes_the_name_that_its_file_knows(spec, text, written):
    found = next(d for d in Program.read(spec(text, **INNER)).check() if d.code == "SG0325")
    assert found.help == f"write `neuron = {written}` in the network, so that their order doesn't matter"
    assert [fix.text for fix in found.fixes] == [f"write `neuron = {written}`"]


@pytest.mark.parametrize(
    ("text", "summary", "help"),
    [
        (" -> parts.more.pre", "a name of an import has one dot", "write `parts.more_pre`"),
        (" -> parts.pre", "`parts` declares no `pre`", "it declares `base`, `more_post` and `more_pre`"),
        (
            "\n}\nneuron parts_more_pre {",
            "neuron `parts_more_pre` is declared twice",
            "`parts_more_pre` is `more_pre` of the import `parts`: give the import or the other declaration another name",
        ),
    ],
)
def test_names_of_an_import_of_an_import(spec, text, summary, help):
    ((_, _, found, hint),) = told(spec(OWN.replace(" -> pool", text), **INNER))
    assert (found, hint) == (summary, help)


def test_a_broken_library_is_reported_once(spec):
    path = spec(ENTRY.replace("WIRE", "resnet.head -> resnet.hed"), **{"lib/resnet.sdhs": "block head(x) { return }\n"})
    assert [c for c, *_ in told(path)] == ["SG0106"]
    missing = ENTRY.replace("WIRE", "resnet.head").replace("lib/resnet", "lib/resnut")
    assert [c for c, *_ in told(spec(missing))] == ["SG0501"]


def test_errors_in_a_library_show_the_use(spec):
    (found,) = wrong(Program.read(spec(ENTRY.replace("WIRE", "resnet.head(out = 0)"))))
    assert (found.code, found.span.file.endswith("lib/resnet.sdhs")) == ("SG0304", True)
    assert [(label.span.line, label.text) for label in found.labels] == [(8, "block `resnet_head` is used here")]


def test_imports_that_multiply_end_somewhere(spec):
    """Each file imports the next one twice under two names: 2^12 spaces of names."""
    files = {f"f{i}.sdhs": f'import "f{i + 1}.sdhs" as a\nimport "f{i + 1}.sdhs" as b\n' for i in range(12)}
    found = told(spec('import "f0.sdhs"\n', **files, **{"f12.sdhs": "neuron lif {}\n"}))
    help = f"a spec follows at most {MOST_IMPORTS} imports; named imports of one file count each time"
    assert [(c, h) for c, _, _, h in found] == [("SG0504", help)]


@pytest.mark.parametrize("own", ["", "dataset resnet_net { source = fashion_mnist_small }\n"])
def test_a_profile_changes_an_imported_network_that_another_is_like(spec, own):
    entry = spec(
        'import "lib/resnet.sdhs" as resnet\nnetwork net like resnet_net { }\n'
        + own
        + "profile p { resnet.net.time = 5  net.n = resnet.lif(decay = 0.6) }\nprofile q { resnet.net.tim = 5 }\n"
    )
    assert [(c, h) for c, _, _, h in told(entry)] == [("SG0702", "did you mean `resnet_net.time`?")]
    entry.write_text(entry.read_text().replace("profile q { resnet.net.tim = 5 }\n", ""))
    assert wrong(Program.read(entry)) == []
    assert Program.read(entry, profile="p").spec.networks["net"].time == 5
    assert Program.read(entry, overrides=["resnet.net.time=6"]).spec.networks["net"].time == 6
    resolved = Program.read(entry, profile="p").text
    assert "resnet_net.time" not in resolved
    entry.write_text(resolved)
    assert wrong(Program.read(entry, profile="p")) == []
