"""The stages of a graph and the operations that each stage allows; checked between passes."""

from enum import StrEnum

from spikegraph.ir.opdef import Op


class Stage(StrEnum):
    """Stage of a graph between elaboration and lowering."""

    SPACE = "space"
    """As elaborated from the spec; all choices are open."""
    DERIVED = "derived"
    """Genotypes and paths are bound."""
    LOWERED = "lowered"
    """Plain operations only; a supernet also has its open choices, as weighted sums."""


ILLEGAL: dict[Stage, tuple[str, ...]] = {
    Stage.SPACE: (),
    Stage.DERIVED: ("trellis", "mix", "route"),
    Stage.LOWERED: ("trellis", "cell", "stem", "restore", "subpixel", "auxiliary", "fit"),
}
"""The operations that each stage forbids."""


def illegal(op: Op, stage: Stage) -> str | None:
    """Why `op` is not allowed at this stage; None if it is."""
    if op.name in ILLEGAL[stage]:
        return f"`{op.name}` is not allowed at stage {stage}"
    if stage is Stage.LOWERED and op.composite:
        return f"`{op.name}` must be expanded before stage {stage}"
    if stage is Stage.DERIVED and op.name == "cell" and getattr(op, "genotype", None) is None:
        return "a cell without a genotype is not allowed at stage derived"
    return None
