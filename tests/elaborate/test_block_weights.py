"""Whose the weights of blocks are: names, sharing, and what is shared by accident."""

import pytest
from block_specs import layer, line, net

from spikegraph.program.program import Program


def weights(graph):
    return [n.weights for n in graph if n.leaves]


def test_own_weights_are_named_after_the_use(small):
    body = """
      one  = x -> layer
      two  = one -> layer -> repeat(layer(out = 6), 3) -> layer
      many = add(layer(one), layer(one)) -> repeat(layer, 2)
      output y = many[0] -> pool
    """
    graph = small(net(body, layer())).space
    own = ["one.c", "two.layer.c", "two.layer2[0].c", "two.layer2[1].c", "two.layer2[2].c", "two.c"]
    assert weights(graph) == [*own, "many.add.layer.c", "many.add.layer2.c", "many[0].c", "many[1].c"]
    assert graph.node("y").operands == ("many[0].n",)
    assert len({n.name for n in graph}) == len(graph)


def test_shared_weights_belong_to_the_use_around_them(small):
    body = """
      block pair(a) { weights = own
        left = a -> layer(out = 3)
        return left -> layer(out = 3) }
      one = x -> pair -> pair
      output y = one -> layer(out = 4) -> pool
    """
    graph = small(net(body, layer("shared"))).space
    assert weights(graph) == ["one.pair.layer.c"] * 2 + ["one.layer.c"] * 2 + ["layer.c"]
    assert len({n.name for n in graph}) == len(graph)


def test_own_weights_inside_of_shared_ones_are_those_of_the_call(small):
    made = small(
        """network net {
  input left, right : real[2, 4, 4]
  block layer(x) { weights = own  param out = 2
    return x -> conv(3, out = out) -> relu }
  block pair(x) { weights = own
    return x -> layer -> layer(out = 3) }
  block view(x) { weights = shared
    a = x -> layer -> layer
    b = x -> pair
    return concat(a, b -> repeat(layer(out = 3), 2)) }
  output y = add(view(left), view(right))
}
"""
    )
    graph = made.space
    convolutions = [node for node in graph if node.op.name == "conv"]
    assert len(convolutions) == 12
    weights = [node.weights for node in convolutions]
    assert weights[:6] == weights[6:]
    assert len(set(weights)) == 6


def test_repetitions_may_share(small):
    graph = small(net("output y = x -> layer(out = 3) -> repeat(layer(out = 3), 3) -> pool", layer("shared"))).space
    assert weights(graph) == ["layer.c"] * 4
    assert [n.name for n in graph if n.op.name == "lif"] == ["layer@use.n", "layer@use2.n", "layer@use3.n", "layer@use4.n"]


def test_no_weights_are_shared_by_accident(small):
    """A wire with the name of a block, stages with the names of wires inside, and blocks of one name."""
    body = """
      block own(a) { weights = own
        conv  = a -> conv(1, out = 2)
        return conv -> layer(out = 5) }
      layer = x -> conv(3, out = 3) -> layer(out = 4)
      a     = layer -> conv(1, out = 3) -> own -> layer(out = 7)
      b     = x -> layer(out = 4)
      output y = add(a, a) -> pool
    """
    graph = small(net(body, layer("shared"))).complaints()
    assert [c[0] for c in graph] == ["SG0302"]  # layer is used with 3, 5 and 2 channels, so its weights have other shapes
    graph = small(net(body, layer())).space
    assert len(set(weights(graph))) == len(weights(graph)) == 7
    shared = net("layer = x -> conv(3, out = 3) -> layer(out = 3)\noutput y = layer -> layer(out = 3) -> pool", layer("shared"))
    assert weights(small(shared).space) == ["layer.conv", "layer_block.c", "layer_block.c"]


def test_uses_that_share_need_one_shape(small):
    made = small(net("output y = x -> layer(out = 3) -> layer(out = 5) -> pool", layer("shared")))
    summary = "the weight of `conv` is [5, 3, 3, 3] in this use, but [3, 3, 3, 3] in another that shares it"
    help = "write `weights = own` in the block, or give its uses values of one shape"
    assert made.complaints() == [("SG0302", line(made, "c = x"), summary, help)]


def test_shapes_that_differ_show_the_use(small):
    body = "block outer(a) { weights = own\nreturn a -> layer(out = 5) }\n\noutput y = x -> layer(out = 3) -> outer -> pool"
    made = small(net(body, layer("shared")))
    assert made.complaints() == []
    body = body.replace("-> outer", "-> layer(out = 4) -> outer")
    made = small(net(body, layer("shared")))
    (found,) = Program.read(made.path).check()
    assert (found.code, [label.text for label in found.labels]) == ("SG0302", ["block `layer` is used here"])


def test_sharing_without_saying_so_is_a_warning(small):
    head = "block f(a) { return a -> conv(1, out = 3) }\nblock g(a) { return a -> relu }\n"
    made = small(net(head + "a = x -> f -> g -> g\noutput y = a -> repeat(f, 3) -> pool"))
    (found,) = Program.read(made.path).check()
    assert (found.code, found.severity, found.span.line, found.summary) == (
        "SG0322",
        "warning",
        line(made, "block f"),
        "the 4 uses of block `f` share their weights",
    )
    assert small(net(head + "output y = x -> f -> pool")).complaints() == []


SHARED = {
    "bias": ("conv(3, out = 3, bias = p)", "true", "false", "bias"),
    "bias of groups": ("conv(3, out = 3, groups = 3, bias = p)", "true", "false", "bias"),
    "bias of transposed": ("transposed(3, out = 3, stride = 1, bias = p)", "true", "false", "bias"),
    "affine": ("norm(affine = p)", "true", "false", "weight"),
    "statistics": ("norm(kind = p)", "batch", "instance", "running_mean"),
    "heads": ("rate_scale(v, heads = p)", "3", "1", None),
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", list(SHARED))
def test_uses_that_share_need_the_same_tensors(name, turned, small):
    """Whichever comes first: the layer would take what the first use has, and norms be folded into weights of another use."""
    layer, more, less, tensor = SHARED[name]
    first, second = (less, more) if turned else (more, less)
    block = f"block b(v) {{ weights = shared  param p = {first}\nreturn v -> {layer} }}\n"
    made = small(net(block + f"a = x -> b\noutput y = a -> b(p = {second}) -> pool"))
    ((code, _, summary, help),) = made.complaints()
    op, (has, other) = layer.partition("(")[0], ("a", "none") if turned else ("no", "one")
    assert code == "SG0302"
    if tensor is not None:
        assert summary == f"`{op}` has {has} {tensor} in this use, but {other} in another that shares it"
        assert help == "write `weights = own` in the block, or give its uses the same parameters"


@pytest.mark.parametrize("turned", [False, True])
def test_neurons_of_which_some_uses_learn_numbers_share_them(turned, small):
    first, second = ("n", "m") if turned else ("m", "n")
    neurons = "neuron n { }\nneuron m { decay = learn(0.5) }\n"
    block = f"block b(v) {{ weights = shared  param p = {first}\nreturn v -> p }}\n"
    assert small(neurons + net(block + f"output y = x -> b -> b(p = {second}) -> pool")).complaints() == []
