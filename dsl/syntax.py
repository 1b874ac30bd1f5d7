"""The LALR(1) parsers of files and of the bodies of models: made once, when first needed, and shared.

Computing the tables of a grammar takes longer than parsing a spec, so files hold them. They are used if they were computed
from this grammar by this version of lark, and computed anew otherwise.
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
from lark.exceptions import UnexpectedInput
from lark.grammar import Rule
from lark.lexer import TerminalDef

from spikegraph.base.record import record
from spikegraph.dsl.builder import Builder

_LOCK = threading.RLock()


class _BodyError(Exception):
    """The body of a model is wrong. A parser would take lark's own error from within a rule for one of its own."""

    def __init__(self, problem: UnexpectedInput) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Syntax(NamedTuple):
    """A parser, and the builder that its rules call."""

    lark: lark.Lark
    builder: Builder

    def parse(self, text: str, start: str) -> Any:
        """Parse `text` from the rule `start` (`file`, `items` or `expr`).

        Raises:
            lark.exceptions.UnexpectedInput: `text` is not of the language.
        """
        try:
            # Lark says Tree, which is not so with a builder.
            return cast("Callable[..., Any]", self.lark.parse)(text, start=start)  # pyright: ignore[reportUnknownMemberType]
        except _BodyError as error:
            raise error.problem from None


@record
class Grammar:
    """A grammar: its files, the rules that a text may be parsed from, and the file with its tables."""

    files: tuple[str, ...]
    start: tuple[str, ...]
    tables: str

    @property
    def text(self) -> str:
        """The grammar for lark."""
        return "\n".join(_read(name) for name in self.files)

    @property
    def origin(self) -> dict[str, Any]:
        """What tables are computed from."""
        return {"lark": lark.__version__, "checksum": zlib.crc32(self.text.encode())}

    def computed(self) -> dict[str, Any]:
        """The tables, with what they were computed from: the content of their file."""
        return {**self.origin, **_Parser.of_grammar(self, Builder(_no_body)).tables()}

    def stored(self) -> dict[str, Any]:
        """The content of the tables' file."""
        stored = json.loads(_read(self.tables))
        table = stored["data"]["parser"]["parser"]
        table["tokens"] = _numbered(table["tokens"])
        table["states"] = {number: _numbered(actions) for number, actions in _numbered(table["states"]).items()}
        return {**stored, "memo": _numbered(stored["memo"])}

    def parser(self, builder: Builder) -> "_Parser":
        """A parser whose rules call the builder."""
        stored = self.stored()
        current = self.origin.items() <= stored.items()
        return _Parser.of_tables(stored, builder) if current else _Parser.of_grammar(self, builder)


FILES = Grammar(("grammar.lark",), ("file", "items", "expr"), "parser_tables.json")
MODELS = Grammar(("grammar.lark", "model.lark"), ("model_body",), "model_parser_tables.json")


class _Parser(lark.Lark):
    """A parser made from a grammar or from its tables."""

    @classmethod
    def of_grammar(cls, grammar: Grammar, builder: Builder) -> "_Parser":
        return cls(
            grammar.text,
            parser="lalr",
            lexer="contextual",
            start=list(grammar.start),
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


def _body(builder: Builder, text: str) -> Any:
    try:
        return _models(builder).parse(text, "model_body")
    except UnexpectedInput as problem:
        raise _BodyError(problem) from None


def _no_body(_: Builder, text: str) -> Any:
    raise AssertionError(text)


@cache
def _syntax() -> Syntax:
    builder = Builder(_body)
    return Syntax(FILES.parser(builder), builder)


@cache
def _models(builder: Builder) -> Syntax:
    return Syntax(MODELS.parser(builder), builder)


def _read(name: str) -> str:
    return files("spikegraph.dsl").joinpath(name).read_text(encoding="utf-8")


def _numbered(table: dict[str, Any]) -> dict[int, Any]:
    """A table whose keys are numbers, as they were before JSON made them strings."""
    return {int(key): value for key, value in table.items()}


@contextmanager
def syntax() -> Generator[Syntax]:
    """The parser, for one thread at a time: its builder has the state of one parse."""
    with _LOCK:
        yield _syntax()
