"""Blocks: weights, params, repetition, limits, and errors with the use that they belong to."""

import pytest
from block_specs import layer, line, net

from spikegraph.ir.json import from_json, to_json
from spikegraph.ir.ops.activation import Lif
from spikegraph.program.program import Program


def test_params_are_bound_where_a_block_is_used(small):
    body = """
      param k = slow(decay = 0.75)
      block half(a) { weights = own
        param C = 2 * W
        param D = C / 2
        param n = k
        return add(a -> conv(1, out = D), a -> conv(1, out = D) -> n(threshold = 2)) }
      a = x -> half
      b = a -> half(C = 10, n = lif)
      c = b -> layer(out = W + 1, n = k)
      output y = c -> pool
    """
    graph = small("neuron slow { decay = 0.5 }\n" + net(body, layer())).space
    assert [(n.name, n.op.neuron.decay, n.op.neuron.threshold) for n in graph if n.op.name == "lif"] == [
        ("a.add.n", 0.75, 2),
        ("b.add.n", 0.2, 2),
        ("c.n", 0.75, 0.5),
    ]
    assert [n.value.channels for n in graph if n.op.name == "conv"] == [2, 2, 5, 5, 3]


def test_a_run_binds_a_neuron(small):
    data = "dataset d { source = mnist }\nneuron slow { decay = 0.5 }\n"
    run = "retrain net(n = slow(decay = 0.6)) on d { epochs = 1  batch = 1  stems = lif  weights = sgd(lr = 1)"
    body = "param n = lif\n time = 2\noutput y = x -> conv(1, out = 2) -> n -> pool -> linear(10) -> mean(time)"
    made = small(data + net(body).replace("3, 8, 8", "1, 28, 28") + run + "  loss = cross_entropy(y) }\n")
    assert made.complaints() == []
    (lif,) = made.build("retrain").space.of(Lif).values()
    assert lif.neuron.decay == 0.6


def test_resolved_text_and_json_give_the_same_graph(small, tmp_path):
    body = """
      block half(a, b) {
        param n = lif(surrogate = dspike)
        return add(a, b -> conv(1, out = W)) -> n }
      a = x -> layer(out = W)
      b = a -> repeat(half(a -> relu), 2)
      output y = half(b, a) -> pool
    """
    made = small(net(body, layer()))
    path = tmp_path / "resolved.sdhs"
    path.write_text(Program.read(made.path).text, encoding="utf-8")
    again = Program.read(path)
    assert [d.code for d in made.complaints() and Program.read(made.path).check()] == ["SG0322"]
    assert "    weights = shared\n" in path.read_text()
    assert list(again.check()) == []
    assert again.build().plain.untempered() == made.build().plain.untempered()
    assert from_json(to_json(made.build().plain)) == made.build().plain


def test_profiles_and_set_reach_params_of_blocks(small):
    body = """
      block inner(a) { weights = own
        param out = 3
        return a -> conv(1, out = out) }
      a = x -> inner -> layer
      output y = a -> pool
    """
    text = (
        net(body, layer()) + "network like_net like net { }\nprofile p { net.inner.out = 5  layer.out = 6  layer.n = slow }\n"
    )
    made = small("neuron slow { decay = 0.5 }\n" + text + "dataset anything { source = mnist }\n")

    def channels(**options):
        program = Program.read(made.path, **options)
        program.check()
        spaces = {use.network: it.graph for use, it in program._spaces.items() if it is not None}
        return {name: [n.value.channels for n in graph if n.op.name == "conv"] for name, graph in spaces.items()}

    assert channels() == {"net": [3, 4], "like_net": [3, 4]}
    assert channels(profile="p") == {"net": [5, 6], "like_net": [5, 6]}
    assert channels(overrides=["like_net.inner.out=7"]) == {"net": [3, 4], "like_net": [7, 4]}
    wrong = Program.read(made.path, overrides=["net.inner.outt=7"]).check()
    assert [(d.code, d.help) for d in wrong if d.code != "SG0202"] == [("SG0702", "did you mean `net.inner.out`?")]


WRONG = [
    ("output y = x -> layer(oot = 3)", "SG0308", "block `layer` has no param `oot`", "did you mean `out`?"),
    ("output y = x -> layer(out = 3, out = 4)", "SG0308", "block `layer` is given `out` twice", None),
    (
        "output y = x -> layer(3)",
        "SG0309",
        "block `layer` needs 1 value, not 2",
        "its parameters are `x`; write its params by name, such as `out = ...`",
    ),
    ("output y = x -> layer(out = lif)", "SG0304", "`out` is a number, but `lif` is a neuron", None),
    ("output y = x -> layer(n = W)", "SG0304", "`n` is a neuron, not `W`", "name a neuron"),
    ("output y = x -> layer(n = 3)", "SG0304", "`n` is a neuron, not `3`", "name a neuron"),
    ("output y = x -> layer(n = lof)", "SG0307", "no neuron is called `lof`", "did you mean `lif`?"),
    ("output y = x -> layer(out = V)", "SG0202", "unknown name `V`", "known here are `W`"),
    (
        "output y = x -> repeat(layer)",
        "SG0304",
        "`repeat` needs a block and how often it is used",
        "write `x -> repeat(BLOCK(...), 3)`",
    ),
    ("output y = x -> repeat(layer, 0)", "SG0304", "`times` of `repeat` is 0, but must be at least 1", None),
    ("output y = x -> repeat(layer, 1 / 2)", "SG0212", "expected a whole number, found 0.5", None),
    ("output y = x -> repeat(layr, 2)", "SG0310", "`layr` is not a block", "did you mean `layer`?"),
    ("output y = x -> repeat(conv(3, out = 3), 2)", "SG0310", "`conv(3, out = 3)` is not a block", "there are `layer`"),
    ("output y = x -> repeat(layer, tims = 2)", "SG0308", "`repeat` has no parameter `tims`", "did you mean `times`?"),
    ("output y = repeat()", "SG0309", "`repeat` needs its operand", "write `x -> repeat`"),
    ("a = x -> repeat(layer, 2)\noutput y = a[2]", "SG0310", "`a` has no cell 2", "its cells are 0 to 1"),
    (
        "block f(a) { weights = mine\nreturn a }\noutput y = x -> f",
        "SG0209",
        "`mine` is not among the choices",
        "the choices are `own` or `shared`",
    ),
    ("block f(a) { param a = 3\nreturn a }\noutput y = x -> f", "SG0204", "`a` is declared twice", None),
    ("block f(a) { param C = B\nreturn a }\noutput y = x -> f", "SG0202", "unknown name `B`", "known here are `W`"),
    ("n = lif\noutput y = n", "SG0307", "no value is called `lif` here", "known here are `x`"),
]


@pytest.mark.parametrize(("body", "code", "summary", "help"), WRONG, ids=[w[2] + w[0][-9:] for w in WRONG])
def test_every_error_is_reported_once(small, body, code, summary, help):
    assert [(c, s, h) for c, _, s, h in small(net(body, layer())).complaints()] == [(code, summary, help)]


def test_errors_are_inside_the_block_with_a_note_of_the_use(small):
    body = "block outer(a) { weights = own\nreturn a -> layer(out = 0) }\n\noutput y = x -> outer -> pool"
    made = small(net(body, layer()))
    (found,) = Program.read(made.path).check()
    expected = ("SG0304", line(made, "c = x"), "`out = out` of `conv` is 0, but must be at least 1")
    assert (found.code, found.span.line, found.summary) == expected
    assert [(label.span.line, label.text) for label in found.labels] == [
        (line(made, "return a -> layer"), "block `layer` is used here"),
        (line(made, "output y"), "block `outer` is used here"),
    ]


def test_shapes_that_disagree_inside_a_block_show_the_use(small):
    body = "block sum(a, b) { return add(a, b) }\na = x -> conv(1, out = 4)\noutput y = sum(x, a) -> pool"
    made = small(net(body))
    (found,) = Program.read(made.path).check()
    assert (found.code, found.span.line) == ("SG0302", line(made, "block sum"))
    assert [label.text for label in found.labels][-1] == "block `sum` is used here"


def test_limits_hold(small, monkeypatch):
    monkeypatch.setattr("spikegraph.elaborate.network.MOST_NODES", 200)
    found = small(net("output y = x -> repeat(layer(out = 3), 1000000000) -> pool", layer())).complaints()
    assert [(c[0], c[2]) for c in found] == [("SG0218", "the network is too large")]
    bare = "block same(a) { return a }\noutput y = x -> repeat(same, 1000000000) -> pool"
    assert [c[0] for c in small(net(bare)).complaints()] == ["SG0218"]
    deep = "".join(f"block b{i}(a) {{ weights = own\nreturn a -> repeat(b{i - 1}, 2) }}\n" for i in range(1, 12))
    deep = "block b0(a) { weights = own\nreturn a -> relu }\n" + deep + "output y = x -> b11 -> pool"
    assert [c[0] for c in small(net(deep)).complaints()] == ["SG0218"]


def test_top_level_blocks_see_their_own_params_alone(small):
    before = "block f(a) { return a -> conv(1, out = W) }\n"
    made = small(net("output y = x -> f -> pool", before))
    assert made.complaints() == [("SG0307", line(made, "block f"), "no number is called `W` here", "declare it with `param`")]


def test_recursion_is_an_error(small):
    before = "block f(a) { return a -> g }\nblock g(a) { return a -> f }\n"
    assert [(c[0], c[2]) for c in small(net("output y = x -> f", before)).complaints()] == [
        ("SG0311", "block `f` is recursive")
    ]


def test_a_broken_block_is_reported_once(small):
    before = "block f(a) { b = }\n"
    assert [c[0] for c in small(net("output y = x -> f -> pool", before)).complaints()] == ["SG0106"]
    assert [c[0] for c in small(net("output y = x -> f -> pool", "block f(a) { b = a }\n")).complaints()] == ["SG0220"]
