"""Names of nested calls: each operation has its own, and weights are shared only where a spec says so."""

import pytest

from spikegraph.program.program import Program

HEAD = "sdhs 1\nneuron lif { decay = 0.5 }\nnetwork net {\n  input v : real[2, 4]\n"


def graph(body):
    return Program.of_text(f"{HEAD}{body}\n}}", "net.sdhs").checked().space("search")


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("lif(lif(v))", ["y.lif", "y"]),
        ("lif(lif(lif(v))) -> norm", ["y.lif", "y.lif2", "y.lif3", "y"]),
        ("lif(norm(v)) -> norm", ["y.norm", "y.lif", "y"]),
        (
            "choose(choose(v, a = norm, b = relu), c = norm, d = identity)",
            ["y.choose.a", "y.choose.b", "y.choose", "y.c", "y.d", "y"],
        ),
    ],
)
def test_calls_of_one_name_inside_of_each_other(value, names):
    assert [node.name for node in graph(f"  output y = {value}")][1:] == names


def test_an_operand_shares_no_weights_with_the_block_that_takes_it():
    blocks = "  block part(x) { weights = shared  return x -> norm }\n"
    blocks += "  block outer(x) { weights = own  return part(lif(norm(x))) }\n"
    weights = [node.weights for node in graph(f"{blocks}  output y = v -> outer") if node.op.name == "norm"]
    assert weights == ["y.part_value.norm", "y.part.norm"]
