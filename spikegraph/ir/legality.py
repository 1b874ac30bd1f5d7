"""Which operations may stand in a graph at which stage: a table, checked between passes."""

from enum import StrEnum

from spikegraph.ir.opdef import Op


class Stage(StrEnum):
    """How far a graph has come."""

    SPACE = "space"
    """Choices open: what the spec says."""
    DERIVED = "derived"
    """A genotype and a path bound."""
    LOWERED = "lowered"
    """Plain operations; in a supernet also the open choices, as weighted sums."""


ILLEGAL: dict[Stage, tuple[str, ...]] = {
    Stage.SPACE: (),
    Stage.DERIVED: ("trellis", "mix", "route"),
    Stage.LOWERED: ("trellis", "cell", "stem", "restore", "subpixel", "auxiliary", "fit"),
}
"""Per stage the operations that may not be there."""


def illegal(op: Op, stage: Stage) -> str | None:
    """Why `op` may not stand in a graph of this stage, or None."""
    if op.name in ILLEGAL[stage]:
        return f"`{op.name}` may not stand in a graph of stage {stage}"
    if stage is Stage.LOWERED and op.composite:
        return f"`{op.name}` is to be taken apart before stage {stage}"
    if stage is Stage.DERIVED and op.name == "cell" and getattr(op, "genotype", None) is None:
        return "a cell without a genotype may not stand in a graph of stage derived"
    return None
