"""The size of a network is counted before anything is made, in time in proportion to its text, and never too high."""

import random
from pathlib import Path

import pytest

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.resolve import resolve
from spikegraph.elaborate.build import elaborate
from spikegraph.elaborate.network import NetworkBuilder
from spikegraph.ir.graph import Graph
from spikegraph.program.program import Program

from ..sampled import sampled

HEAD = "sdhs 1\nneuron lif { }\nblock b0(x) {\n  weights = own\n  return x -> conv(1, out = 2)\n}\n"
NET = "network net {{\n  input s : spike[2, 4, 4]\n  output y = s -> {}\n}}\n"

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.sdhs"))
SPECS += sorted((Path(__file__).parents[2] / "specs" / "zoo").glob("*.sdhs"))


def block(name: str, stages: str, params: str = "") -> str:
    return f"block {name}(x) {{\n  weights = own\n{params}  return x -> {stages}\n}}\n"


def doubling(levels: int) -> str:
    """`levels` blocks of two uses of the one before: 2 to the power of `levels` convolutions."""
    return HEAD + "".join(block(f"b{i}", f"b{i - 1} -> b{i - 1}") for i in range(1, levels + 1)) + NET.format(f"b{levels}")


def repeating(levels: int, times: int = 1000) -> str:
    inner = "".join(block(f"b{i}", f"repeat(b{i - 1}, {times})") for i in range(1, levels))
    return HEAD + inner + NET.format(f"repeat(b{levels - 1}, {times})")


def of_params(levels: int) -> str:
    """Doubling blocks in which each use has another param, on which the number of repetitions depends."""
    blocks = block("c0", "repeat(b0, n)", "  param n = 1\n")
    for i in range(1, levels + 1):
        blocks += block(f"c{i}", f"c{i - 1}(n = 2 * n) -> c{i - 1}(n = 2 * n + 1)", "  param n = 1\n")
    return HEAD + blocks + NET.format(f"c{levels}")


@pytest.fixture
def made(monkeypatch):
    """How many nodes were made."""
    count = [0]
    add = Graph.add

    def counted(self, *arguments):
        count[0] += 1
        return add(self, *arguments)

    monkeypatch.setattr(Graph, "add", counted)
    return count


def told(path: Path, text: str) -> list[tuple[str, str]]:
    path.write_text(text)
    return [(d.code, d.summary) for d in Program.read(path).check()]


@pytest.mark.parametrize("text", [doubling(28), doubling(31), repeating(5), repeating(2, 10**6), of_params(20)])
def test_what_is_too_large_is_refused_before_anything_is_made(text, tmp_path, made):
    assert told(tmp_path / "net.sdhs", text) == [("SG0218", "the network is too large")]
    assert made == [0]


@pytest.mark.parametrize(("text", "nodes"), [(doubling(6), 64), (repeating(2, 8), 64), (of_params(3), sum(range(8, 16)))])
def test_what_is_within_the_limits_is_made(text, nodes, tmp_path):
    path = tmp_path / "net.sdhs"
    assert told(path, text) == []
    graph = Program.read(path).space("retrain")
    assert len(graph) == nodes + 1


def uses_and_nodes(path: Path, network: str) -> tuple[int, int]:
    """What the elaboration makes, with the default of each param."""
    builders = list[NetworkBuilder]()
    build = NetworkBuilder.build

    def kept(self, wires=()):
        builders.append(self)
        return build(self, wires)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(NetworkBuilder, "build", kept)
        made = elaborate(resolve(path).spec, network, {}, Diagnostics())
    assert made is not None
    return builders[-1].uses, len(made.graph)


def smallest_limit(path: Path, network: str, most: int) -> int:
    """The smallest limit at which the count doesn't refuse a network, by bisection."""
    low, high = 0, most
    spec = resolve(path).spec
    with pytest.MonkeyPatch.context() as patched:
        while low < high:
            middle = (low + high) // 2
            patched.setattr("spikegraph.elaborate.size.MOST_NODES", middle)
            found = Diagnostics()
            patched.setattr("spikegraph.elaborate.build.TypedNetworkBuilder", _Never)
            try:
                elaborate(spec, network, {}, found)
            except _MadeError:
                high = middle
            else:
                low = middle + 1
    return low


class _MadeError(Exception):
    pass


class _Never:
    def __init__(self, *_: object) -> None:
        raise _MadeError


@pytest.mark.parametrize("path", sampled(SPECS, 25), ids=lambda path: path.stem)
def test_the_count_of_a_bundled_network_is_never_too_high(path):
    for name in resolve(path).spec.networks:
        uses, nodes = uses_and_nodes(path, name)
        assert smallest_limit(path, name, max(uses, nodes) + 1) <= max(uses, nodes)


def test_the_count_of_random_blocks_is_exact(tmp_path):
    """Networks of convolutions, neurons, sums, choices and blocks of these, nested and repeated at random."""
    draw = random.Random(0)
    for number in range(40):
        text, blocks = HEAD, draw.randint(2, 6)
        for i in range(1, blocks):
            stages = " -> ".join(stage(draw, i) for _ in range(draw.randint(1, 3)))
            text += block(f"b{i}", stages, f"  param n = {draw.randint(1, 3)}\n")
        text += NET.format(" -> ".join(stage(draw, blocks) for _ in range(2)).replace("(n, ", "(2, ").replace(", n)", ", 2)"))
        path = tmp_path / f"net{number}.sdhs"
        path.write_text(text)
        uses, nodes = uses_and_nodes(path, "net")
        assert smallest_limit(path, "net", max(uses, nodes) + 1) == max(uses, nodes - 1), text


def stage(draw: random.Random, below: int) -> str:
    used = f"b{draw.randrange(below)}"
    return draw.choice(
        [
            "conv(1, out = 2)",
            "lif",
            used,
            f"repeat({used}, {draw.randint(1, 3)})",
            f"repeat({used}, n)",
            f"choose(one = conv(3, out = 2) -> {used}, two = conv(1, out = 2))",
            "norm",
        ]
    )
