"""Fronts of two objectives, and the area that they dominate; of both objectives, lower is better."""

from collections.abc import Sequence

Point = tuple[float, float]
"""The values of the first and of the second objective."""


def front(points: Sequence[Point]) -> list[int]:
    """The numbers of the points that no other one dominates, by the second objective; of equal points the first."""
    found, best = list[int](), float("inf")
    for k in sorted(range(len(points)), key=lambda k: (points[k][1], points[k][0], k)):
        if points[k][0] < best:
            found.append(k)
            best = points[k][0]
    return found


def layers(points: Sequence[Point]) -> list[list[int]]:
    """The front, that of the others, and so on (non-dominated sorting, Deb et al., IEEE TEVC 2002)."""
    left, found = list(range(len(points))), list[list[int]]()
    while left:
        layer = [left[k] for k in front([points[k] for k in left])] or left  # infinite ones are the last
        found.append(layer)
        held = set(layer)
        left = [k for k in left if k not in held]
    return found


def hypervolume(points: Sequence[Point], reference: Point) -> float:
    """The area that points dominate below a reference point, exactly (Zitzler and Thiele, IEEE TEVC 1999).

    Points that aren't better than the reference in both objectives add nothing.
    """
    inside = [p for p in points if p[0] < reference[0] and p[1] < reference[1]]
    area, ceiling = 0.0, reference[0]
    for k in front(inside):
        first, second = inside[k]
        area += (ceiling - first) * (reference[1] - second)
        ceiling = first
    return area


def largest(points: Sequence[Point], count: int, reference: Point) -> list[int]:
    """The numbers of `count` points whose area is large: each adds the most to the others, of equal ones the better layer."""
    order = [k for layer in layers(points) for k in layer]
    chosen, held = list[int](), list[Point]()
    while len(chosen) < min(count, len(points)):
        before = hypervolume(held, reference)
        left = [k for k in order if k not in chosen]
        best = max(left, key=lambda k: hypervolume([*held, points[k]], reference) - before)
        chosen.append(best)
        held.append(points[best])
    return chosen
