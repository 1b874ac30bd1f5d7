"""The structure that is encoded in node names such as `features@left.cells[0].n0.prev.c3.conv`."""

from spikegraph.analysis.layers import owner_of
from spikegraph.ir.graph import Graph


def blocks_of(name: str) -> tuple[str, ...]:
    """The uses of blocks that contain a node, outermost first: `("features@left",)`."""
    found: list[str] = []
    for part in name.split("."):
        if "@" not in part or "[" in part:
            break
        found.append(part)
    return tuple(".".join(found[: i + 1]) for i in range(len(found)))


def block_title(block: str, uses: int) -> str:
    """A block's title: `features`, or `features (left), weights shared` for a block that is used several times."""
    name, _, label = block.rsplit(".", 1)[-1].partition("@")
    return f"{name} ({label}), weights shared" if uses > 1 else name


def block_titles(names: list[str]) -> dict[str, str]:
    """The titles of all blocks that contain nodes with these names."""
    blocks = dict.fromkeys(block for name in names for block in blocks_of(name))
    uses: dict[str, int] = {}
    for block in blocks:
        key = block.rpartition("@")[0]
        uses[key] = uses.get(key, 0) + 1
    return {block: block_title(block, uses[block.rpartition("@")[0]]) for block in blocks}


def short(name: str) -> str:
    """A node's name without its blocks."""
    blocks = blocks_of(name)
    return name[len(blocks[-1]) + 1 :] if blocks else name


def unit_of(name: str, outline: Graph | None) -> str:
    """The layer, cell or trellis position that contains a lowered node.

    Args:
        name: The node's name.
        outline: The graph with one node per layer; without it, the layer is derived from the name alone.
    """
    if outline is not None:
        owner = owner_of(name, outline)
        if owner is not None:
            rest = name[len(owner) :]
            return owner + rest[: rest.index("]") + 1] if rest.startswith("[") else owner
    blocks = blocks_of(name)
    start = len(blocks[-1]) + 1 if blocks else 0
    first = name[start:].partition(".")[0]
    end = first.index("]") + 1 if "]" in first else len(first)
    return name[: start + end]
