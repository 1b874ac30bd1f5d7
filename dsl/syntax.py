"""The LALR(1) parser: made once, when it is first needed, and shared.

Computing the tables of the grammar takes longer than parsing a spec, so `parser_tables.json` holds them. They are used
if they were computed from this grammar by this version of lark, and computed anew otherwise.
"""

import json
import threading
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, cast

import lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

from spikegraph.dsl.builder import Builder

_LOCK = threading.RLock()


class Syntax(NamedTuple):
    """A parser, and the builder that its rules call."""

    lark: lark.Lark
    builder: Builder

    def parse(self, text: str, start: str) -> Any:
        """Parse `text` from the rule `start` (`file`, `items` or `expr`).

        Raises:
            lark.exceptions.UnexpectedInput: `text` is not of the language.
        """
        # Lark says Tree, which is not so with a builder.
        return cast("Callable[..., Any]", self.lark.parse)(text, start=start)  # pyright: ignore[reportUnknownMemberType]


class _Parser(lark.Lark):
    """A parser made from the grammar or from its tables."""

    @classmethod
    def of_grammar(cls, builder: Builder) -> "_Parser":
        return cls(
            _read("grammar.lark"),
            parser="lalr",
            lexer="contextual",
            start=["file", "items", "expr"],
            transformer=builder,
            maybe_placeholders=True,
            propagate_positions=False,
        )

    @classmethod
    def of_tables(cls, tables: dict[str, Any], builder: Builder) -> "_Parser":
        # As lark's own stand-alone parsers do.
        load = cast("Callable[..., _Parser]", cls._load_from_dict)  # pyright: ignore[reportUnknownMemberType]
        return load(tables["data"], tables["memo"], transformer=builder)

    def tables(self) -> dict[str, Any]:
        data, memo = self.memo_serialize([TerminalDef, Rule])  # pyright: ignore[reportUnknownMemberType]
        return {"data": {**data, "options": {**data["options"], "transformer": None}}, "memo": memo}


def compute_tables() -> dict[str, Any]:
    """The tables of the grammar, with what they were computed from: the content of `parser_tables.json`."""
    return {**_origin(), **_Parser.of_grammar(Builder()).tables()}


def stored_tables() -> dict[str, Any]:
    """The content of `parser_tables.json`."""
    return json.loads(_read("parser_tables.json"), object_pairs_hook=_with_numbers)


@cache
def _syntax() -> Syntax:
    builder, stored = Builder(), stored_tables()
    current = _origin().items() <= stored.items()
    return Syntax(_Parser.of_tables(stored, builder) if current else _Parser.of_grammar(builder), builder)


def _read(name: str) -> str:
    return files("spikegraph.dsl").joinpath(name).read_text(encoding="utf-8")


def _origin() -> dict[str, Any]:
    """What tables are computed from."""
    return {"lark": lark.__version__, "checksum": zlib.crc32(_read("grammar.lark").encode())}


def _with_numbers(pairs: list[tuple[str, Any]]) -> dict[str | int, Any]:
    """An object whose keys are numbers where they were before JSON made them strings."""
    return {int(key) if key.isdecimal() else key: value for key, value in pairs}


@contextmanager
def syntax() -> Generator[Syntax]:
    """The parser, for one thread at a time: its builder has the state of one parse."""
    with _LOCK:
        yield _syntax()
