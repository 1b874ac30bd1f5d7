"""Draws architectures that are different networks."""

from collections.abc import Callable, Iterable

from spikegraph.searches.architecture import Architecture
from spikegraph.searches.space import Space

TRIES = 100
"""Draws for each network that is wanted."""


def different(
    space: Space, draw: Callable[[], Architecture], count: int, known: Iterable[Architecture] = ()
) -> list[Architecture]:
    """So many architectures that are different networks; fewer if the space seems to have no more.

    Args:
        space: The space.
        draw: Draws an architecture.
        count: How many are wanted.
        known: Architectures whose networks don't count.
    """
    seen, found = {space.network(architecture) for architecture in known}, list[Architecture]()
    for _ in range(TRIES * count):
        if len(found) == count or len(seen) >= space.size:
            break
        drawn = draw()
        network = space.network(drawn)
        if network not in seen:
            seen.add(network)
            found.append(drawn)
    return found
