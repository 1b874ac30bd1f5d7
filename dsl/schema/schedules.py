"""Schedules of the learning rate, over the epochs of a run."""

from spikegraph.dsl.schema.calls import CallOf, Signature, vocabulary
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.lists import Rising
from spikegraph.dsl.schema.scalars import Real, Whole

SCHEDULES = vocabulary(
    Signature("constant", (), "the same learning rate throughout"),
    Signature(
        "cosine",
        (Key("min", Real(0), "0", "learning rate at the end"),),
        "half a cosine from the optimiser's learning rate to `min`",
    ),
    Signature(
        "halve_at",
        (Key("epochs", Rising(Whole(1), 1), None, "epochs after which the learning rate is halved"),),
        "the learning rate halved at some epochs",
    ),
)

SCHEDULE = CallOf("a schedule", SCHEDULES)
