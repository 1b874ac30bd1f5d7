"""Which weights of a source a network takes: by name and shape."""

from collections.abc import Iterable, Mapping

from spikegraph.base.errors import UntrainableError
from spikegraph.base.nearest import listed
from spikegraph.base.surface import argument
from spikegraph.ir.weight_names import Shape, matches
from spikegraph.runs.summary import Taken

NOT_THERE, NOT_HERE, NOT_MEANT = "the source has none", "the network has none", "`take` leaves it out"

SHOWN = 4
"""Most names that a line shows for one reason."""


def taken(network: Mapping[str, Shape], source: Mapping[str, Shape], take: Iterable[str]) -> Taken:
    """What a network takes of a source.

    Args:
        network: The shapes of its tensors by name.
        source: Those of the source.
        take: Patterns; only what they mean is taken. Without any, all that fits.
    """
    patterns, left = tuple(take), dict[str, str]()
    for name, shape in network.items():
        if patterns and not any(matches(pattern, name) for pattern in patterns):
            left[name] = NOT_MEANT
        elif name not in source:
            left[name] = NOT_THERE
        elif source[name] != shape:
            left[name] = f"{list(source[name])} there, {list(shape)} here"
    left |= {name: NOT_HERE for name in source if name not in network}
    return Taken(tuple(name for name in network if name not in left), left)


def lines(found: Taken, network: int, source: str) -> list[str]:
    """What a person reads: how many tensors are taken, and what is left for which reason.

    Args:
        found: What was taken.
        network: Number of the network's tensors.
        source: Name of the source.
    """
    return [f"weights: {len(found.taken)} of {network} tensors are taken from {source}", *_left(found)]


def require_some(found: Taken, source: str, place: str) -> None:
    """Checks that something is taken.

    Args:
        found: What was taken.
        source: Name of the source.
        place: Where the spec has the retraining.

    Raises:
        UntrainableError: Nothing is; the error says what doesn't fit.
    """
    if not found.taken:
        help = f"weights are taken by name and shape; give another source with {argument('weights', 'RUN')}, or another spec"
        raise UntrainableError(f"{place}: nothing of {source} fits the network", help, details=tuple(_left(found)))


def _left(found: Taken) -> list[str]:
    names: dict[str, list[str]] = {}
    for name, reason in found.left.items():
        names.setdefault(reason, []).append(name)
    return [f"left: {listed(of, SHOWN, last='and')} ({reason})" for reason, of in names.items()]
