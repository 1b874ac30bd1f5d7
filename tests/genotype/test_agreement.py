"""Comparison of several architectures: votes, consensus, distances."""

import pytest

from spikegraph.genotype.agreement import agree, consensus, distance
from spikegraph.genotype.architecture import Architecture
from spikegraph.genotype.comparison_json import agreement_data
from spikegraph.genotype.comparison_text import agreement_text, consensus_text


def seed(name, n0, n1, path):
    return Architecture(name, {"cell": {"n0": n0, "n1": n1}}, {"way": path})


ONE = seed("one", {"prev2": "c3", "prev": "c3"}, {"prev": "c5", "n0": "c3"}, (1, 2, 1))
TWO = seed("two", {"prev2": "c3", "prev": "c5"}, {"prev2": "c5", "n0": "c3"}, (1, 1, 1))
THREE = seed("three", {"prev2": "c3", "prev": "c5"}, {"prev": "c5", "n0": "skip"}, (1, 1, 0))


def test_votes():
    found = agree([ONE, TWO, THREE])
    counts = {(v.node, str(v.kept)): v.of for v in found.votes}
    assert counts == {
        ("n0", "c3(prev2)"): (0, 1, 2),
        ("n0", "c5(prev)"): (1, 2),
        ("n0", "c3(prev)"): (0,),
        ("n1", "c5(prev)"): (0, 2),
        ("n1", "c3(n0)"): (0, 1),
        ("n1", "c5(prev2)"): (1,),
        ("n1", "skip(n0)"): (2,),
    }
    assert [(v.layer, v.level, v.of) for v in found.levels] == [
        (0, 1, (0, 1, 2)),
        (1, 1, (1, 2)),
        (1, 2, (0,)),
        (2, 1, (0, 1)),
        (2, 0, (2,)),
    ]


def test_consensus():
    found = consensus([ONE, TWO, THREE])
    assert found.cells == {"cell": {"n0": {"prev2": "c3", "prev": "c5"}, "n1": {"prev": "c5", "n0": "c3"}}}
    assert found.paths == {"way": (1, 1, 1)}
    assert consensus_text(agree([ONE, TWO, THREE])) == (
        "sdhs 1\n\ngenotype cell {\n  n0 = c3(prev2) + c5(prev)\n  n1 = c5(prev)  + c3(n0)\n}\n\npath way = [1, 1, 1]\n"
    )


def test_ties_go_to_the_earlier_and_the_lower():
    assert consensus([ONE, TWO]).cells["cell"]["n0"]["prev"] == "c3"
    assert consensus([TWO, ONE]).cells["cell"]["n0"]["prev"] == "c5"
    assert consensus([ONE, TWO]).paths["way"] == (1, 1, 1)


def test_a_consensus_never_jumps_two_levels():
    paths = [(0, 0, 1), (1, 2, 2), (0, 1, 2), (0, 0, 0), (1, 2, 2)]
    made = [seed(str(i), {"prev": "c3"}, {"n0": "c3"}, path) for i, path in enumerate(paths)]
    path = consensus(made).paths["way"]
    votes = sum(p[layer] == level for p in paths for layer, level in enumerate(path))
    assert all(abs(a - b) <= 1 for a, b in zip((0, *path), path, strict=False))
    legal = [(a, b, c) for a in (0, 1) for b in range(3) for c in range(3) if abs(a - b) <= 1 and abs(b - c) <= 1]
    assert votes == max(sum(p[layer] == level for p in paths for layer, level in enumerate(way)) for way in legal)


def test_distances():
    assert [distance(ONE, ONE), distance(ONE, TWO), distance(ONE, THREE), distance(TWO, THREE)] == [0, 3, 4, 3]
    found = agree([ONE, TWO, THREE])
    assert found.distances == ((0, 3, 4), (3, 0, 3), (4, 3, 0))
    assert found.choices == 7


def test_whether_they_differ():
    assert not agree([ONE, ONE, ONE]).different
    assert agree([ONE, ONE, TWO]).different


def test_one_is_not_many():
    with pytest.raises(ValueError, match="at least two"):
        agree([ONE])


def test_text():
    text = agreement_text(agree([ONE, TWO, THREE]))
    assert "cell  n1    c3(n0)     2/3    x    x    -\n" in text
    assert "way      layer 1  level 1  2/3    -    x    x\n" in text
    assert text.endswith(
        "different choices, of 7\n         one  two  three\n  one    0    3    4\n  two    3    0    3\n  three  4    3    0\n"
    )


def test_json():
    data = agreement_data(agree([ONE, TWO, THREE]))
    assert data["architectures"] == ["one", "two", "three"]
    assert data["edges"][0] == {
        "cell": "cell",
        "node": "n0",
        "source": "prev2",
        "operation": "c3",
        "of": [0, 1, 2],
        "majority": True,
    }
    assert data["distances"] == [[0, 3, 4], [3, 0, 3], [4, 3, 0]]
    assert data["equal"] is False


def test_it_shows_itself_in_a_notebook():
    assert "c5 2/3" in agree([ONE, TWO, THREE])._repr_svg_()


def test_ties_are_told_from_choices_that_lost():
    def one(name, *terms, path=(1, 1)):
        nodes = {f"n{i}": dict(pairs) for i, pairs in enumerate(terms)}
        return Architecture(name, {"cell": nodes}, {"way": path})

    kept, other = [("prev", "c3"), ("prev2", "c5")], [("prev", "c5"), ("prev2", "c5")]
    found = agree(
        [
            one("a", kept, [("n0", "c3")]),
            one("b", other, [("prev", "c3")], path=(1, 0)),
            one("c", kept, [("n0", "c3")], path=(1, 0)),
            one("d", other, [("prev2", "c3")], path=(1, 1)),
        ]
    )
    assert {(v.node, str(v.kept)) for v in found.votes if v.tied} == {("n0", "c3(prev)"), ("n0", "c5(prev)")}
    assert {(v.layer, v.level) for v in found.levels if v.tied} == {(1, 0), (1, 1)}
    assert "cell n0: c3(prev) 2/4, a tie" in str(found) and "way layer 1: level 0 2/4, a tie" in str(found)


def test_sources_can_be_tied_too():
    nodes = [{"n0": {source: "c3"}} for source in ("prev", "prev2", "prev")]
    architectures = [Architecture(str(i), {"cell": node}, {}) for i, node in enumerate(nodes)]
    assert not any(v.tied for v in agree(architectures).votes)
    assert all(v.tied for v in agree(architectures[:2]).votes)
