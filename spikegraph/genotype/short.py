"""A genotype file in one line."""

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
    cells = [
        f"{name}: " + ", ".join(" ".join(f"{operation}({source})" for source, operation in of.items()) for of in nodes.values())
        for name, nodes in found.cells.items()
    ]
    return "; ".join([*cells, *(f"{name}: {' '.join(map(str, path))}" for name, path in found.paths.items())])
