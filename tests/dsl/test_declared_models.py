"""Declared models with the rest of the language: the formatter, imports, vendoring, renaming, profiles and resolved specs."""

import json

import pytest

from spikegraph.cli.entry import run as command
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.equality import same
from spikegraph.dsl.parser import parse
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.source import SourceFile
from spikegraph.ir.json import from_json, to_json
from spikegraph.program.program import Program
from spikegraph.program.vendoring import vendor

LIBRARY = """\
sdhs 1

# A KLIF, whose slope is learned.
model sloped(I) {  # the head
   # about a number
  number decay = 0.5 in [ 0,1 ]
  number threshold = 1 in (0, inf)   # V_th
  number k=1 in (0,inf) learned per channel


  option mode = flat of flat|bent    # two words
  state v = 0
  # the charge
  u = case mode { flat: relu(k * (decay * v[ t - 1 ] + I))   # flat
    # about bent
    bent : relu(k * (decay * v[t-1] + (2 * I))) }
  y = fire(u , threshold)
  v = reset(u, y)
  emit y else u  # the end
  # last
}
neuron inner { model = sloped(k = 2) }
"""

FORMATTED = """\
sdhs 1

# A KLIF, whose slope is learned.
model sloped(I) {                 # the head
  # about a number
  number decay     = 0.5 in [0, 1]
  number threshold = 1 in (0, inf)        # V_th
  number k         = 1 in (0, inf) learned per channel

  option mode = flat of flat | bent       # two words
  state v = 0
  # the charge
  # flat
  # about bent
  u = case mode { flat: relu(k * (decay * v[t-1] + I))  bent: relu(k * (decay * v[t-1] + 2 * I)) }
  y = fire(u, threshold)
  v = reset(u, y)
  emit y else u                           # the end
  # last
}

neuron inner {
  model = sloped(k = 2)
}
"""

NET = """\
sdhs 1
import "lib.sdhs" as lib

model own(I) {
  number decay = 0.5 in [0, 1]
  number gain  = 2 in (0, inf)
  state v = 0
  u = decay * v[t-1] + gain * I
  y = fire(u, 1)
  v = reset(u, y)
  emit y else u
}

neuron first { model = lib.sloped(k = learn(0.5), mode = bent)  decay = 0.25 }
neuron second { model = lib.sloped }
neuron third { model = own }
neuron fourth like third { decay = 0.75 }

network net {
  input image : real[1, 28, 28]
  time = 2
  a = image -> conv(3, out = 4) -> norm -> first -> conv(3, out = 4) -> second(k = 3) -> third -> lib.inner -> fourth
  output logits = a -> pool -> linear(10) -> mean(time)
}

profile fast {
  first.decay        = 0.125
  first.model.mode   = flat
  third.model.gain   = 4
}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "lib.sdhs").write_text(LIBRARY, encoding="utf-8")
    (tmp_path / "net.sdhs").write_text(NET, encoding="utf-8")
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def neurons(program):
    """Model, decay, constants, options and text of each neuron in the order of the graph."""
    found = [node.op.neuron for node in program.build("retrain").plain if hasattr(node.op, "neuron")]
    return [(n.model, n.decay, {c.name: c.value for c in n.constants}, [o.word for o in n.options], n.text) for n in found]


def told(path, **options):
    return [(d.code, d.summary, d.help) for d in Program.read(path, **options).check()]


def status(*arguments):
    return command(list(map(str, arguments)))


def test_the_formatter_aligns_and_keeps_comments(folder):
    before = parse(SourceFile("lib", LIBRARY), Diagnostics())
    assert print_file(before) == FORMATTED
    assert same(parse(SourceFile("lib", FORMATTED), Diagnostics()), before)
    assert status("fmt", "--check", folder / "lib.sdhs") == 1
    assert status("fmt", folder / "lib.sdhs") == 0
    assert (folder / "lib.sdhs").read_text(encoding="utf-8") == FORMATTED
    assert status("fmt", "--check", folder / "lib.sdhs") == 0


def test_the_text_of_a_model_has_no_comments_and_is_its_own_canonical_form(folder):
    model = Program.read(folder / "lib.sdhs").spec.models["sloped"]
    assert "#" not in model.text
    assert print_file(parse(SourceFile("text", f"sdhs 1\n{model.text}"), Diagnostics())) == f"sdhs 1\n\n{model.text}"


def test_a_named_import_renames_its_models(folder):
    program = Program.read(folder / "net.sdhs")
    assert [*program.check()] == []
    assert [*program.spec.models] == ["lib_sloped", "own"]
    found = neurons(program)
    assert [(model, decay, constants, words) for model, decay, constants, words, _ in found] == [
        ("lib_sloped", 0.25, {"k": 0.5}, ["bent"]),
        ("lib_sloped", 0.5, {"k": 3.0}, ["flat"]),
        ("own", 0.5, {"gain": 2.0}, []),
        ("lib_sloped", 0.5, {"k": 2.0}, ["flat"]),
        ("own", 0.75, {"gain": 2.0}, []),
    ]
    assert [text.split("(")[0] for *_, text in found] == [f"model {model}" for model, *_ in found]


def test_profiles_and_overrides_set_numbers_and_options_through_the_neuron(folder):
    fast = neurons(Program.read(folder / "net.sdhs", profile="fast"))
    assert [(decay, constants, words) for _, decay, constants, words, _ in fast][::2] == [
        (0.125, {"k": 0.5}, ["flat"]),
        (0.5, {"gain": 4.0}, []),
        (0.75, {"gain": 4.0}, []),
    ]
    assert told(folder / "net.sdhs", overrides=("third.model.gain=8",)) == []
    assert told(folder / "net.sdhs", overrides=("third.model=lib.sloped(k = 3)",)) == []
    assert told(folder / "net.sdhs", overrides=("third.model.gain=-1",)) == [
        ("SG0208", "-1 is out of range", "it must be above 0")
    ]
    assert told(folder / "net.sdhs", overrides=("own.gain=8",)) == [
        ("SG0702", "unknown path `own`", "`own` is a model; a neuron that has it gives its numbers: `NEURON.model.NUMBER`")
    ]


@pytest.mark.parametrize("profile", [None, "fast"])
def test_a_resolved_spec_has_the_models_and_means_the_same(folder, profile):
    program = Program.read(folder / "net.sdhs", profile=profile)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "resolved.sdhs").write_text(program.text, encoding="utf-8")
    again = Program.read(elsewhere / "resolved.sdhs")
    assert [*again.check()] == []
    assert neurons(again) == neurons(program)
    assert again.text == program.text


def test_a_vendored_package_brings_its_models(folder):
    package = folder / "package"
    package.mkdir()
    (folder / "lib.sdhs").rename(package / "lib.sdhs")
    vendor(package, "cells:1.0", folder)
    (folder / "net.sdhs").write_text(NET.replace('"lib.sdhs"', '"@cells:1.0/lib.sdhs"'), encoding="utf-8")
    program = Program.read(folder / "net.sdhs")
    assert [*program.check()] == []
    assert [model for model, *_ in neurons(program)] == ["lib_sloped", "lib_sloped", "own", "lib_sloped", "own"]


OWN_LIF = """\
sdhs 1
model lif(current) {
  number decay     = 0.75 in [0, 1]
  number threshold = 2 in (0, inf)
  state v = 0
  u = decay * v[t-1] + current
  y = fire(u, threshold)
  v = reset(u, y)
  emit y else u
}
neuron a { threshold = 3 }
network net {
  input image : real[3, 8, 8]
  time = 2
  output logits = image -> a -> pool -> linear(2) -> mean(time)
}
"""


def test_a_neuron_without_a_model_has_the_spec_s_own_lif(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    path, again, named = (tmp_path / f"{name}.sdhs" for name in ("net", "again", "named"))
    path.write_text(OWN_LIF, encoding="utf-8")
    program = Program.read(path)
    assert [code for code, *_ in told(path)] == ["SG1214"]  # it hides the library's
    again.write_text(program.text, encoding="utf-8")
    assert [code for code, *_ in told(again)] == ["SG1214"]
    assert [(model, decay) for model, decay, *_ in neurons(program)] == [("lif", 0.75)]
    assert neurons(Program.read(again)) == neurons(program)
    named.write_text('sdhs 1\nimport "net.sdhs" as lib\nnetwork net like lib_net { }\n', encoding="utf-8")
    assert told(named) == []
    assert [model for model, *_ in neurons(Program.read(named))] == ["lib_lif"]


def test_like_is_for_neurons_not_for_models(folder):
    (folder / "lib.sdhs").write_text(f"{LIBRARY}\nmodel other like sloped\n", encoding="utf-8")
    assert told(folder / "lib.sdhs") == [
        (
            "SG0115",
            "a model can't be copied with `like`",
            "a neuron gives it other numbers: `neuron other { model = NAME  decay = 0.5 }`",
        )
    ]


CELLS = """\
neuron n { model = own }
candidates ops { c3 = conv(3) -> norm -> n  skip = identity }
cell normal { nodes = 1  candidates = ops  neuron = n }
genotype normal { n0 = c3(prev2) + skip(prev) }
"""


def test_specs_that_differ_in_the_text_of_a_model_differ(folder, capsys):
    own = NET[NET.index("model own") : NET.index("neuron first")]
    for name, model in (("a", own), ("b", own.replace("gain * I", "gain * relu(I)"))):
        (folder / f"{name}.sdhs").write_text(f"sdhs 1\n{model}{CELLS}", encoding="utf-8")
    assert status("diff", "--exit-code", folder / "a.sdhs", folder / "a.sdhs") == 0
    capsys.readouterr()
    assert status("diff", "--exit-code", folder / "a.sdhs", folder / "b.sdhs") == 1
    neuron = "neuron(model = own, decay = 0.5, gain = 2.0, reset = hard, detach_reset = false, surrogate = dspike(b = 3))"
    assert capsys.readouterr().out == (
        f"a -> b\n\ncandidates of normal\n  c3 is conv(kernel = 3) -> norm -> {neuron}\n"
        "    in both, but the text of the model differs\n"
    )


def test_a_graph_is_read_without_its_spec(folder):
    graph = Program.read(folder / "net.sdhs").build("retrain").plain
    data = json.loads(json.dumps(to_json(graph)))
    again = from_json(data)
    texts = [node.op.neuron.text for node in again if hasattr(node.op, "neuron")]
    assert texts == [node.op.neuron.text for node in graph if hasattr(node.op, "neuron")]
    assert [text.partition("(")[0] for text in texts] == [
        *("model lib_sloped", "model lib_sloped", "model own", "model lib_sloped", "model own")
    ]
    wrong = json.dumps(data).replace("relu(k *", "relu(kk *")
    with pytest.raises(ValueError, match="not a sound model of neurons: nothing is called `kk`"):
        from_json(json.loads(wrong))


def test_an_upgrade_leaves_models_as_they_are(folder):
    for name in ("lib.sdhs", "net.sdhs"):
        before = (folder / name).read_bytes()
        assert status("upgrade", folder / name) == 0
        assert (folder / name).read_bytes() == before
