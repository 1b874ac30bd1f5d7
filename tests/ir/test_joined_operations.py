"""The type rules of operations that join others: each rule is violated once."""

import pytest

from spikegraph.ir.neuron import Learned, Neuron
from spikegraph.ir.ops.fused import NormLif
from spikegraph.ir.ops.joined_neurons import NormNeurons, WideNeurons
from spikegraph.ir.ops.wide import Fan, Part, Take, WideConv, WideLif, WideNorm
from spikegraph.ir.traits import CurrentTerm, Member, Share
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Kind, Value

TWO = (Share(weights="a", channels=2), Share(weights="b", channels=3))
X = Value(Kind.REAL, 5, (4, 6))
LIF = Neuron()
LEARNED = Neuron(levels=3, learned=(Learned(name="threshold", per="channel"), Learned(name="decay")))
PAIR = (CurrentTerm(norms=TWO), CurrentTerm())


def test_what_fits():
    assert WideConv(kernel=3, stride=2, shares=TWO).infer(X) == Value(Kind.REAL, 5, (2, 3))
    assert WideNorm(shares=TWO).infer(X) == X
    assert WideLif(neuron=LIF, width=1, b=(3.0,) * 5, neurons=tuple("abcde")).infer(X) == Value(Kind.SPIKE, 5, (4, 6))
    assert NormLif(terms=(CurrentTerm(norms=TWO), CurrentTerm()), neuron=LIF, width=5, b=(3.0,)).infer(X, X).kind is Kind.SPIKE
    wide = WideNeurons(neuron=LEARNED, width=1, b=(3.0,) * 5, neurons=tuple("abcde"), learned=tuple("vwxyz"))
    assert wide.infer(X) == Value(Kind.COUNT, 5, (4, 6), 3)
    assert wide.leaves("own", X) == {name: {"threshold": (1,), "decay": (1,)} for name in "vwxyz"}
    assert list(wide.fused((PAIR,), Member(wide, "n", "w", 5)).leaves("own", X, X)) == ["a", "b", *"vwxyz"]
    takes = (Take(operand=0, start=0, edge=0, candidate=0), Take(operand=1, start=3, edge=1, candidate=0))
    assert Fan(cell="c", edges=(0, 2), width=2, takes=takes).infer(X, X) == Value(Kind.REAL, 4, (4, 6))
    assert Part(start=2, channels=3).infer(X).channels == 3


@pytest.mark.parametrize(
    ("op", "operands", "message"),
    [
        (
            WideConv(kernel=2, shares=TWO),
            (X,),
            "`wide_conv` needs shares, an odd kernel and 1 to 3 spatial axes, not 2 on real[5, 4, 6]",
        ),
        (
            WideConv(kernel=3, shares=()),
            (X,),
            "`wide_conv` needs shares, an odd kernel and 1 to 3 spatial axes, not 3 on real[5, 4, 6]",
        ),
        (
            WideConv(kernel=3, shares=TWO),
            (Value(Kind.REAL, 5, ()),),
            "`wide_conv` needs shares, an odd kernel and 1 to 3 spatial axes, not 3 on real[5]",
        ),
        (WideNorm(shares=TWO[:1]), (X,), "the shares of `wide_norm` have 2 channels, but real[5, 4, 6] has 5"),
        (
            WideLif(neuron=LIF, width=2, b=(3.0, 3.0), neurons=("a", "b")),
            (X,),
            "`wide_lif` has 2 groups of 2 channels and 2 neurons, which don't fit real[5, 4, 6]",
        ),
        (
            WideLif(neuron=LIF, width=5, b=(3.0,), neurons=("a", "b")),
            (X,),
            "`wide_lif` has 1 groups of 5 channels and 2 neurons, which don't fit real[5, 4, 6]",
        ),
        (
            NormLif(terms=(CurrentTerm(norms=TWO[1:]),), neuron=LIF, width=5, b=(3.0,)),
            (X,),
            "the shares of `norm_lif` have 3 channels, but real[5, 4, 6] has 5",
        ),
        (
            NormLif(terms=(CurrentTerm(),), neuron=LIF, width=4, b=(3.0,)),
            (X,),
            "`norm_lif` has 1 groups of 4 channels, which don't fit real[5, 4, 6]",
        ),
        (
            NormLif(terms=(CurrentTerm(),), neuron=LIF, width=5, b=(3.0,)),
            (X, X),
            "`norm_lif` needs 1 terms of one shape, not real[5, 4, 6], real[5, 4, 6]",
        ),
        (
            WideNeurons(neuron=LEARNED, width=2, b=(3.0, 3.0), neurons=("a", "b"), learned=("a", "b")),
            (X,),
            "`wide_neuron` has 2 groups of 2 channels and 2 neurons, which don't fit real[5, 4, 6]",
        ),
        (
            NormNeurons(currents=(PAIR,), neuron=LEARNED, width=5, b=(3.0,), learned=("a",)),
            (X,),
            "`norm_neuron` needs 2 terms of one shape for the model's currents, not real[5, 4, 6]",
        ),
        (
            Fan(cell="c", edges=(0,), width=2, takes=(Take(operand=0, start=4, edge=0, candidate=0),)),
            (X,),
            "`fan` can't take 2 channels from 4 of operand 1",
        ),
        (
            Fan(cell="c", edges=(0, 1), width=2, takes=(Take(operand=0, start=0, edge=0, candidate=0),)),
            (X,),
            "`fan` has 2 edges, and not a candidate for each",
        ),
        (Part(start=4, channels=2), (X,), "`part` can't take channels 4 to 5 of real[5, 4, 6]"),
    ],
    ids=lambda value: value.name if hasattr(value, "name") else "",
)
def test_what_does_not(op, operands, message):
    with pytest.raises(TypeRuleError) as refused:
        op.infer(*operands)
    assert refused.value.summary == message
