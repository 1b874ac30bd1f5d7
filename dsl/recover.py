"""Recovers from syntax errors, so that one run reports all of a file's.

A file that doesn't parse is cut where a line begins with a declaration. Each piece is parsed on its own. If a piece fails,
its wrong statement is replaced by spaces and the piece is parsed again.
"""

import re

from lark.exceptions import UnexpectedInput

from spikegraph.dsl import ast
from spikegraph.dsl.brackets_and_comments import open_brackets
from spikegraph.dsl.declarations import unknown_kind
from spikegraph.dsl.diagnostics import Diagnostics, Fix
from spikegraph.dsl.schema.statements import ITEM_WORDS
from spikegraph.dsl.source import SourceFile, Span
from spikegraph.dsl.syntax import Syntax
from spikegraph.dsl.syntax_errors import Fault, offset_of, report

Recovered = tuple[tuple[ast.Item, ...], frozenset[tuple[str, str]], bool, Span]

_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_VERSION = re.compile(r"sdhs(?:\s|#[^\n]*)*([0-9][A-Za-z0-9_.]*)")
_OTHER_VERSION = re.compile(r"(?:sdhs|version)\b[^\n{#]*(?<=\S)(?=\s|\Z)", re.IGNORECASE)
_HEAD = re.compile(
    r"^(?!(?:block|dgs|output|param|input|return)\b)"
    r"(?:import[ \t]*\"|(?:model|neuron|candidates|cell|trellis|network|genotype|path|dataset|search|retrain|profile)[ \t]+"
    r"[A-Za-z_]"
    r"|[A-Za-z_]\w*+[ \t]++[A-Za-z_]\w*+(?:\([^()\n#]*+\))?+[^=\n#{]*+\{)",
    re.MULTILINE,
)
_BLOCK_HEAD = re.compile(r"^(?:\}|import\b|#|\w[^\n]*\})[^\n]*\n(?:[ \t]*\n)*(block[ \t]+[A-Za-z_])", re.MULTILINE)
"""A block that isn't indented, behind the end of a declaration: probably one beside networks."""
_NAMED = re.compile(r"([A-Za-z_]\w*)[ \t]+([A-Za-z_]\w*)")
_STATEMENT = re.compile(
    r"^[ \t]*(?:[A-Za-z_][\w.]*(?:\[[^\]\n]*\])?[ \t]*=|(?:output|param|input|block|return|dgs)\b"
    r"|(?:number|weights|option|state|emit|over)\b|\})",
    re.MULTILINE,
)
_OPENS_BLOCK = re.compile(r"\s*(?:block|dgs)\b[^{]*\Z")
"""The head of a block whose brace is missing or comes later, so that more than the head is wrong."""

_TRIES = 8
"""Most syntax errors to report for one declaration."""


def recover(source: SourceFile, grammar: Syntax, diagnostics: Diagnostics) -> Recovered:
    """The sound items of a file that doesn't parse, kind and name of the others, whether names are missing, and the span."""
    text = source.text
    first = _blank_end(text, 0)
    position, span = _version(source, first, diagnostics)
    blocks = (match.start(1) for match in _BLOCK_HEAD.finditer(text, position))
    cuts = sorted({*(match.start() for match in _HEAD.finditer(text, position)), *blocks})
    if not cuts or cuts[0] > position:
        cuts.insert(0, position)
    items: list[ast.Item] = []
    broken: set[tuple[str, str]] = set()
    incomplete = False
    for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True):
        count = diagnostics.errors
        found = _piece(source, start, end, grammar, diagnostics)
        if diagnostics.errors == count:
            items.extend(found)
            continue
        named = _NAMED.match(text, start)
        if named is None or named[1] not in ITEM_WORDS:
            incomplete = True
        else:
            kind = named[1]
            broken.add((kind, kind if kind in ("search", "retrain") else named[2]))
    return tuple(items), frozenset(broken), incomplete, span


def unknown_version(span: Span, source: SourceFile, diagnostics: Diagnostics) -> None:
    """Add an error about the unknown version at `span`."""
    written = source.text[source.offset(span.line, span.column) : source.offset(span.end_line, span.end_column)]
    diagnostics.error(
        "SG0111",
        span,
        f"version `{written[:20]}` of the language is unknown",
        help=f"write `sdhs {ast.VERSION}`",
        fixes=[Fix(span, str(ast.VERSION), f"write `{ast.VERSION}`")],
    )


def _blank_end(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return position if match is None else match.end()


def _version(source: SourceFile, first: int, diagnostics: Diagnostics) -> tuple[int, Span]:
    """Check the version at offset `first`; returns the offset of the items and the span of the file."""
    match = _VERSION.match(source.text, first)
    whole = source.span(first, len(source.text))
    wrong = _OTHER_VERSION.match(source.text, first)
    if match is None and wrong is not None:
        place, help = source.span(first, wrong.end()), "make `sdhs 1` the first line that is not a comment"
        fixes = [Fix(place, f"sdhs {ast.VERSION}", f"write `sdhs {ast.VERSION}`")]
        diagnostics.error("SG0110", place, "the language's version is missing", help=help, fixes=fixes)
        return wrong.end(), whole
    if match is None:
        end = first + len(re.match(r"\w*", source.text[first : first + 40])[0])  # type: ignore[index]
        place = source.span(first, max(end, min(first + 1, len(source.text))))
        insert = Span(source.name, place.line, 1, place.line, 1)
        diagnostics.error(
            "SG0110",
            place,
            "the language's version is missing",
            help="make `sdhs 1` the first line that is not a comment",
            fixes=[Fix(insert, "sdhs 1\n", "write the version first")],
        )
        return first, whole
    if match[1] != str(ast.VERSION):
        unknown_version(source.span(match.start(1), match.end(1)), source, diagnostics)
    return match.end(), whole


def _piece(source: SourceFile, start: int, end: int, grammar: Syntax, diagnostics: Diagnostics) -> list[ast.Item]:
    """Parse the items in `text[start:end]`; errors go to `diagnostics`."""
    first = source.span(start, start)
    lines = first.line - 1
    piece = " " * (first.column - 1) + source.text[start:end]
    for _ in range(_TRIES):
        grammar.builder.begin(source.name, lines)
        try:
            items = grammar.parse(piece, "items")
        except UnexpectedInput as problem:
            head = _NAMED.match(source.text, start)
            if head is not None and head[1] not in ITEM_WORDS and "{" not in piece[: offset_of(problem)]:
                unknown_kind(source.span(start, head.end(1)), head[1], diagnostics)
                return []
            fault = report(problem, source, lines, diagnostics, piece)
            blanked = None if fault is None else _without(piece, fault)
            if blanked is None:
                return []
            piece = blanked
        else:
            grammar.builder.report(diagnostics)
            return list(items)
    return []


def _without(piece: str, fault: Fault) -> str | None:
    """The piece with spaces for what caused a fault, by default the statement; None if that would cause other errors."""
    if fault.skip is not None:
        start, end = fault.skip
        return piece[:start] + re.sub(r"[^\n]", " ", piece[start:end]) + piece[end:]
    offset = fault.offset
    inside = open_brackets(piece[:offset])
    if not inside or inside[-1][0] != "{":
        return None
    begin = inside[-1][1] + 1
    for match in _STATEMENT.finditer(piece, begin):
        if match.start() > offset:
            break
        if not match[0].endswith("}"):
            begin = match.start()
    after = next((m.start() for m in _STATEMENT.finditer(piece, offset) if m.start() > offset), None)
    if after is None:
        return None
    statement = piece[begin:after]
    if open_brackets(statement) or statement.count("}") != statement.count("{") or _OPENS_BLOCK.match(statement):
        return None
    return piece[:begin] + re.sub(r"[^\n]", " ", statement) + piece[after:]
