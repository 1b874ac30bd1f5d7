"""The structure of paths such as `features@left.cells[0].n0.prev.c3.conv`, for frames and titles."""

from collections.abc import Iterable

from spikegraph.analysis.layers import owner_of
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.path import Path


def _depth(path: Path) -> int:
    """The number of steps that lead into the innermost block; 0 outside of blocks."""
    return len(path.blocks[-1].steps) if path.blocks else 0


def blocks_of(path: Path) -> tuple[str, ...]:
    """The names of the uses of blocks that contain a path, outermost first: `("features@left",)`."""
    return tuple(map(str, path.blocks))


def block_titles(nodes: Iterable[Node]) -> dict[str, str]:
    """Titles of all blocks that contain nodes: `features`, or `features (left), weights shared` for one of several uses."""
    blocks = dict.fromkeys(block for node in nodes for block in node.path.blocks)
    uses: dict[Path, int] = {}
    for block in blocks:
        uses[block.used("")] = uses.get(block.used(""), 0) + 1
    return {str(block): _title(block, uses[block.used("")]) for block in blocks}


def _title(block: Path, uses: int) -> str:
    last = block.steps[-1]
    if not last.use:
        return last.weights if last.label == last.block else f"{last.weights}: {last.block}"
    return f"{block.label} ({last.use}), weights shared" if uses > 1 else block.label


def bare(path: Path) -> str:
    """A path without uses and indices: `features.l1.conv`."""
    return ".".join(step.label for step in path.steps)


def short(path: Path) -> str:
    """A path's name without its blocks."""
    around = _depth(path)
    return str(Path(path.steps[around:])) if around < len(path.steps) else str(path)


def unit_of(node: Node, outline: Graph | None) -> Path:
    """The layer, cell or trellis position that contains a lowered node.

    Args:
        node: The node.
        outline: The graph with one node per layer; without it, the layer is the first step outside of blocks.
    """
    owner = owner_of(node, outline) if outline is not None else None
    count = _depth(node.path) + 1 if outline is None or owner is None else len(outline.node(owner).path.steps)
    unit = Path(node.path.steps[:count])
    return unit.used("") if len(unit.steps) == count and unit.steps[-1].index else unit
