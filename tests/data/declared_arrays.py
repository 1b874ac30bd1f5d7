"""Declarations of data sets in arrays of one's own."""

from spikegraph.dsl.schema.class_datasets import OwnArrays
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import CallValue

SPAN = Span("x.sdhs", 1, 1, 1, 1)


def declaration(**keys):
    given = {"file": None, "inputs": "images", "targets": "labels", "test_inputs": None, "test_targets": None}
    more = {
        "channels": "last",
        "task": "class",
        "time_steps": False,
        "offsets": None,
        "test_offsets": None,
        "test": 0.2,
        "split_seed": 0,
        "augment": (),
        "folder": ".",
        "encoding": CallValue("direct", (), {}, SPAN),
    }
    return OwnArrays(name="mine", source="arrays", span=SPAN, **{**given, **more, **keys})
