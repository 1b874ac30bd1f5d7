"""From a network's statements to its graph: names, blocks, operands, defaults, and errors."""

import pytest

from spikegraph.elaborate.block_uses import DEEPEST

HINT = "(or load its plug-in: --plugin FILE.py)"


def net(body, params=""):
    return f"network net {{\n{params}  input x : real[3, 8, 8]\n{body}\n}}\n"


def nodes(graph):
    return [(n.name, n.op.name, n.operands) for n in graph]


def test_names_come_from_the_statements(small):
    body = """
      stem  = x -> stem(3, out = 4)
      both  = stem -> conv(3, out = 4) -> norm -> lif
      again = stem -> relu -> relu
      sum   = add(both, again)
      output y = sum -> pool -> linear(10)
    """
    assert nodes(small(net(body)).space) == [
        ("x", "input", ()),
        ("stem", "stem", ("x",)),
        ("both.conv", "conv", ("stem",)),
        ("both.norm", "norm", ("both.conv",)),
        ("both", "lif", ("both.norm",)),
        ("again.relu", "relu", ("stem",)),
        ("again", "relu", ("again.relu",)),
        ("sum", "add", ("both", "again")),
        ("y.pool", "pool", ("sum",)),
        ("y", "linear", ("y.pool",)),
    ]


def test_inline_operations_are_named_after_their_user(small):
    body = "output y = concat(conv(x, 3, out = 2), conv(x, 1, out = 2), x -> relu)"
    assert nodes(small(net(body)).space) == [
        ("x", "input", ()),
        ("y.conv", "conv", ("x",)),
        ("y.conv2", "conv", ("x",)),
        ("y.relu", "relu", ("x",)),
        ("y", "concat", ("y.conv", "y.conv2", "y.relu")),
    ]


def test_another_name_for_a_value(small):
    graph = small(net("a = x\nb = a -> relu\noutput y = b\noutput z = a")).space
    assert nodes(graph) == [("x", "input", ()), ("b", "relu", ("x",))]
    assert graph.outputs == {"y": "b", "z": "x"}


BLOCKS = """
  input other : real[3, 8, 8]
  block inner(a) { return a -> conv(3, out = 2) }
  block outer(a) {
    first = inner(a)
    return first -> relu
  }
  one = outer(x)
  two = outer(other)
  three = outer(x)
  four = other -> conv(3, out = 3) -> outer
  output y = add(one, two, three, four)
"""


def test_uses_of_a_block_have_nodes_of_their_own_and_weights_in_common(small):
    graph = small(net(BLOCKS)).space
    assert [n.name for n in graph if n.op.name == "conv"] == [
        "outer@x.inner@a.conv",
        "outer@other.inner@a2.conv",
        "outer@x2.inner@a3.conv",
        "four.conv",
        "outer@use.inner@a4.conv",
    ]
    assert {n.weights for n in graph if n.name.startswith("outer") and n.op.name == "conv"} == {"outer.inner.conv"}
    assert graph.node("y").operands == ("outer@x.relu", "outer@other.relu", "outer@x2.relu", "outer@use.relu")


def test_params_are_bound_where_the_network_is_used(small):
    text = net("output y = x -> conv(3, out = C) -> conv(3, out = 2 * D)", "  param C = 4\n  param D = C + 1\n")
    data = "dataset d { source = mnist }\n"
    run = data + "retrain net(C = 6) on d { epochs = 1  batch = 1  weights = sgd(lr = 0.1)  loss = cross_entropy(y) }\n"
    made = small(text + run)
    assert made.build("search").space.node("y").value.channels == 10
    complaints = made.complaints()
    assert [(c[0], c[2]) for c in complaints] == [("SG0316", "`cross_entropy` needs logits [classes], not real[14, 8, 8]")]


def test_some_operations_have_an_implicit_input(small):
    body = "v = cost_volume(x, x, planes = 4) -> conv(3, out = 1)\noutput d = v -> subpixel(step = 2, support = 1)"
    assert small(net(body)).space.node("d").operands == ("v", "x")


def test_an_element_of_a_chain(small):
    body = "cells = x -> chain([small, small, small], width = 2)\noutput y = cells[1] -> pool\noutput z = cells -> pool"
    graph = small(net(body)).space
    assert (graph.node("y").operands, graph.node("z").operands) == (("cells[1]",), ("cells[2]",))


def test_a_chain_reduces(small):
    cell = "cell halving like small { stride = 2 }\n"
    body = "cells = x -> chain([small, halving, small], width = 2)\noutput y = cells -> pool"
    graph = small(cell + net(body)).space
    made = [(n.name, n.operands, n.op.width, n.op.down, n.value.shape) for n in graph if n.op.name == "cell"]  # type: ignore[attr-defined]
    assert made == [
        ("cells[0]", ("x", "x", "x"), 2, 1, (4, 8, 8)),
        ("cells[1]", ("x", "cells[0]", "cells[0]"), 4, 2, (8, 4, 4)),
        ("cells[2]", ("cells[0]", "cells[1]", "cells[1]"), 4, 1, (8, 4, 4)),
    ]


def test_time_makes_the_inputs_the_same_at_every_step(small):
    graph = small(net("time = 3\noutput y = x -> relu")).space
    assert (graph.time, str(graph.node("y").value)) == (3, "real[3, 8, 8] once")


@pytest.mark.parametrize("word", ["train", "eval", "type", "weight", "tree", "forward", "cells"])
def test_statements_may_have_any_name(small, word):
    assert f"{word}.conv" in small(net(f"{word} = x -> conv(3, out = 2) -> norm\noutput y = {word} -> relu")).space


WRONG = [
    # what, code, line within the body, summary, help
    ("output y = x -> cnv(3, out = 2)", "SG0307", "no operation is called `cnv`", f"did you mean `conv`? {HINT}"),
    ("output y = z -> relu", "SG0307", "no value is called `z` here", "known here are `x`"),
    (
        "a = b -> relu\nb = x -> relu\noutput y = a",
        "SG0311",
        "`b` is used before its definition on line 12",
        "define values before they are used; its value at the step before is `previous(b)`",
    ),
    ("output y = x -> conv(3)", "SG0304", "`conv` needs a number of output channels here", "write `out = ...`"),
    ("output y = x -> conv(out = 2)", "SG0304", "`conv` needs its parameter `kernel`", "write `kernel = ...`"),
    (
        "output y = x -> conv(3, out = 5 / 2)",
        "SG0304",
        "`out = 5 / 2` of `conv` is 2.5, which is not a whole number",
        "choose a value that divides",
    ),
    ("output y = x -> conv(3, out = 2 - 2)", "SG0304", "`out = 2 - 2` of `conv` is 0, but must be at least 1", None),
    ("output y = x -> norm(eps = 0)", "SG0304", "`eps` of `norm` is 0, but must be at least 1e-12 and at most 1", None),
    (
        "output y = x -> norm(momentum = 0 - 1)",
        "SG0304",
        "`momentum = 0 - 1` of `norm` is -1, but must be at least 0 and at most 1",
        None,
    ),
    ("output y = x -> conv(true, out = 2)", "SG0304", "`kernel` of `conv` can't be `true`", None),
    ("output y = x -> conv(3, out = C)", "SG0307", "no number is called `C` here", "declare it with `param`"),
    (
        "output y = x -> conv(3, 2, 1, true, 1, 1, any, 5, 6)",
        "SG0309",
        "too many arguments for `conv`",
        "its arguments are `kernel`, `out`, `stride`, `bias`, `dilation`, `groups`, `sign` or `padding`",
    ),
    ("output y = x -> conv(3, out = 2, strid = 2)", "SG0308", "`conv` has no parameter `strid`", "did you mean `stride`?"),
    ("output y = x -> conv(3, kernel = 3, out = 2)", "SG0308", "`kernel` of `conv` is given twice", None),
    (
        "output y = x -> conv(3, out = 2, folded = a)",
        "SG0308",
        "`conv` has no parameter `folded`",
        "it has `kernel`, `out`, `stride`, `bias`, `dilation`, `groups`, `sign` or `padding`",
    ),
    ("output y = x -> pool(median)", "SG0304", "`kind` of `pool` can't be `median`", "write `global`, `max` or `avg`"),
    ("output y = x -> restore", "SG0309", "`restore` needs its operand `like`", "write `restore(like, ...)`"),
    ("output y = resize(x)", "SG0309", "`resize` needs its operand `like`", "its operands are `x` and `like`"),
    ("output y = add()", "SG0309", "`add` needs an operand", None),
    ("output y = x -> 3", "SG0310", "`3` is not an operation", None),
    (
        "output y = 3",
        "SG0310",
        "`3` is not a value of the network",
        "a value is an input, a name defined before, or an operation on values",
    ),
    ("a = x -> relu\noutput y = a[0]", "SG0310", "`a` is not a chain of cells, so it has no elements", None),
    ("a = x -> chain([small], width = 2)\noutput y = a[1]", "SG0310", "`a` has no cell 1", "its cells are 0 to 0"),
    ("output y = x -> chain([smal], width = 2)", "SG0307", "no cell is called `smal`", "did you mean `small`?"),
    ("output y = x -> chain([], width = 2)", "SG0304", "`[]` is not a list of cells", "such as `[normal, normal]`"),
    (
        "output y = x -> chain([small])",
        "SG0304",
        "`chain` needs its cells and their width",
        "write `chain([normal, reduction, ...], width = ...)`",
    ),
    ("output y = x -> chain([small], width = 0)", "SG0304", "`width` of `chain` is 0, but must be at least 1", None),
    ("output y = x -> chain([small], widht = 2)", "SG0308", "`chain` has no parameter `widht`", "did you mean `width`?"),
    ("output y = chain()", "SG0309", "`chain` needs its operand", "write `x -> chain`"),
    ("output y = x -> lif(surrogat = dspike)", "SG0308", "a neuron has no `surrogat`", "did you mean `surrogate`?"),
    ("output y = x -> lif(surrogate = dspik)", "SG0313", "no surrogate is called `dspik`", f"did you mean `dspike`? {HINT}"),
    (
        "output y = x -> lif(dspike)",
        "SG0308",
        "a neuron's parameters need names",
        "it has `decay`, `threshold`, `reset`, `surrogate`, `detach_reset`, `fires`, `levels`, `spike_at` and `decay_input`",
    ),
    (
        "block f(a) { return a -> g }\nblock g(a) { return a -> f }\noutput y = x -> f",
        "SG0311",
        "block `f` is recursive",
        "a block can't use itself",
    ),
    (
        "block f(a, b) { return add(a, b) }\noutput y = f(x)",
        "SG0309",
        "block `f` needs 2 values, not 1",
        "its parameters are `a` and `b`",
    ),
]


@pytest.mark.parametrize(("body", "code", "summary", "help"), WRONG, ids=[w[2] for w in WRONG])
def test_every_error_is_reported_once(small, body, code, summary, help):
    found = [(c, s, h) for c, _, s, h in small(net(body)).complaints()]
    assert found == [(code, summary, help)]


def test_all_errors_of_a_network_in_one_go_and_no_cascades(small):
    body = """
    a = x -> cnv(3, out = 2)
    b = a -> conv(3, out = 0) -> relu
    c = add(a, b) -> pool
    d = x -> pool -> conv(3, out = 2)
    output y = c -> linear(2)
    """
    assert [(c, line) for c, line, _, _ in small(net(body)).complaints()] == [("SG0307", 12), ("SG0304", 13), ("SG0301", 15)]


def test_an_output_whose_level_is_open(small):
    trellis = "trellis walk { cell = small  layers = 2  levels = 2 }\n"
    body = "stem = x -> stem(3, out = 4)\noutput y = stem -> walk"
    (found,) = small(trellis + net(body)).complaints()
    assert found[0] == "SG0303"
    assert found[2:] == (
        "`y` is spike[4, 8, 8] at 2 levels: the trellis may end at any of its levels",
        "put `restore(...)` after the trellis",
    )


def test_an_input_with_too_many_axes(small):
    text = net("output y = x -> relu").replace("real[3, 8, 8]", "real[3, 8, 8, 8, 8]")
    assert [(c[0], c[2]) for c in small(text).complaints()] == [("SG0223", "`x` has 4 spatial axes")]


def nested(count, uses):
    """Blocks that each use the previous one `uses` times."""
    blocks = ["block b0(a) { return a -> relu }"]
    for i in range(1, count):
        steps = [f"s{k} = b{i - 1}({'a' if k == 0 else f's{k - 1}'})" for k in range(uses)]
        blocks.append(f"block b{i}(a) {{\n{chr(10).join(steps)}\nreturn s{uses - 1}\n}}")
    return net("\n".join(blocks) + f"\noutput y = b{count - 1}(x)")


def test_blocks_within_blocks_end_somewhere(small):
    assert small(nested(DEEPEST, 1)).complaints() == []
    found = small(nested(DEEPEST + 1, 1)).complaints()
    assert [(c, s, h) for c, _, s, h in found] == [
        ("SG0218", "blocks are nested too deeply", f"blocks can be nested {DEEPEST} deep")
    ]


def test_blocks_that_multiply_end_somewhere(small, monkeypatch):
    monkeypatch.setattr("spikegraph.elaborate.size.MOST_NODES", 500)
    found = small(nested(DEEPEST, 8)).complaints()
    help = "at most 500 operations; nested blocks multiply them"
    assert [(c, s, h) for c, _, s, h in found] == [("SG0218", "the network is too large", help)]
