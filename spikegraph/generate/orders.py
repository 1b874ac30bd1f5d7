"""Legal orders of the passes of a phase."""

from collections.abc import Sequence

from spikegraph.base.errors import PassError
from spikegraph.ir.graph import Graph, GraphError
from spikegraph.ir.samples import Draw
from spikegraph.passes.base import Pass
from spikegraph.passes.pipeline import require, run, show


def legal_order(draw: Draw, passes: Sequence[Pass], graph: Graph) -> str:
    """The text of a pipeline with these passes in a random order in which each finds what it requires.

    A pass may come next if it can be applied and leaves the graph so that no other pass loses what it requires. The meaning
    of a network can depend on the order: `convert-stems` finds no stem that `expand-layers` has taken apart. What each pass
    must keep is the meaning of the graph that it is given.

    Args:
        draw: Decides.
        passes: The passes of a phase, `Built.passes`.
        graph: The graph that they begin with, `Built.space`.

    Raises:
        PassError: There is no such order.
    """
    order = _ordered(draw, passes, graph)
    if order is None:
        raise PassError(f"the passes {show(passes)} have no legal order")
    return show(order)


def _ordered(draw: Draw, left: Sequence[Pass], graph: Graph) -> list[Pass] | None:
    """These passes in an order that is legal to the end; None if there is none, as behind cells that a trellis makes anew."""
    if not left:
        return []
    able = list(left)
    while able:
        chosen = able.pop(draw.integer(0, len(able) - 1))
        others = [p for p in left if p is not chosen]
        made = _applied(chosen, others, graph)
        rest = None if made is None else _ordered(draw, others, made)
        if rest is not None:
            return [chosen, *rest]
    return None


def _applied(chosen: Pass, others: Sequence[Pass], graph: Graph) -> Graph | None:
    """The graph behind a pass; None if the pass can't be applied, or another pass can't be applied any more."""
    free = [other for other in others if _may(other, graph)]
    try:
        made = run((chosen,), graph)
    except (PassError, GraphError):
        return None
    return made if all(_may(other, made) for other in free) else None


def _may(each: Pass, graph: Graph) -> bool:
    """Whether a graph has what a pass requires."""
    try:
        require(each, graph)
    except PassError:
        return False
    return True
