"""The note of layers that work on binary spikes in sub-steps of a time step (Luo et al., ECCV 2024)."""

from spikegraph.ir.node import Node

UNFOLDED = "unfolded"
"""The note of an operation that takes counts as binary spikes, one after the other; its value is the number of sub-steps."""


def substeps_of(node: Node) -> int | None:
    """The number of sub-steps of a marked operation, None of others."""
    found = node.notes.get(UNFOLDED)
    return found if isinstance(found, int) else None
