"""`--validate` on the command line."""

import pytest

from spikegraph.ir.opdef import OPS
from spikegraph.meaning.references import REFERENCES
from spikegraph.passes.prune import Prune

SPEC = """
sdhs 1
neuron lif { decay = 0.4 }
network net {
  input s : spike[3, 6, 5]
  a = add(s -> conv(3, out = 4) -> norm, previous(b) -> conv(3, out = 4) -> norm) -> lif
  b = a -> conv(3, out = 4) -> norm -> lif
  output y = b -> pool -> linear(3)
}
"""
RETRAIN = """
dataset events_small { steps = 3 }
retrain net on events_small { epochs = 1  batch = 4  weights = sgd(lr = 0.1)  loss = cross_entropy(y) }
"""

WRONG_PASS = """
from dataclasses import dataclass
from typing import ClassVar

from spikegraph.passes.base import Pass
from spikegraph.passes.registry import PASSES


@dataclass(frozen=True)
class Round(Pass):
    \"\"\"Rounds decays.\"\"\"

    name: ClassVar[str] = "round"

    def apply(self, graph):
        def rule(node, operands, out):
            neuron = node.op.neuron_of()
            if neuron is None:
                return out.keep(node, operands)
            return out.change(node, operands, node.op.with_neuron(neuron.model_copy(update={"decay": 0.5})))

        return graph.rewrite(rule)


PASSES.register("round", Round)
"""


@pytest.fixture
def folder(spikegraph, tmp_path, monkeypatch):
    """A folder with a spec and a plug-in, where commands are typed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.sdhs").write_text(SPEC)
    (tmp_path / "plug.py").write_text(WRONG_PASS)
    return tmp_path


def test_a_wrong_pass_of_a_plug_in_is_refused_with_its_name(folder, spikegraph):
    passes = "expand-layers,insert-resize,round,prune"
    done = spikegraph("compile", "net.sdhs", "--passes", passes, "--plugin", "plug.py", "--validate")
    assert (done.status, done.out) == (3, "")
    assert done.err.splitlines()[1:] == [
        "error[SG0605]: the pass `round` changes what the network computes: the potential of the neurons `a`, first at `a` "
        "(net.sdhs:6:86): potential 0.515968936 before and 0.429321551 after, at [1, 2, 2, 3, 2]; "
        "the first spike that differs is that of neuron [2, 3, 2] of `a` at step 1 of sample 2, "
        "whose potential is 0.016 from its threshold (rounding explains 5.7e-14)",
        "help: this is a bug of the pass; report it to its author",
    ]


def test_what_was_compared_is_printed(folder, spikegraph):
    done = spikegraph("check", "net.sdhs", "--validate")
    assert done.out.splitlines() == [
        "net.sdhs: sound",
        "  validated      retrain: 8 passes on inputs of 6x5, 55% of 240 neurons fired",
        "  validated      deploy: 9 passes on inputs of 6x5, 55% of 240 neurons fired",
    ]
    (found,) = spikegraph("check", "net.sdhs", "--validate", "--phase", "deploy", "--json").json["validations"]
    assert (found["spec"], found["phase"], found["defining"]) == ("net.sdhs", "deploy", [])
    assert found["passes"][4:6] == ["prune", "fold-norm"]


def test_an_operation_without_reference_is_refused(folder, spikegraph, monkeypatch):
    assert "pool" in REFERENCES
    monkeypatch.delitem(REFERENCES._entries, "pool")
    done = spikegraph("check", "net.sdhs", "--validate")
    assert done.status == 3
    assert done.err.splitlines() == [
        "error[SG0606]: the operation `pool` of `y.pool` has no reference",
        "help: its plug-in gives it one with `@reference(...)`; where nothing is validated it is trusted",
    ]


TWICE = """
from typing import ClassVar

from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.activation import Relu
from spikegraph.meaning.references import reference


@register
class Twice(Relu):
    name: ClassVar[str] = "twice_{name}"
    sample: ClassVar = {sample}


@reference(Twice)
def twice(call, x):
    return 2 * x
"""


@pytest.fixture
def forgotten():
    """Removes what the plug-ins of a test have registered."""
    yield
    for registry in (OPS, REFERENCES):
        for owner in ("with.py", "without.py"):
            registry.forget(owner)


@pytest.mark.usefixtures("forgotten")
def test_an_operation_of_a_plug_in_without_samples_is_refused(folder, spikegraph):
    for name, sample in (("with", "Relu.sample"), ("without", "Op.sample")):
        (folder / f"{name}.py").write_text(TWICE.format(name=name, sample=sample))
        (folder / f"{name}.sdhs").write_text(SPEC.replace("b -> pool", f"b -> twice_{name} -> pool"))
    assert spikegraph("check", "with.sdhs", "--validate", "--plugin", "with.py").status == 0
    assert spikegraph("check", "without.sdhs", "--plugin", "without.py").status == 0
    done = spikegraph("check", "without.sdhs", "--validate", "--plugin", "without.py")
    assert done.status == 3
    assert done.err.splitlines()[-2:] == [
        "error[SG0606]: the operation `twice_without` of `y.twice_without` has no samples, so no random network tests it",
        "help: its plug-in gives it a method `sample`; where nothing is validated it is trusted",
    ]


def test_a_training_is_refused_before_it_begins(folder, spikegraph, monkeypatch):
    """The mistake is in a pass of the project, as a plug-in may patch it."""
    apply = Prune.apply

    def patched(self, graph):
        made = apply(self, graph)
        return made.rewrite(lambda node, operands, out: out.keep(node, operands[:1] if node.op.traits.adds else operands))

    (folder / "net.sdhs").write_text(
        SPEC.replace("linear(3)", "linear(10) -> mean(time)").replace("spike[3, 6, 5]", "real[2, 34, 34]") + RETRAIN
    )
    monkeypatch.setattr(Prune, "apply", patched)
    done = spikegraph("compile", "net.sdhs", "--train", "--validate", "--out", "first")
    assert done.status == 3
    assert done.err.startswith("error[SG0605]: the pass `prune{losses=true}` changes what the network computes: ")
    assert not (folder / "first").exists()
