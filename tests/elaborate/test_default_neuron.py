"""The neuron of operations that name none."""

from pathlib import Path

import pytest

from spikegraph.program.program import Program

LIBRARY = "sdhs 1\nneuron slow { decay = 0.9 }\nblock head(x) { weights = own\nreturn x -> stem(3, out = 4) }\n"
NET = """
network net {
  input x : real[3, 8, 8]
  time = 2
  SETTING
  stem = x -> stem(3, out = 4)
  more = stem -> head
  up   = more -> restore(x, out = 2)
  output y = up -> pool -> linear(10) -> mean(time)
}
"""
RUN = """
dataset anything { source = anything }
retrain net on anything { epochs = 1  batch = 1  weights = sgd(lr = 1)  loss = cross_entropy(y) STEMS }
"""


@pytest.fixture
def decays(tmp_path, anything):
    def made(neurons="neuron lif { decay = 0.2 }", setting="", stems=None):
        (tmp_path / "lib.sdhs").write_text(LIBRARY)
        run = "" if stems is None else RUN.replace("STEMS", stems)
        text = f'sdhs 1\nimport "lib.sdhs"\n{neurons}\n' + NET.replace("SETTING", setting) + run
        path = tmp_path / "net.sdhs"
        path.write_text(text)
        program = Program.read(path)
        found = program.check()
        if found.has_errors:
            return [(d.code, d.summary, d.help) for d in found if d.severity == "error"]
        again = Path(tmp_path / "resolved.sdhs")
        again.write_text(program.text)
        graphs = [Program.read(p).build("retrain").plain for p in (path, again)]
        assert graphs[0].untempered() == graphs[1].untempered()
        return [n.op.neuron.decay for n in graphs[0] if n.op.name == "lif"]

    return made


def test_the_only_neuron_is_the_default(decays):
    assert decays(neurons="") == [0.9, 0.9, 0.9]
    assert decays(neurons="", stems="") == [0.9, 0.9, 0.9]


def test_the_network_names_its_neuron(decays):
    assert decays(setting="neuron = lif") == [0.2, 0.2, 0.2]
    assert decays(setting="neuron = slow", stems="") == [0.9, 0.9, 0.9]
    assert decays(setting="neuron = slow", stems=" stems = lif") == [0.2, 0.2, 0.9]


def test_the_first_of_the_networks_file_is_the_default(decays):
    assert decays() == [0.2, 0.2, 0.2]
    assert decays(neurons="neuron lif { decay = 0.2 }\nneuron third { decay = 0.4 }") == [0.2, 0.2, 0.2]


def test_a_further_import_changes_nothing(decays, tmp_path):
    (tmp_path / "more.sdhs").write_text("sdhs 1\nneuron other { decay = 0.7 }\n")
    assert decays(neurons='import "more.sdhs"') == [0.9, 0.9, 0.9]
    assert decays(neurons='import "more.sdhs" as more') == [0.9, 0.9, 0.9]


def test_a_network_can_have_none(decays):
    help = "write `neuron = ...` here or in the network; declared are `slow` and `lif`"
    expected = {("SG0314", f"`{op}` needs a neuron here", help) for op in ("stem", "restore")}
    assert set(decays(setting="neuron = none")) == expected


def test_an_unknown_neuron(decays):
    assert decays(setting="neuron = lof") == [("SG0202", "there is no neuron `lof`", "did you mean `lif`?")]
