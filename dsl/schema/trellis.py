"""The record of `trellis`."""

from typing import Literal

from spikegraph.dsl.schema.names import Choice, Declared
from spikegraph.dsl.schema.record import key, record
from spikegraph.dsl.schema.scalars import Whole
from spikegraph.dsl.source import Span

Down = Literal["stride", "resize"]
DOWN: tuple[Down, ...] = ("stride", "resize")


@record
class Trellis:
    """`trellis NAME { ... }`, section 3.2.2: `layers` x `levels` of one cell."""

    name: str
    cell: str = key(Declared("cell"), None, "the cell at every position")
    layers: int = key(Whole(1, 64), None, "number of layers")
    levels: int = key(Whole(1, 8), "4", "number of resolutions; each level has half the resolution and twice the channels")
    finest: int = key(Whole(0, 7), "0", "finest level that a searched path may use; before it, a path only goes down")
    resize: Literal["nearest", "bilinear"] = key(Choice(("nearest", "bilinear")), "nearest", "interpolation of feature maps")
    down: Down = key(
        Choice(DOWN), "stride", "the way to a coarser level: a stride of the convolutions, or `resize`, a resizing before them"
    )
    span: Span
