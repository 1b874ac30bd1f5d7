"""The sizes of LEAStereo and Auto-DeepLab as decoded, counted by hand, and the candidates of their supernets."""

import math

import pytest

from spikegraph.analysis.layers import roles
from spikegraph.program.program import Program

from .peers import ZOO


def decoded(system):
    program = Program.read(ZOO / f"{system}.sdhs", genotype=ZOO / "genotypes" / f"{system}.sdhs")
    assert list(program.check()) == []
    return sum(roles(program.build("retrain").plain).values())


def conv(volume: int, source: int, target: int) -> int:
    """A convolution without bias, and a norm of two numbers for each channel."""
    return volume * source * target + 2 * target


def cells(path, nodes, channels, edges):
    """Cells on a path: both inputs are brought to the channels of a node, then `edges(channels)`."""
    total, before = 0, [channels * nodes, channels * nodes]
    for level in path:
        width = channels * 2**level
        total += sum(conv(1, source, width) for source in before) + edges(width)
        before = [before[1], width * nodes]
    return total


def test_leastereo():
    """The paper's cells have six edges; one of the feature net is a skip. Convolutions of `restore` have a bias too."""
    c = 24
    feature = conv(9, 3, c // 2) + conv(9, c // 2, c) + conv(9, c, c)
    feature += cells([1, 0, 1, 0, 0, 0], 3, 8, lambda w: 5 * conv(9, w, w)) + conv(1, c, c) + c
    matching = conv(27, 2 * c, c) + conv(27, c, c)
    matching += cells([1, 1, 2, 2, 1, 2, 2, 2, 1, 1, 0, 1], 3, 8, lambda w: 6 * conv(27, w, w))
    matching += conv(1, 2 * c, c) + c + 27 * c
    assert decoded("leastereo") == feature + matching


def test_the_authors_leastereo_has_the_published_size():
    """With cells that give their input too, two connections and all layers that their code makes, used or not: 1.81 M."""
    c = 32
    feature = conv(9, 3, c // 2) + conv(9, c // 2, c) + conv(9, c, c)
    feature += cells([1, 0, 1, 0, 0, 0], 4, 8, lambda w: 5 * conv(9, w, w))
    feature += conv(1, c, c) + conv(1, 2 * c, c) + conv(1, 4 * c, 2 * c) + conv(1, 8 * c, 4 * c)
    matching = conv(27, 2 * c, c) + conv(27, c, c)
    matching += cells([1, 1, 2, 2, 1, 2, 2, 2, 1, 1, 0, 1], 4, 8, lambda w: 6 * conv(27, w, w))
    matching += conv(27, c, 1) + conv(1, 2 * c, c) + conv(1, 4 * c, 2 * c) + conv(1, 8 * c, 4 * c)
    assert round((feature + matching + 2 * conv(27, 4 * c, 2 * c)) / 1e6, 2) == 1.81


def test_autodeeplab():
    """Ten edges: four separable convolutions of 3, three of 5, each twice; one dense one of 3 with holes and two of 5."""

    def edges(w: int) -> int:
        separable = 4 * 2 * (9 * w + conv(1, w, w)) + 3 * 2 * (25 * w + conv(1, w, w))
        return separable + conv(9, w, w) + 2 * conv(25, w, w)

    f, classes = 8, 19
    stem = conv(9, 3, 5 * f // 2) + conv(9, 5 * f // 2, 5 * f // 2) + conv(9, 5 * f // 2, 5 * f)
    body = cells([0, 0, 0, 1, 2, 1, 2, 2, 3, 3, 2, 1], 5, f, edges)
    restored = conv(1, 10 * f, 5 * f) + 5 * f
    heads = 2 * conv(1, 5 * f, 5 * f) + conv(9, 5 * f, 5 * f) + conv(1, 15 * f, 5 * f) + 5 * f * classes + classes
    assert decoded("autodeeplab") == stem + body + restored + heads


@pytest.mark.parametrize(
    ("system", "cell", "nodes", "candidates"),
    [("leastereo", "feature", 3, 2), pytest.param("autodeeplab", "block", 5, 8, marks=pytest.mark.long)],
)
def test_the_spaces(system, cell, nodes, candidates):
    """Each node has an edge from both inputs and every earlier node, each with all candidates."""
    graph = Program.read(ZOO / f"{system}.sdhs").build("search").plain
    shapes = [
        p.shape for node in graph for name, p in node.op.architecture(*node.operand_values).items() if name == f"{cell}.alpha"
    ]
    assert max(s[0] for s in shapes) == sum(2 + i for i in range(nodes)) == math.comb(nodes + 2, 2) - 1
    assert {s[1] for s in shapes} == {candidates}
