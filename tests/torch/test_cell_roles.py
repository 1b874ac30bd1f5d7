"""Cells of other search spaces compute what their papers say: NAS-Bench-201's with ReLU, and one as in DARTS."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, batch_norm, conv2d

from spikegraph.plugins.targets import lower
from spikegraph.program.program import Program

BENCH = """sdhs 1
neuron lif { }
candidates five {
  zero = zero
  skip = identity
  c1   = relu -> conv(1, bias = false) -> norm
  c3   = relu -> conv(3, bias = false) -> norm
  avg  = pool(avg, kernel = 3, stride = 1)
}
cell bench { inputs = [prev]  nodes = 3  candidates = five  neuron = none  keep = all  output = last }
network net {
  input x : real[4, 7, 6]
  output y = x -> chain([bench], width = 4)
}
"""
GENOTYPES = (
    "n0 = c3(prev)  n1 = avg(prev) + skip(n0)  n2 = zero(prev) + c1(n0) + skip(n1)",
    "n0 = zero(prev)  n1 = c3(prev) + c3(n0)  n2 = skip(prev) + avg(n0) + avg(n1)",
    "n0 = zero(prev)  n1 = zero(prev) + zero(n0)  n2 = zero(prev) + zero(n0) + zero(n1)",
)


def model(path: Path, text: str, phase: str = "retrain"):
    path.write_text(text)
    return lower(Program.read(path).checked().build(phase).graph, "torch").double().eval()


def normed(state: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    of = [state[f"{name}.{k}"] for k in ("running_mean", "running_var", "weight", "bias")]
    return batch_norm(x, *of)


def operation(state: dict[str, Tensor], place: str, name: str, x: Tensor) -> Tensor:
    """An operation of the bench, as its authors define it."""
    match name:
        case "zero":
            return torch.zeros_like(x)
        case "skip":
            return x
        case "avg":
            return avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        case _:
            kernel = int(name[1])
            convolved = conv2d(x.relu(), state[f"{place}.{name}.conv.weight"], padding=kernel // 2)
            return normed(state, f"{place}.{name}.norm", convolved)


def terms(genotype: str) -> list[list[tuple[str, str]]]:
    """For each node its operations with their sources."""
    nodes = [part.partition("=")[2] for part in genotype.split("  ")]
    return [[(t.strip().partition("(")[0], t.strip().partition("(")[2].rstrip(")")) for t in n.split("+")] for n in nodes]


@pytest.fixture
def inputs() -> Tensor:
    return torch.randn(2, 3, 4, 7, 6, dtype=torch.float64)


@pytest.mark.parametrize("genotype", GENOTYPES)
def test_a_cell_of_the_bench(genotype: str, inputs: Tensor, tmp_path: Path):
    made = model(tmp_path / "net.sdhs", BENCH + f"genotype bench {{ {genotype} }}\n")
    state = made.state_dict()
    values = {"prev": inputs.flatten(0, 1)}
    for number, edges in enumerate(terms(genotype)):
        parts = [operation(state, f"y[0].n{number}.{source}", op, values[source]) for op, source in edges]
        values[f"n{number}"] = torch.stack(parts).sum(0)
    torch.testing.assert_close(made(inputs).flatten(0, 1), values["n2"], rtol=1e-12, atol=1e-12)


def test_an_edge_that_gives_nothing_is_gone(tmp_path: Path):
    (tmp_path / "net.sdhs").write_text(BENCH + f"genotype bench {{ {GENOTYPES[0]} }}\n")
    graph = Program.read(tmp_path / "net.sdhs").checked().build("retrain").plain
    assert not any(node.op.traits.silent for node in graph)
    assert [n.name for n in graph if n.name.startswith("y[0].n2")] == [
        "y[0].n2.n0.c1.relu",
        "y[0].n2.n0.c1.conv",
        "y[0].n2.n0.c1.norm",
        "y[0].n2",
    ]


def test_the_open_cell_is_the_mixture_by_hand(inputs: Tensor, tmp_path: Path):
    made = model(tmp_path / "net.sdhs", BENCH, "search")
    alpha = made.architecture["bench.alpha"]
    with torch.no_grad():
        alpha.normal_()
    state, shares = made.state_dict(), alpha.detach().softmax(1)
    values, row = {"prev": inputs.flatten(0, 1)}, 0
    for node in range(3):
        total = torch.zeros_like(values["prev"])
        for source in ("prev", "n0", "n1")[: node + 1]:
            for k, name in enumerate(("zero", "skip", "c1", "c3", "avg")):
                total = total + shares[row, k] * operation(state, f"y[0].n{node}.{source}", name, values[source])
            row += 1
        values[f"n{node}"] = total
    torch.testing.assert_close(made(inputs).flatten(0, 1), values["n2"], rtol=1e-12, atol=1e-12)


DARTS = """sdhs 1
neuron lif {{ }}
candidates some {{
  max  = pool(max, kernel = 3, stride = 1)
  two  = relu -> conv(3) -> norm -> relu -> conv(1) -> norm
  skip = identity
}}
cell reduce {{
  nodes = 1  candidates = some  neuron = none  stride = 2  preprocess = relu -> conv(1, bias = false) -> norm
}}
network net {{
  input x : real[6, 9, 7]
  output y = x -> chain([reduce], width = 2)
}}
genotype reduce {{ n0 = {first}(prev2) + {second}(prev) }}
"""


@pytest.mark.parametrize(("first", "second"), [("max", "two"), ("two", "max")])
def test_inputs_are_preprocessed_and_the_edges_reduce(first: str, second: str, tmp_path: Path):
    x = torch.randn(2, 1, 6, 9, 7, dtype=torch.float64)
    made = model(tmp_path / "net.sdhs", DARTS.format(first=first, second=second))
    state = made.state_dict()

    def two(place: str, value: Tensor) -> Tensor:
        for k, (kernel, stride) in enumerate(((3, 2), (1, 1))):
            number = "" if k == 0 else "2"
            weight, bias = (state[f"{place}.two.conv{number}.{t}"] for t in ("weight", "bias"))
            value = conv2d(value.relu(), weight, bias, stride=stride, padding=kernel // 2)
            value = normed(state, f"{place}.two.norm{number}", value)
        return value

    def largest(_: str, value: Tensor) -> Tensor:
        return torch.nn.functional.max_pool2d(value, 3, 2, 1)

    total: Tensor | None = None
    how: dict[str, Callable[[str, Tensor], Tensor]] = {"max": largest, "two": two}
    for source, name in (("prev2", first), ("prev", second)):
        before = conv2d(x.flatten(0, 1).relu(), state[f"y[0].{source}.conv.weight"])
        part = how[name](f"y[0].n0.{source}", normed(state, f"y[0].{source}", before))
        total = part if total is None else total + part
    assert total is not None and total.shape[1:] == (4, 5, 4)
    torch.testing.assert_close(made(x).flatten(0, 1), total, rtol=1e-12, atol=1e-12)


def test_step_by_step_is_the_whole_sequence(tmp_path: Path):
    text = BENCH.replace("relu ->", "lif ->") + f"genotype bench {{ {GENOTYPES[0]} }}\n"
    made = model(tmp_path / "net.sdhs", text)
    x = torch.randn(5, 2, 4, 7, 6, dtype=torch.float64)
    whole, state, steps = made(x), None, []
    for t in range(5):
        values, state = made.run({"x": x[t : t + 1]}, state)
        steps.append(values[made.graph.outputs["y"]])
    torch.testing.assert_close(torch.cat(steps), whole, rtol=1e-12, atol=1e-12)
