"""Records do what dataclasses of the same declaration do."""

import inspect
import typing
from dataclasses import dataclass, field

import pytest

from spikegraph.base.record import record


def declared(decorator, named):
    """The same three classes, as records or as dataclasses."""

    @decorator
    class Point:
        x: "int"
        y: str = "north"

    @named
    class Named(Point):
        z: float = 2.0
        w: int

    @decorator
    class Made(Point):
        words: list[str] = field(default_factory=list)

    return Point, Named, Made


RECORDS = declared(record, record(kw_only=True))
DATACLASSES = declared(dataclass, dataclass(kw_only=True))
CALLS = [
    ((), {}),
    ((1,), {}),
    ((1, "south"), {}),
    ((1, "south", 3), {}),
    ((1,), {"w": 4}),
    ((1, "south"), {"w": 4, "z": 5.0}),
    ((1,), {"x": 2}),
]


@pytest.mark.parametrize("call", CALLS, ids=repr)
@pytest.mark.parametrize("number", range(3), ids=["plain", "by name", "factory"])
def test_a_record_is_made_as_a_dataclass(number, call):
    found = []
    for classes in (RECORDS, DATACLASSES):
        try:
            found.append(repr(classes[number](*call[0], **call[1])))
        except TypeError as error:
            found.append(str(error))
    assert found[0] == found[1]


@pytest.mark.parametrize("number", range(3), ids=["plain", "by name", "factory"])
def test_its_signature_is_that_of_a_dataclass(number):
    mine, other = RECORDS[number], DATACLASSES[number]
    assert str(inspect.signature(mine)) == str(inspect.signature(other))
    assert typing.get_type_hints(mine.__init__) == typing.get_type_hints(other.__init__)
    assert mine.__match_args__ == other.__match_args__


def test_a_default_before_a_field_without_one():
    with pytest.raises(TypeError) as failed:

        @record
        class Wrong:
            x: int = 0
            y: int  # pyright: ignore[reportGeneralTypeIssues]

    assert str(failed.value).endswith("has no default, but follows one that has")
    assert "the field `y` of " in str(failed.value)
