"""Parts of the model: the schedule of operations, and weights by their paths."""

import pytest
import torch

from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.parameters import Leaf, Tree, leaf_at, mask_of, put
from spikegraph.ir.architecture import architecture_of
from spikegraph.ir.lifetimes import schedule
from spikegraph.passes import pipeline

NETWORK = """
network net {
  input x : real[3, 4, 4]
  a = x -> relu
  b = a -> norm
  c = add(a, b)
  dead = a -> norm
  output y = c -> pool
}
"""


def steps(graph, *wanted, given=frozenset()):
    return [(s.nodes[0].name, s.free) for s in schedule(graph, wanted, given)]


def test_only_what_is_needed_runs_and_values_go_when_nothing_needs_them(small):
    graph = small(NETWORK).after("")
    assert steps(graph, "y") == [("x", ()), ("a", ("x",)), ("b", ()), ("c", ("a", "b")), ("y", ("c",))]
    assert steps(graph, "b") == [("x", ()), ("a", ("x",)), ("b", ("a",))]


def test_what_is_wanted_stays(small):
    graph = small(NETWORK).after("")
    assert steps(graph, "a", "y") == [("x", ()), ("a", ("x",)), ("b", ()), ("c", ("b",)), ("y", ("c",))]
    assert steps(graph, "x") == [("x", ())]


def test_what_is_given_is_not_computed(small):
    graph = small(NETWORK).after("")
    assert [name for name, _ in steps(graph, "y", given=frozenset({"c"}))] == ["y"]
    assert [name for name, _ in steps(graph, "y", given=frozenset({"b"}))] == ["x", "a", "c", "y"]


def test_what_is_not_there(small):
    with pytest.raises(KeyError, match="nothing"):
        schedule(small(NETWORK).after(""), ("nothing",))


def leaf(out=2):
    return Leaf({"weight": (out, 3), "bias": (out,)})


def test_leaves_at_paths():
    tree, one, two, three = Tree(), leaf(), leaf(), leaf()
    put(tree, "a.b", one)
    put(tree, "a.b.train", two)  # below a leaf
    put(tree, "c.d.eval", three)
    assert leaf_at(tree, "a.b") is one
    assert leaf_at(tree, "a.b.train") is two
    assert leaf_at(tree, "c.d.eval") is three
    assert [leaf_at(tree, p) for p in ("a", "c.d", "x", "a.b.x", "x.y.z")] == [None] * 5
    assert list(tree.state_dict()) == [
        "a.b.weight",
        "a.b.bias",
        "a.b.train.weight",
        "a.b.train.bias",
        "c.d.eval.weight",
        "c.d.eval.bias",
    ]


def test_a_leaf_above_others_keeps_them():
    tree, above, below = Tree(), leaf(), leaf()
    put(tree, "a.b", below)
    put(tree, "a", above)
    assert (leaf_at(tree, "a"), leaf_at(tree, "a.b")) == (above, below)


def test_modes_reach_everything_below():
    tree, below = Tree(), leaf()
    put(tree, "a.training.b", below)
    tree.eval()
    assert [m.training for m in (tree, below)] == [False, False]
    tree.train()
    assert below.training


def test_moves_within_a_trellis():
    assert mask_of(3).tolist() == [[False, True, True], [True, True, True], [True, True, False]]
    assert mask_of(1).tolist() == [[False, True, False]]


def test_architecture_of_restricted_edges(small):
    made = small(
        "cell sparse like small { edges = [n0(prev2), n1(prev, n0)] }\n"
        "network net {\n  input x : spike[4, 8, 8]\n  output y = x -> chain([small, sparse], width = 2)\n}\n"
    )
    for passes in ("expand-cells", "expand-cells,widen"):
        shapes = {name: parameter.shape for name, parameter in architecture_of(made.after(passes)).items()}
        assert shapes == {"small.alpha": (5, 3), "sparse.alpha": (3, 3)}
    shapes = {name: parameter.shape for name, parameter in architecture_of(made.space).items()}
    assert shapes == {"small.alpha": (5, 3), "sparse.alpha": (3, 3)}


def test_weights_without_a_bias_and_norms():
    torch.manual_seed(0)
    plain = Leaf({"weight": (4, 2, 3, 3)})
    assert list(plain.state_dict()) == ["weight"]
    assert 0.1 < plain.weight.abs().max() <= 1 / 18**0.5  # type: ignore[operator]
    norm = Leaf({"weight": (4,), "bias": (4,)}, statistics={"running_mean": (4,), "running_var": (4,)})
    assert {k: v.tolist() for k, v in norm.state_dict().items()} == {
        "weight": [1.0] * 4,
        "bias": [0.0] * 4,
        "running_mean": [0.0] * 4,
        "running_var": [1.0] * 4,
    }


def tempered(b, graph):
    """The same graph with this b in all surrogates."""

    def rule(node, operands, out):
        neuron, update = getattr(node.op, "neuron", None), {}
        if neuron is not None:
            update["neuron"] = neuron.model_copy(update={"surrogate": neuron.surrogate.model_copy(update={"b": b})})
        if hasattr(node.op, "b"):
            update["b"] = (b,) * len(node.op.b)
        return out.change(node, operands, node.op.model_copy(update=update))

    return graph.rewrite(rule)


def changed(graph, name, notes=None, **update):
    """The same graph with other parameters in the first operation of this name."""
    first = next(n.name for n in graph if n.op.name == name)

    def rule(node, operands, out):
        if node.name != first:
            return out.keep(node, operands)
        return out.change(node, operands, node.op.model_copy(update=update), notes)

    return graph.rewrite(rule)


CHAIN = "network net {\n  input x : real[3, 8, 8]\n  output y = x -> stem(3, out = 4) -> chain([small], width = 4) -> pool\n}\n"


@pytest.mark.parametrize("passes", ["widen", "widen,fuse"])
def test_only_temperatures_may_differ(small, passes):
    """Operations with several shares are compared as strictly as others."""
    graph = pipeline.run(pipeline.parse(passes), small(CHAIN, candidates="c3 c5", nodes=1).build("search").plain)
    model = Model(graph)
    model.adopt(tempered(2.5, graph))
    assert "b=2.5" in repr([n.op for n in model.graph])
    wide = next(n.op for n in graph if n.op.name == "wide_conv")
    fan = next(n.op for n in graph if n.op.name == "fan")
    others = [
        changed(graph, "wide_conv", shares=wide.shares[::-1]),
        changed(graph, "wide_conv", kernel=5),
        changed(graph, "wide_conv", notes={"sparse": True}),
        changed(graph, "fan", takes=fan.takes[::-1]),
    ]
    neuron = next(n.op for n in graph if n.op.name == ("norm_lif" if "fuse" in passes else "lif"))
    others.append(changed(graph, neuron.name, neuron=neuron.neuron.model_copy(update={"threshold": 0.7})))
    for other in others:
        with pytest.raises(ValueError, match="different operations"):
            model.adopt(other)
