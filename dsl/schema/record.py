"""Records: frozen dataclasses whose fields declare the keys of a block."""

from dataclasses import field, fields, replace
from functools import cache
from typing import Any, TypeVar

from typing_extensions import dataclass_transform

from spikegraph.base import record as base
from spikegraph.dsl.schema.key import Key, Schema, ValueType

T = TypeVar("T")
R = TypeVar("R")
_KEY = "key"


def key(type: ValueType[T], default: str | None, doc: str, *, same_as: str | None = None) -> T:
    """Declare a field of a record as a key of its block.

    Type checkers compare the field's annotation with the values of `type`. Pass `default` by position: it is text of the
    language, not the field's default in Python.

    Args:
        type: the type of the key's values.
        default: the text of the default value; None for a required key.
        doc: one line for the language reference.
        same_as: another key whose value is the default.
    """
    declared: Any = field(metadata={_KEY: Key("", type, default, doc, same_as)})
    return declared


@dataclass_transform(frozen_default=True, field_specifiers=(key,))
def record(cls: type[R]) -> type[R]:
    """As `spikegraph.base.record.record`; the fields declared with `key` are the schema of its block."""
    return base.record(cls)


@cache
def keys(kind: Any) -> Schema:
    """The keys that a record declares, in order."""
    return tuple(replace(f.metadata[_KEY], name=f.name) for f in fields(kind) if _KEY in f.metadata)
