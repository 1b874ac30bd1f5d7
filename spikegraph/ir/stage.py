"""The stages of a graph between elaboration and lowering."""

from enum import StrEnum


class Stage(StrEnum):
    """Stage of a graph; each operation names the stages at which it may be in one."""

    SPACE = "space"
    """As elaborated from the spec; all choices are open."""
    DERIVED = "derived"
    """Genotypes and paths are bound."""
    LOWERED = "lowered"
    """Plain operations only; a supernet also has its open choices, as weighted sums."""
