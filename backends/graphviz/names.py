"""What the names of a graph's nodes say of its structure: `features@left.cells[0].n0.prev.c3.conv`."""

from spikegraph.analysis.layers import owner_of
from spikegraph.ir.graph import Graph


def blocks_of(name: str) -> tuple[str, ...]:
    """The blocks' uses that a node stands in, from the outside: `("features@left",)`."""
    found: list[str] = []
    for part in name.split("."):
        if "@" not in part or "[" in part:
            break
        found.append(part)
    return tuple(".".join(found[: i + 1]) for i in range(len(found)))


def block_title(block: str, uses: int) -> str:
    """`features (left)`; where it is used several times, that its weights are shared."""
    name, _, label = block.rsplit(".", 1)[-1].partition("@")
    return f"{name} ({label}), weights shared" if uses > 1 else name


def block_titles(names: list[str]) -> dict[str, str]:
    """The titles of all blocks that nodes of these names stand in."""
    blocks = dict.fromkeys(block for name in names for block in blocks_of(name))
    uses: dict[str, int] = {}
    for block in blocks:
        key = block.rpartition("@")[0]
        uses[key] = uses.get(key, 0) + 1
    return {block: block_title(block, uses[block.rpartition("@")[0]]) for block in blocks}


def short(name: str) -> str:
    """A name within its block."""
    blocks = blocks_of(name)
    return name[len(blocks[-1]) + 1 :] if blocks else name


def unit_of(name: str, outline: Graph | None) -> str:
    """The layer, cell or position of a trellis that a lowered node belongs to.

    Args:
        name: The node's.
        outline: The graph with one node for a layer; without it the name alone tells.
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
