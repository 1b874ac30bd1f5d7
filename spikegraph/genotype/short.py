"""A genotype file in one line."""

from collections.abc import Mapping

from spikegraph.dsl.genotype_text import read_canonical


def short(text: str | None) -> str:
    """The edges of each node and the paths, in short: `normal: c3(prev2) c3(prev), skip(prev) c3(n0)`; empty for no file.

    A file that no search wrote is shown as its text without line breaks.
    """
    if text is None:
        return ""
    found = read_canonical(text)
    if found is None:
        return " ".join(text.split())
    cells = [f"{name}: " + ", ".join(_node(node, of) for node, of in nodes.items()) for name, nodes in found.cells.items()]
    return "; ".join([*cells, *(f"{name}: {' '.join(map(str, path))}" for name, path in found.paths.items())])


def _node(node: str, edges: Mapping[str, str]) -> str:
    """A node's edges, or the branch of a choice on a wire: `b1 = c3`."""
    return " ".join(f"{operation}({source})" if source else f"{node} = {operation}" for source, operation in edges.items())
