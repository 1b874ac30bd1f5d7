"""Checks of the arguments of public functions."""

import reprlib
from collections.abc import Collection, Mapping
from operator import index
from typing import SupportsFloat, SupportsIndex

from spikegraph.base.errors import ArgumentError
from spikegraph.base.nearest import listed, nearest
from spikegraph.base.surface import plain

SHORTEST_S, LONGEST_S = 1e-6, 1e9
"""Lengths of time among events, whose time stamps are microseconds."""


def one_of(argument: str, value: object, choices: Collection[str], other_words: Mapping[str, str] = {}) -> None:
    """Checks an argument that has a fixed set of choices.

    Args:
        argument: Its name.
        value: What was given.
        choices: What it may be.
        other_words: What a choice may be called elsewhere, for the help.

    Raises:
        ArgumentError: The value isn't one of them; the message has the choices.
    """
    if isinstance(value, str) and value in choices:
        return
    near = nearest(value, (*choices, *other_words)) if isinstance(value, str) else None
    summary = f"`{plain(argument)}` is {reprlib.repr(value)}; the choices are {listed(choices, last='and')}"
    raise ArgumentError(summary, None if near is None else f"did you mean `{other_words.get(near, near)}`?")


def whole_number(argument: str, value: object, most: int, least: int = 0) -> int:
    """An argument that is a whole number from `least` to `most`, such as numpy's, as an `int`.

    Raises:
        ArgumentError: It is something else.
    """
    if not isinstance(value, SupportsIndex) or isinstance(value, bool) or not least <= index(value) <= most:
        raise ArgumentError(f"`{argument}` is {reprlib.repr(value)}; it is a whole number from {least} to {most}")
    return index(value)


def microseconds(argument: str, value: object) -> int:
    """The microseconds of an argument that is a number of seconds, rounded.

    Raises:
        ArgumentError: It is something else, or shorter or longer than time steps can be.
    """
    if not isinstance(value, SupportsFloat) or isinstance(value, bool) or not SHORTEST_S <= float(value) <= LONGEST_S:
        raise ArgumentError(
            f"`{argument}` is {reprlib.repr(value)}; it is a number of seconds from {SHORTEST_S:g} to {LONGEST_S:g}"
        )
    return round(float(value) / SHORTEST_S)


def strings(argument: str, value: object, form: str) -> tuple[str, ...]:
    """The strings of an argument that is a list of them.

    Args:
        argument: Its name.
        value: What was given.
        form: What each string is, such as `PATH=VALUE`.

    Raises:
        ArgumentError: It is one string, whose characters would be taken for the items, or has something else in it.
    """
    if isinstance(value, str):
        raise ArgumentError(f"`{argument}` is a string; it is a list of {form}", f"write {argument}=[{value!r}]")
    items: tuple[object, ...] = tuple(value) if isinstance(value, list | tuple) else (value,)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    wrong = next((item for item in items if not isinstance(item, str)), None)
    if wrong is not None:
        raise ArgumentError(f"`{argument}` has {reprlib.repr(wrong)}; it is a list of {form}", f'write {argument}=["{form}"]')
    return tuple(str(item) for item in items)
