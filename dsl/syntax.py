"""The LALR(1) parser: made once, when it is first needed, and shared."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, cast

from lark import Lark

from spikegraph.dsl.builder import Builder

_LOCK = threading.RLock()


class Syntax(NamedTuple):
    """A parser, and the builder that its rules call."""

    lark: Lark
    builder: Builder

    def parse(self, text: str, start: str) -> Any:
        """Parse `text` from the rule `start` (`file`, `items` or `expr`).

        Raises:
            lark.exceptions.UnexpectedInput: `text` is not of the language.
        """
        # Lark says Tree, which is not so with a builder.
        return cast("Callable[..., Any]", self.lark.parse)(text, start=start)  # pyright: ignore[reportUnknownMemberType]


@cache
def _syntax() -> Syntax:
    builder = Builder()
    grammar = files("spikegraph.dsl").joinpath("grammar.lark").read_text(encoding="utf-8")
    lark = Lark(
        grammar,
        parser="lalr",
        lexer="contextual",
        start=["file", "items", "expr"],
        transformer=builder,
        maybe_placeholders=True,
        propagate_positions=False,
    )
    return Syntax(lark, builder)


@contextmanager
def syntax() -> Generator[Syntax]:
    """The parser, for one thread at a time: its builder has the state of one parse."""
    with _LOCK:
        yield _syntax()
