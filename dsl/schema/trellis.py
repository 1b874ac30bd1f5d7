"""Keys of `trellis`."""

from spikegraph.dsl.schema.key import Key, Schema
from spikegraph.dsl.schema.names import Choice, Declared
from spikegraph.dsl.schema.scalars import Whole

TRELLIS: Schema = (
    Key("cell", Declared("cell"), None, "the cell at every place"),
    Key("layers", Whole(1, 64), None, "cells from the first to the last"),
    Key("levels", Whole(1, 8), "4", "resolutions; each halves the one before and doubles the channels"),
    Key("finest", Whole(0, 7), "0", "the finest level that a searched path keeps; from a finer one it goes straight down"),
    Key("resize", Choice(("nearest", "bilinear")), "nearest", "how maps change their resolution"),
)
