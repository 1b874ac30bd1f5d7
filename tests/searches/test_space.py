"""Architectures as values, and the spaces that specs leave open."""

from collections import Counter

import numpy as np
import pytest
from spaces import CONV, SKIP, SMALL, WITH_PATH, cell

from spikegraph.dsl.resolve import resolve
from spikegraph.program.program import Program
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.cell_space import CellSpace, Paths


def test_the_size_is_the_number_of_architectures():
    everything = SMALL.all()
    # One choice of sources at n0, three at n1, six at n2, and two operations on each of six edges.
    assert SMALL.size == len(everything) == len(set(everything)) == 1 * 3 * 6 * 2**6


def test_draws_are_uniform():
    space, random = CellSpace((cell(2),)), np.random.default_rng(0)
    found = Counter(space.draw(random) for _ in range(48 * 200))
    assert set(found) == set(space.all())
    # Chi-square with 47 degrees of freedom: 99.9 % of uniform samples have less than 82.7.
    assert sum((n - 200) ** 2 / 200 for n in found.values()) < 82.7


def test_a_changed_copy_differs_in_one_decision():
    random = np.random.default_rng(1)
    everything = set(SMALL.all())
    for _ in range(300):
        before = SMALL.draw(random)
        after = SMALL.mutated(before, random)
        assert after in everything
        assert len(set(before.decisions) ^ set(after.decisions)) == 2
        assert len(before.decisions) == len(after.decisions) == 6


def test_every_neighbour_is_reached():
    random, start = np.random.default_rng(2), SMALL.all()[0]
    found = {SMALL.mutated(start, random) for _ in range(2_000)}
    edges = [(set(a.edges) - set(start.edges), set(start.edges) - set(a.edges)) for a in SMALL.all()]
    near = [(new.pop(), old.pop()) for new, old in edges if len(new) == len(old) == 1]
    # Another operation on an edge, or another source with the same operation.
    assert len(found) == sum(n.operation == o.operation or n.source == o.source for n, o in near if n.node == o.node)


def test_paths_stay_in_the_trellis():
    random = np.random.default_rng(3)
    path = Paths("path", 3, 3)
    # From level 0 at most one level a layer: 0 or 1, then their neighbours; counted by hand.
    assert path.size == 12
    found = Counter(path.draw(random) for _ in range(12 * 300))
    assert len(found) == 12
    assert all(abs(a - b) <= 1 for p in found for a, b in zip((0, *p), p, strict=False))
    assert sum((n - 300) ** 2 / 300 for n in found.values()) < 31.3  # 99.9 % of chi-square with 11 degrees


def test_paths_below_the_finest_level_lead_straight_down():
    path, random = Paths("path", 3, 4, finest=2), np.random.default_rng(4)
    assert {path.draw(random)[:2] for _ in range(50)} == {(1, 2)}


def test_a_level_changes_within_the_trellis():
    random = np.random.default_rng(5)
    for _ in range(200):
        before = WITH_PATH.draw(random)
        after = WITH_PATH.mutated(before, random)
        assert len(set(before.decisions) ^ set(after.decisions)) == 2
        levels = dict(after.paths)["path"]
        assert all(abs(a - b) <= 1 for a, b in zip((0, *levels), levels, strict=False))


def test_the_limit_of_skips_holds():
    space, random = CellSpace((cell(max_skips=1),)), np.random.default_rng(6)
    for _ in range(100):
        drawn = space.draw(random)
        changed = space.mutated(drawn, random)
        assert all(sum(e.operation == "skip" for e in a.edges) <= 1 for a in (drawn, changed))
    none = CellSpace((cell(candidates=(SKIP,), max_skips=0),))
    with pytest.raises(ValueError, match="no architecture keeps within `max_skips`"):
        none.draw(random)


def test_the_text_is_a_genotype_file(tmp_path):
    architecture = WITH_PATH.draw(np.random.default_rng(7))
    (tmp_path / "found.sdhs").write_text(architecture.text("A comment."))
    read = resolve(tmp_path / "found.sdhs").spec
    assert Architecture.of(read.genotypes.values(), read.paths.values()) == architecture
    assert architecture.text("A comment.").startswith("# A comment.\nsdhs 1\n")


def test_the_space_of_a_spec_has_its_cells_and_paths():
    space = CellSpace.of(Program.read("builtin:stereo").checked().space("search"))
    assert [c.name for c in space.cells] == ["feature", "matching"]
    assert [(p.name, p.layers, p.levels, p.finest) for p in space.paths] == [
        ("feature_path", 2, 4, 0),
        ("matching_path", 4, 4, 0),
    ]
    program = Program.read("builtin:stereo")
    random = np.random.default_rng(8)
    for _ in range(5):
        assert not program.bind(space.mutated(space.draw(random), random).text()).check("retrain").has_errors


def test_names_of_operations_are_those_of_the_cell():
    space = CellSpace((cell(candidates=(replace_name(CONV, "c5"),)),))
    assert {e.operation for e in space.draw(np.random.default_rng(0)).edges} == {"c5"}


def replace_name(candidate, name):
    return candidate.model_copy(update={"name": name})
