"""The vocabulary of learning rate schedules, over the epochs of a run."""

from spikegraph.dsl.schema.calls import CallOf, Signature, vocabulary
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.lists import Rising
from spikegraph.dsl.schema.scalars import Real, Whole

SCHEDULES = vocabulary(
    Signature("constant", (), "keeps the learning rate"),
    Signature(
        "cosine",
        (Key("min", Real(0), "0", "learning rate at the end"),),
        "half a cosine from the optimiser's learning rate to `min`",
    ),
    Signature(
        "halve_at",
        (Key("epochs", Rising(Whole(1), 1), None, "epochs after which to halve the learning rate"),),
        "halves the learning rate after some epochs",
    ),
)

SCHEDULE = CallOf("a schedule", SCHEDULES)
