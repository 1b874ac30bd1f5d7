"""`previous`: the types of values that are used before they are made, in networks, blocks and chains."""

from pathlib import Path

import pytest

from spikegraph.dsl.diagnostics import SpecError
from spikegraph.program.program import Program

HEAD = "sdhs 1\nneuron lif {}\n"


@pytest.fixture
def graph(tmp_path):
    """The graph of a network's statements."""

    def build(statements, more=""):
        path = tmp_path / "net.sdhs"
        path.write_text(f"{HEAD}{more}network net {{\n  input x : spike[4, 8, 6]\n{statements}\n}}\n", encoding="utf-8")
        return Program.read(Path(path)).build("retrain").space

    return build


def carried(graph):
    return {name: (source, str(graph.node(name).value)) for name, source in graph.carried.items()}


def test_the_type_is_that_of_the_source(graph):
    made = graph("  a = add(x -> conv(3, out = 16), previous(a) -> conv(3, out = 16)) -> lif\n  output y = a")
    assert carried(made) == {"a.add.previous": ("a", "spike[16, 8, 6]")}
    assert str(made.node("a.add").value) == "real[16, 8, 6]"


@pytest.mark.parametrize(
    ("statements", "wanted"),
    [
        # Through another neuron, with a stride between them.
        (
            "  a = add(x -> conv(3, out = 5), previous(b) -> resize(x) -> conv(1, out = 5)) -> lif\n"
            "  b = a -> conv(3, out = 7, stride = 2) -> lif\n  output y = b",
            {"a.add.previous": "spike[7, 4, 3]"},
        ),
        # The channels of a concatenation depend on the value itself.
        ("  a = concat(x, previous(a)) -> conv(3, out = 9) -> lif\n  output y = a", {"a.concat.previous": "spike[9, 8, 6]"}),
        # Real values may be summed, counts are widened.
        ("  a = add(x -> conv(1, out = 4), previous(a))\n  output y = a", {"a.previous": "real[4, 8, 6]"}),
        (
            "  a = add(x, previous(b), previous(b))\n  b = a -> lif\n  output y = a",
            {"a.previous": "spike[4, 8, 6]", "a.previous2": "spike[4, 8, 6]"},
        ),
        ("  a = add(x, previous(c))\n  b = a -> lif\n  c = add(b, x, x)\n  output y = a", {"a.previous": "count(3)[4, 8, 6]"}),
        # A value of its own.
        ("  b = previous(a)\n  a = add(x, b) -> lif\n  output y = a", {"b": "spike[4, 8, 6]"}),
        # Without a loop.
        ("  a = add(x, previous(x))\n  output y = a", {"a.previous": "spike[4, 8, 6]"}),
        # Two loops, one within the other.
        (
            "  a = add(x, previous(b)) -> lif\n  b = add(a, previous(b), previous(c)) -> lif\n"
            "  c = b -> conv(3, out = 4) -> lif\n  output y = c",
            {"a.add.previous": "spike[4, 8, 6]", "b.add.previous": "spike[4, 8, 6]", "b.add.previous2": "spike[4, 8, 6]"},
        ),
        # Of an operand that gives the size alone, the channels don't follow.
        (
            "  a = add(x -> conv(3, out = 5), resize(previous(b), like = x)) -> lif\n"
            "  b = a -> conv(3, out = 5, stride = 2) -> lif\n  output y = b",
            {"a.add.resize.previous": "spike[5, 4, 3]"},
        ),
        # By spikes nothing is divided.
        ("  a = div(x, previous(b))\n  b = a -> conv(1, out = 4) -> exp\n  output y = a", {"a.previous": "real[4, 8, 6]"}),
        # What an operation behind a wrong guess refuses, here a count of two spikes.
        ("  a = add(x, previous(b))\n  b = iand(a, x) -> conv(1, out = 4)\n  output y = a", {"a.previous": "real[4, 8, 6]"}),
    ],
)
def test_types_that_follow(graph, statements, wanted):
    made = graph(statements)
    assert {name: str(made.node(name).value) for name in made.carried} == wanted
    assert all(made.node(name).value == made.node(source).value for name, source in made.carried.items())


def test_each_use_of_a_block_has_a_loop_of_its_own(graph):
    made = graph(
        "  block cell(v) {\n    h = add(v, previous(h) -> conv(3, out = 4)) -> lif\n    return h\n  }\n"
        "  a = cell(x)\n  b = cell(a)\n  output y = b"
    )
    assert {name: source for name, (source, _) in carried(made).items()} == {
        "cell@x.h.add.previous": "cell@x.h",
        "cell@a.h.add.previous": "cell@a.h",
    }
    assert {made.node(name).weights for name in made.carried} == {"cell.h.add.previous"}


def test_a_block_may_take_and_return_values_of_the_step_before(graph):
    made = graph(
        "  block delayed(v) {\n    return previous(v)\n  }\n"
        "  a = add(x, delayed(x), previous(b)) -> lif\n  b = a -> conv(3, out = 4) -> lif\n  output y = a"
    )
    assert set(made.carried.values()) == {"x", "b"}


def test_the_cells_of_a_chain(graph):
    more = (
        "candidates ops { c3 = conv(3) -> norm -> lif }\n"
        "cell small { nodes = 2  candidates = ops  neuron = lif }\n"
        "genotype small { n0 = c3(prev2) + c3(prev)  n1 = c3(n0) + c3(prev) }\n"
    )
    made = graph(
        "  s = concat(x, previous(c[0]))\n  c = s -> chain([small, small], width = 3)\n  output y = add(c, previous(c))", more
    )
    assert carried(made) == {"s.previous": ("c[0]", "spike[6, 8, 6]"), "y.previous": ("c[1]", "spike[6, 8, 6]")}


def test_a_type_goes_through_a_loop_of_many_values(graph):
    later = "".join(f"  y{i} = previous(y{i + 1}) -> conv(1, out = 4) -> lif\n" for i in range(1, 12))
    made = graph(f"{later}  y12 = add(x, previous(y1)) -> lif\n  output y = y1")
    assert {value for _, value in carried(made).values()} == {"spike[4, 8, 6]"} and len(made.carried) == 12


def test_an_image_that_is_the_same_at_every_step(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(
        f"{HEAD}network net {{\n  input x : real[3, 8, 6]\n  time = 4\n"
        "  a = add(x -> conv(3, out = 4), previous(a) -> conv(3, out = 4)) -> lif\n  output y = a\n}\n"
    )
    made = Program.read(path).build("retrain").space
    assert not made.node("a.add.conv").value.steps and made.node("a.add.previous").value.steps


def test_other_errors_of_a_loop_come_first(graph):
    with pytest.raises(SpecError) as caught:
        graph("  a = previous(a) -> conv(3, outs = 4) -> lif\n  output y = add(x -> conv(3, outs = 4), a)")
    assert [(d.code, d.span.line) for d in caught.value.diagnostics] == [("SG0308", 5), ("SG0308", 6)]


def test_stems_that_become_relu_change_the_type_of_the_loop(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(
        f"{HEAD}network net {{\n  input x : real[3, 8, 6]\n  a = concat(x, previous(a)) -> stem(3, out = 4)\n"
        "  output y = a\n}\n"
    )
    made = Program.read(path).build("retrain", "convert-stems{to=relu},expand-layers").plain
    assert {str(made.node(name).value) for name in made.carried} == {"real[4, 8, 6]"}
