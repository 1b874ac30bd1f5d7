"""Two architectures compared by meaning."""

from dataclasses import replace

import pytest

from spikegraph.dsl.resolve import resolve
from spikegraph.genotype.agreement import agree
from spikegraph.genotype.architecture import of_spec
from spikegraph.genotype.candidates import definition, short_definition
from spikegraph.genotype.comparison_json import difference_data
from spikegraph.genotype.comparison_text import consensus_text, difference_text
from spikegraph.genotype.diff import Kept, diff

FIRST = """\
sdhs 1
genotype feature {
  n0 = c3(prev2) + c3(prev)
  n1 = c3(prev2) + c5(prev)
  n2 = c3(n0)    + c3(n1)
}
path way = [1, 2, 2, 1]
"""

DECLARED = """\
neuron lif { surrogate = dspike(b = 3) }
candidates choices {
  c3   = conv(3) -> norm -> lif
  c5   = conv(3) -> norm -> lif(surrogate = dspike(b = 5))
  skip = identity
}
cell feature { inputs = [prev2, prev] nodes = 3 candidates = choices neuron = lif }
trellis way { cell = feature layers = 4 levels = 4 }
"""


@pytest.fixture
def read(tmp_path):
    def architecture(text, name):
        path = tmp_path / f"{name}.sdhs"
        path.write_text(text, encoding="utf-8")
        resolved = resolve(path)
        assert not resolved.diagnostics.has_errors
        return of_spec(name, resolved.spec)

    return architecture


@pytest.fixture
def pair(read):
    """The difference between FIRST and FIRST with a replacement."""

    def difference(old, new, declared=""):
        assert old in FIRST + declared
        text = (FIRST + declared).replace(old, new)
        return diff(read(FIRST + declared, "a"), read(text, "b"))

    return difference


def test_equal(pair):
    found = pair("c3", "c3")
    assert not found.different
    assert difference_text(found) == "a and b are the same architecture\n"


def test_the_order_of_terms_is_ignored(pair):
    assert not pair("c3(prev2) + c5(prev)", "c5(prev) + c3(prev2)").different


def test_the_order_of_nodes_and_declarations_is_ignored(read):
    moved = "sdhs 1\npath way = [1, 2, 2, 1]\ngenotype feature {\n  n2 = c3(n1) + c3(n0)\n  n1 = c5(prev) + c3(prev2)\n"
    assert not diff(read(FIRST, "a"), read(moved + "  n0 = c3(prev) + c3(prev2)\n}\n", "b")).different


def test_one_operation(pair):
    found = pair("c5(prev)", "skip(prev)")
    (change,) = found.edges
    assert (change.cell, change.node, change.kind) == ("feature", "n1", "operation")
    assert (str(change.before), str(change.after)) == ("c5(prev)", "skip(prev)")
    assert difference_text(found) == "a -> b\n\ncell feature\n  n1  c5(prev)  ->  skip(prev)  operation\n"
    assert found.levels == ()


def test_one_edge(pair):
    (change,) = pair("c5(prev)", "c5(n0)").edges
    assert (change.node, change.kind) == ("n1", "edge")
    assert (change.before, change.after) == (Kept("prev", "c5"), Kept("n0", "c5"))


def test_one_edge_more(pair):
    (change,) = pair("+ c5(prev)", "+ c5(prev) + c3(n0)").edges
    assert (change.kind, change.before, str(change.after)) == ("added", None, "c3(n0)")
    (change,) = pair(" + c5(prev)", "").edges
    assert (change.kind, str(change.before), change.after) == ("removed", "c5(prev)", None)


def test_one_level(pair):
    found = pair("[1, 2, 2, 1]", "[1, 1, 2, 1]")
    assert [(c.trellis, c.layer, c.before, c.after) for c in found.levels] == [("way", 1, 2, 1)]
    assert difference_text(found) == "a -> b\n\npath way\n  layer 1  level 2  ->  level 1\n"


def test_a_longer_path(pair):
    (change,) = pair("[1, 2, 2, 1]", "[1, 2, 2, 1, 0]").levels
    assert (change.layer, change.before, change.after) == (4, None, 0)


def test_a_cell_that_only_one_has(read):
    found = diff(read(FIRST, "a"), read("sdhs 1\npath way = [1, 2, 2, 1]\n", "b"))
    assert [c.kind for c in found.edges] == ["removed"] * 6


def test_a_renamed_candidate_is_not_a_difference(pair):
    found = pair("c3", "plain", DECLARED)
    assert not found.different
    assert [(c.kind, c.before, c.after) for c in found.candidates] == [("renamed", "c3", "plain")]
    assert found.b.cells == found.a.cells
    assert "c3 is renamed to plain; both are conv(kernel = 3) -> norm -> lif(" in difference_text(found)


def test_swapped_names_are_not_a_difference(read):
    declared = FIRST + DECLARED
    swapped = declared.replace("c3", "c_").replace("c5", "c3").replace("c_", "c5")
    found = diff(read(declared, "a"), read(swapped, "b"))
    assert not found.different
    assert {(c.before, c.after) for c in found.candidates} == {("c3", "c5"), ("c5", "c3")}


def test_a_redefined_candidate_is_a_difference(pair):
    found = pair("b = 5", "b = 4", DECLARED)
    assert found.different
    assert found.edges == ()
    (change,) = found.candidates
    assert (change.kind, change.before) == ("redefined", "c5")
    assert ["b = 5" in change.definitions[0], "b = 4" in change.definitions[1]] == [True, True]


def test_a_candidate_less(pair):
    found = pair("  skip = identity\n", "", DECLARED)
    assert [(c.kind, c.before, c.after) for c in found.candidates] == [("removed", "skip", None)]


def test_a_reused_name_is_marked(read):
    """The second renames c3 to `plain` and defines a new `c3`, so that its edges with `c3` count as changed."""
    other = (
        (FIRST + DECLARED)
        .replace("c5(prev)", "plain(prev)")
        .replace("  skip = identity", "  skip = identity\n  plain = conv(3) -> norm -> lif")
    )
    other = other.replace("  c3   = conv(3) -> norm -> lif\n", "  c3   = conv(5) -> norm -> lif\n")
    a, b = read(FIRST + DECLARED, "a"), read(other, "b")
    found = diff(a, b)
    operations = {(c.node, str(c.before), str(c.after)) for c in found.edges}
    assert ("n1", "c5(prev)", "c3(prev)") in operations
    assert ("n0", "c3(prev)", "c3_2(prev)") in operations
    assert "c3_2 is added, there called c3: conv(kernel = 5)" in difference_text(found)
    consensus = read(consensus_text(agree([a, b, replace(b, name="again")])), "consensus")
    assert consensus.cells["feature"]["n0"]["prev"] == "c3_2"


def test_names_that_may_be_all_that_differs(pair):
    found = pair("c3", "plain")
    assert found.different, "nothing here tells that they are the same"
    (guess,) = found.guesses
    assert (guess.cell, dict(guess.names)) == ("feature", {"c3": "plain"})
    assert "everywhere, c3 is plain" in difference_text(found)


def test_no_guess_where_a_name_is_used_for_both(pair):
    assert pair("c3(n0)", "c5(n0)").guesses == ()


def test_json(pair):
    data = difference_data(pair("c5(prev)", "skip(prev)"))
    assert data == {
        "format_version": 1,
        "a": "a",
        "b": "b",
        "equal": False,
        "same_network": None,
        "same_operations": [],
        "edges": [
            {
                "cell": "feature",
                "node": "n1",
                "change": "operation",
                "before": {"operation": "c5", "source": "prev", "margins": {"operation": None, "edge": None}},
                "after": {"operation": "skip", "source": "prev", "margins": {"operation": None, "edge": None}},
            }
        ],
        "levels": [],
        "candidates": [],
        "perhaps_renamed": [],
    }


def test_definitions_in_words(read):
    candidates = read(FIRST + DECLARED, "a").candidates["feature"]
    assert short_definition(candidates["c5"]) == "conv 3, norm, lif (dspike, b = 5)"
    assert short_definition(candidates["skip"]) == "identity"
    assert definition(candidates["c5"]) == (
        "conv(kernel = 3) -> norm -> "
        "lif(decay = 0.2, threshold = 0.5, reset = hard, detach_reset = false, surrogate = dspike(b = 5))"
    )


def test_it_shows_itself_in_a_notebook(pair):
    found = pair("c5(prev)", "skip(prev)")
    assert "+ skip" in found._repr_svg_()
    assert "c5" in replace(found.a, candidates={})._repr_svg_()


def test_written_out_defaults_are_not_a_difference(read):
    text = "sdhs 1\n" + DECLARED + FIRST.removeprefix("sdhs 1\n")
    plain = read(text, "plain")
    full = read(text.replace("conv(3) -> norm", "conv(kernel = 3, bias = true) -> norm(eps = 0.00001, momentum = 0.1)"), "full")
    assert not diff(plain, full).different
    assert short_definition(full.candidates["feature"]["c3"]) == "conv 3, norm, lif (dspike, b = 3)"
