"""Genotypes of the authors' SpikeDHS code: rows, lists, and its sorting of columns."""

import io

import numpy as np
import pytest

from spikegraph.dsl.resolve import resolve
from spikegraph.genotype.from_spikedhs import read_spikedhs, tables_of_array, tables_of_text
from spikegraph.genotype.imported import Imported, genotype_file

README = """\
network_path_fea = [0,0,1,1,1,2,2,2]
cell_arch_fea = [[1, 1],
                 [0, 1],
                 [3, 2],
                 [2, 1],
                 [7, 1],
                 [8, 1]]
"""

FEATURE = """\
# Imported.
sdhs 1

genotype feature {
  n0 = c3(prev2) + c3(prev)
  n1 = c3(prev2) + c5(prev)
  n2 = c3(n0)    + c3(n1)
}
"""

SPEC = """\
sdhs 1

neuron lif { }
candidates both {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
cell feature { nodes = 3 candidates = both neuron = lif }
trellis feature_path { cell = feature layers = 2 }
"""


def finished(found, target=None):
    return genotype_file(found, {}, "Imported.", target), [(d.span.start, d.summary) for d in found.diagnostics]


def from_text(text, *cells, target=None, **others):
    found = Imported()
    read_spikedhs(found, tables_of_text(found, found.source("g.txt", text), "g"), cells, **others)
    return finished(found, target)


def from_array(values, stem="feature_genotype", **others):
    data = io.BytesIO()
    np.save(data, values)
    found = Imported()
    read_spikedhs(found, tables_of_array(found, "g.npy", stem, data.getvalue()), **others)
    return finished(found)


def test_the_published_lists():
    assert from_text(README) == (FEATURE + "\npath feature_path = [0, 0, 1, 1, 1, 2, 2, 2]\n", [])


def test_the_published_arrays():
    rows = np.array([[1, 1], [0, 1], [3, 2], [2, 1], [7, 1], [8, 1]])
    for kind in (np.int64, np.uint8, np.float64):
        assert from_array(rows.astype(kind)) == (FEATURE, [])
    path = from_array(np.array([1, 2, 2, 1]), "matching_network_path")
    assert path == ("# Imported.\nsdhs 1\npath matching_path = [1, 2, 2, 1]\n", [])


def test_columns_that_are_sorted_pair_edges_with_other_candidates():
    text, errors = from_text(README, "normal", "reduction", column_sort=True)
    assert errors == []
    body = "{\n  n0 = c3(prev2) + c3(prev)\n  n1 = c3(prev2) + c3(prev)\n  n2 = c3(n0)    + c5(n1)\n}\n"
    assert text == f"# Imported.\nsdhs 1\n\ngenotype normal {body}\ngenotype reduction {body}"


def test_rows_in_the_order_of_edges_and_candidates_stay_as_they_are_when_sorted():
    rows = np.array([[0, 0], [1, 0], [2, 1], [3, 1], [5, 1], [8, 2]])
    assert from_array(rows, column_sort=True) == from_array(rows)


def test_lists_around_and_names():
    text = "arch = np.array([(0, 1), (1, 0)])"
    assert from_text(text, "tiny") == ("# Imported.\nsdhs 1\n\ngenotype tiny {\n  n0 = c3(prev2) + skip(prev)\n}\n", [])
    assert from_text("[1, 0]", paths=["walk"])[0].endswith("path walk = [1, 0]\n")


def test_each_of_several_lists_has_a_name():
    lists = "a = [[0, 1], [1, 1]]\nb = [[0, 2], [1, 0]]\nc = [0, 1]\nd = [1, 0]\n"
    cells = "genotype x {\n  n0 = c3(prev2) + c3(prev)\n}\n\ngenotype y {\n  n0 = c5(prev2) + skip(prev)\n}\n"
    written = f"# Imported.\nsdhs 1\n\n{cells}\npath p = [0, 1]\npath q = [1, 0]\n"
    assert from_text(lists, "x", "y", paths=["p", "q"]) == (written, [])
    assert from_text(lists, "x", paths=["p", "q", "r"])[1] == [
        ("g.txt:2:5", "there are 2 lists for `--cell`, but 1 name"),
        ("g.txt:4:5", "there are 2 lists for `--path`, but 3 names"),
    ]
    assert from_text(lists, "x", "x", paths=["p", "p"])[1] == [
        ("g.txt:2:5", "the genotype of `x` is there twice"),
        ("g.txt:4:5", "the path of `p` is there twice"),
    ]
    assert from_text(README + README.partition("\n")[2])[1] == [("g.txt:8:17", "the genotype of `feature` is there twice")]


def test_levels_beside_named_cells_are_left_out_with_a_notice():
    found = Imported()
    read_spikedhs(found, tables_of_text(found, found.source("g.txt", README), "g"), ["normal"])
    assert found.notes == ["ignored the levels `network_path_fea`; use `--path` to name their trellis"]
    assert found.paths == []


@pytest.mark.parametrize(
    ("text", "place", "summary"),
    [
        ("[[0, 1], [1, 1]]", "1:1", "the cell of the rows `g` is not known"),
        ("[1, 0]", "1:1", "the trellis of the levels `g` is not known"),
        ("", "1:1", "the text has no list"),
        ("import os", "1:1", "expected a list, such as `NAME = [[0, 1], [1, 1]]`"),
        ("open('x')", "1:1", "expected a list of rows [edge, candidate] or of levels"),
        ("cell_arch_fea = [[0, 1],\n [1, x]]", "2:2", "expected whole numbers"),
        (
            "cell_arch_fea = [[0, 1], [1, 1, 1]]",
            "1:17",
            "`cell_arch_fea` has neither rows [edge, candidate] nor a list of levels",
        ),
        ("cell_arch_fea = [[0, 1], [1, 1], [2, 1]]", "1:17", "`cell_arch_fea` has 3 edges, but each node needs 2"),
        ("cell_arch_fea = [[0, 1],\n [9, 1]]", "2:2", "a cell of 1 nodes has the edges 0 to 1, not 9"),
        ("cell_arch_fea = [[0, 1],\n [1, 3]]", "2:2", "candidate 3 does not exist"),
        ("cell_arch_fea = [[0, 1],\n [0, 2]]", "2:2", "edge 0 is listed twice"),
        (
            "cell_arch_fea = [[0, 1], [2, 1], [3, 1], [4, 1]]",
            "1:17",
            "node 0 of `cell_arch_fea` has 1 edges, but each node needs 2",
        ),
        ("network_path_fea = [0, 2]", "1:24", "the path jumps from level 0 to level 2"),
        ("network_path_fea = [0, -1]", "1:24", "there is no level -1"),
        ("cell_arch_fea = [[0, 1], [", "1:26", "not valid Python: '[' was never closed"),
    ],
)
def test_what_does_not_fit(text, place, summary):
    assert from_text(text)[1] == [(f"g.txt:{place}", summary)]


@pytest.mark.parametrize(
    ("values", "place", "summary"),
    [
        (np.zeros((2, 2, 2)), "1:1", "expected whole numbers [edges, 2] or [layers], found float64 [2, 2, 2]"),
        (np.array([[0.0, 0.5], [1, 1]]), "1:1", "expected only whole numbers"),
        (np.array([[0, 1], [1, 7]]), "2:1", "candidate 7 does not exist"),
        (np.array(["a"]), "1:1", "expected whole numbers [edges, 2] or [layers], found <U1 [1]"),
    ],
)
def test_arrays_that_do_not_fit(values, place, summary):
    assert from_array(values)[1] == [(f"g.npy:{place}", summary)]


def test_objects_are_never_unpickled():
    (error,) = from_array(np.array([{"a": 1}], dtype=object))[1]
    assert error[0] == "g.npy:1:1" and error[1] == "not an array of numbers: it has objects, which would run code"


def test_a_spec_that_it_has_to_fit(tmp_path):
    path = tmp_path / "spec.sdhs"
    path.write_text(SPEC)
    resolved = resolve(path)
    assert not resolved.diagnostics.has_errors
    assert from_text(README, target=resolved.spec)[1] == [
        ("g.txt:1:20", "the path has 8 levels, but trellis `feature_path` has 2 layers"),
        ("g.txt:4:18", "`c5` is not a candidate of cell `feature`"),
    ]
    assert from_text("[[0, 1], [1, 1]]", "other", target=resolved.spec)[1] == [("g.txt:1:1", "no cell is called `other`")]
    assert from_text("[0, 1]", paths=["walk"], target=resolved.spec)[1] == [("g.txt:1:1", "no trellis is called `walk`")]
    sound = "cell_arch_fea = [[0, 1], [1, 0], [2, 1], [3, 0], [5, 1], [6, 1]]\nnetwork_path_fea = [1, 1]"
    assert from_text(sound, target=resolved.spec)[1] == []
