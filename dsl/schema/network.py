"""Keys of `network` that are no wires."""

from spikegraph.dsl.schema.key import Key, Schema
from spikegraph.dsl.schema.scalars import Optional, Whole

NETWORK: Schema = (
    Key(
        "time", Optional(Whole(1, 4096)), "none", "time steps of one input that has none of its own; `none`: the input has them"
    ),
)

INPUT_KINDS: dict[str, str] = {
    "events": "-1, 0 or 1: the sign of summed polarities",
    "spike": "0 or 1",
    "real": "any number",
}
