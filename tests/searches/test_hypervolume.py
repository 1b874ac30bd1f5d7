"""Fronts and the area that they dominate, by brute force and beside another program."""

from itertools import pairwise

import numpy as np
import pytest

from spikegraph.searches.hypervolume import front, hypervolume, largest, layers

MOOCORE = [
    (1, 5, (1.0, 1.0), 0.583294),
    (2, 20, (1.1, 1.1), 1.0336350000000003),
    (3, 60, (0.8, 0.9), 0.5814430000000002),
    (4, 1, (2.0, 3.0), 2.630873),
]
"""Seed, number of points, reference, and what `moocore.hypervolume` of moocore 0.3.2 gives for points of three digits."""


def dominates(a, b):
    """Whether a is at least as good as b in both objectives, and better in one."""
    return a != b and a[0] <= b[0] and a[1] <= b[1]


def points_of(seed: int, count: int) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in np.random.default_rng(seed).random((count, 2)).round(3)]


@pytest.mark.parametrize(("seed", "count", "reference", "expected"), MOOCORE)
def test_the_area_is_that_of_another_program(seed, count, reference, expected):
    assert hypervolume(points_of(seed, count), reference) == pytest.approx(expected, rel=1e-12)


def test_scores_of_which_more_is_better_are_negative():
    points = [(-80.5, 0.003), (-62.0, 0.001), (-75.25, 0.002), (-75.25, 0.0025), (-40.0, 0.0005)]
    assert hypervolume(points, (-30.0, 0.004)) == pytest.approx(0.13275, rel=1e-12)  # moocore 0.3.2


@pytest.mark.parametrize("seed", range(20))
def test_the_area_is_a_count_of_dominated_squares(seed):
    """On whole numbers the area is the number of unit squares whose lower corner some point reaches."""
    random = np.random.default_rng(seed)
    points = [(int(a), int(b)) for a, b in random.integers(0, 9, (int(random.integers(0, 12)), 2))]
    reference = (int(random.integers(3, 9)), int(random.integers(3, 9)))
    squares = [(x, y) for x in range(reference[0]) for y in range(reference[1])]
    assert hypervolume(points, reference) == sum(any(p[0] <= x and p[1] <= y for p in points) for x, y in squares)


@pytest.mark.parametrize("seed", range(10))
def test_a_front_is_what_no_point_dominates(seed):
    points = [(float(a), float(b)) for a, b in np.random.default_rng(seed).integers(0, 6, (15, 2))]
    found = front(points)
    assert {points[k] for k in found} == {p for p in points if not any(dominates(q, p) for q in points)}
    assert len({points[k] for k in found}) == len(found)
    assert all(points[a][1] < points[b][1] and points[a][0] > points[b][0] for a, b in pairwise(found))


def test_layers_are_fronts_of_what_is_left():
    points = [(0.0, 3.0), (1.0, 1.0), (2.0, 2.0), (3.0, 0.0), (3.0, 3.0), (float("inf"), float("inf"))]
    assert layers(points) == [[3, 1, 0], [2], [4], [5]]
    assert layers([]) == front([]) == []


def test_what_is_chosen_adds_the_most_area():
    points = [(0.0, 2.9), (1.0, 1.0), (2.9, 0.0), (1.1, 1.1), (0.9, 1.2)]
    assert largest(points, 3, (3.0, 3.0)) == [1, 4, 2]
    assert largest(points, 9, (3.0, 3.0)) == [1, 4, 2, 0, 3]
