"""Labels with a number behind them, which the second and later nodes of a name have."""

from collections.abc import Iterator


def unnumbered(label: str) -> Iterator[str]:
    """The label of a node, then those of which it may be the second one, or a later one: `lif22`, `lif2` and `lif`."""
    yield label
    for end in range(len(label) - 1, 0, -1):
        if not label[end:].isdecimal():
            return
        if label[end] != "0" and label[end:] != "1":
            yield label[:end]
