"""Syntax errors: told in words, and passed over, so that those of a whole file are told in one go.

A file that doesn't parse is cut where a line begins with a declaration. Each piece is parsed by itself; in one that fails,
the statement at fault is blanked out and the piece tried again.
"""

import re

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, Fix, Label
from spikegraph.dsl.scan import CLOSER, open_brackets
from spikegraph.dsl.source import SourceFile, Span
from spikegraph.dsl.syntax import Syntax
from spikegraph.dsl.words import expected_words, found_words

VERSION = 1
"""The version of the language that this package reads."""

Recovered = tuple[tuple[ast.Item, ...], frozenset[tuple[str, str]], bool, Span]

_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_VERSION = re.compile(r"sdhs(?:\s|#[^\n]*)*([0-9][A-Za-z0-9_.]*)")
_HEAD = re.compile(
    r"^(?!(?:block|dgs|output|param|input|return)\b)"
    r"(?:import[ \t]*\"|(?:neuron|candidates|cell|trellis|network|genotype|path|dataset|search|retrain|profile)[ \t]+[A-Za-z_]"
    r"|[A-Za-z_]\w*[ \t]+[A-Za-z_]\w*[^=\n#]*\{)",
    re.MULTILINE,
)
_NAMED = re.compile(r"([A-Za-z_]\w*)[ \t]+([A-Za-z_]\w*)")
_STATEMENT = re.compile(
    r"^[ \t]*(?:[A-Za-z_][\w.]*(?:\[[^\]\n]*\])?[ \t]*=|(?:output|param|input|block|return|dgs)\b|\})", re.MULTILINE
)
_TRIES = 8
"""Errors that are looked for in one declaration."""


def recover(source: SourceFile, grammar: Syntax, diagnostics: Diagnostics) -> Recovered:
    """The sound items of a file that doesn't parse, the broken ones' names, whether names are lost, and the file's span."""
    text = source.text
    first = _blank_end(text, 0)
    position, span = _version(source, first, diagnostics)
    cuts = [match.start() for match in _HEAD.finditer(text, position)]
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
        if named is None:
            incomplete = True
        else:
            broken.add((named[1], named[2]))
    return tuple(items), frozenset(broken), incomplete, span


def unknown_version(span: Span, source: SourceFile, diagnostics: Diagnostics) -> None:
    """Say that the version at `span` is none that this package reads."""
    written = source.text[source.offset(span.line, span.column) : source.offset(span.end_line, span.end_column)]
    diagnostics.error(
        "SG0111",
        span,
        f"version `{written[:20]}` of the language is unknown",
        help=f"this program reads `sdhs {VERSION}`",
        fixes=[Fix(span, str(VERSION), f"write `{VERSION}`")],
    )


def _blank_end(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return position if match is None else match.end()


def _version(source: SourceFile, first: int, diagnostics: Diagnostics) -> tuple[int, Span]:
    """Judge the version at offset `first`; where the items begin, and the span of the file."""
    match = _VERSION.match(source.text, first)
    whole = source.span(first, len(source.text))
    if match is None:
        end = first + len(re.match(r"\w*", source.text[first : first + 40])[0])  # type: ignore[index]
        place = source.span(first, max(end, min(first + 1, len(source.text))))
        insert = Span(source.name, place.line, 1, place.line, 1)
        diagnostics.error(
            "SG0110",
            place,
            "the language's version is missing",
            help="the first line that is not a comment is `sdhs 1`",
            fixes=[Fix(insert, "sdhs 1\n", "write the version first")],
        )
        return first, whole
    if match[1] != str(VERSION):
        unknown_version(source.span(match.start(1), match.end(1)), source, diagnostics)
    return match.end(), whole


def _piece(source: SourceFile, start: int, end: int, grammar: Syntax, diagnostics: Diagnostics) -> list[ast.Item]:
    """Parse the items in `text[start:end]`; the errors of a piece that fails go to `diagnostics`."""
    line_start = source.text.rfind("\n", 0, start) + 1
    lines = source.text.count("\n", 0, line_start)
    piece = " " * (start - line_start) + source.text[start:end]
    for _ in range(_TRIES):
        grammar.builder.begin(source.name, lines)
        try:
            items = grammar.parse(piece, "items")
        except UnexpectedInput as problem:
            fault = report(problem, source, lines, diagnostics, piece)
            blanked = None if fault is None else _without_statement(piece, fault)
            if blanked is None:
                return []
            piece = blanked
        else:
            for place, bad in grammar.builder.problems:
                diagnostics.error(bad.code, place, str(bad), help=bad.help)
            return list(items)
    return []


def _offset(problem: UnexpectedInput) -> int:
    """Characters of the parsed text before the fault."""
    offset: int | None = problem.pos_in_stream
    return 0 if offset is None else max(0, offset)


def _without_statement(piece: str, offset: int) -> str | None:
    """The piece with the statement around `offset` blanked, or None where that would bring errors of its own."""
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
    if open_brackets(statement) or statement.count("}") != statement.count("{"):
        return None
    return piece[:begin] + re.sub(r"[^\n]", " ", statement) + piece[after:]


def report(
    problem: UnexpectedInput, source: SourceFile, lines: int, diagnostics: Diagnostics, piece: str | None = None
) -> int | None:
    """Tell a syntax error; the offset of the fault in the text that was parsed, None where nothing can follow it.

    `lines` of the file come before that text, `piece` (the whole file by default).
    """
    text = source.text if piece is None else piece
    if isinstance(problem, UnexpectedToken):
        return _token(problem, source.name, text, lines, diagnostics)
    if isinstance(problem, UnexpectedCharacters):
        line, column = problem.line + lines, problem.column
        span = Span(source.name, line, column, line, column + 1)
        offset = _offset(problem)
        character = text[offset]
        if character == '"':
            rest = text[offset:].split("\n", 1)[0]
            span = Span(source.name, line, column, line, column + len(rest))
            diagnostics.error(
                "SG0112", span, "a string is not closed", help='a string ends with `"` on the line where it starts'
            )
        else:
            shown = character if character.isprintable() else f"U+{ord(character):04X}"
            diagnostics.error("SG0109", span, f"`{shown}` has no meaning here")
        return offset
    raise problem


def _token(problem: UnexpectedToken, file: str, text: str, lines: int, diagnostics: Diagnostics) -> int | None:
    token: Token = problem.token
    accepted = problem.accepts or problem.expected
    if token.type == "$END":
        return _end(file, text, lines, accepted, diagnostics)
    offset = _offset(problem)
    line, column = (token.line or 1) + lines, token.column or 1
    span = Span(file, line, column, line, column + max(1, len(str(token))))
    found = found_words(token.type, str(token))
    before, _ = _before(text, offset)
    if str(token) in (")", "]", "}") and "$END" in accepted and not open_brackets(text[:offset]):
        diagnostics.error("SG0106", span, f"unexpected {found}: no bracket is open here")
        return offset
    earlier = _earlier(token, accepted, text, offset)
    if earlier is not None:
        at, width, summary = earlier
        diagnostics.error("SG0106", _span(file, text, at, lines, width), summary)
        return at
    after = f" after `{before}`" if before else ""
    labels: list[Label] = []
    inside = open_brackets(text[:offset])
    if inside and inside[-1][0] in "([" and _line(text, inside[-1][1]) + lines != line:
        bracket, opened = inside[-1]
        labels.append(Label(_span(file, text, opened, lines), f"inside this `{bracket}`"))
    diagnostics.error("SG0106", span, f"expected {expected_words(set(accepted))}{after}, found {found}", labels=labels)
    return offset


_DANGLING = re.compile(r"(->|[-+*/=])\s*\n\s*([A-Za-z_][\w.]*)[ \t]*\Z")
_STRAY = re.compile(r"^[ \t]*(\S[^\n]*?)(?<![{}])[ \t]+([A-Za-z_]\w*)\s*\Z", re.MULTILINE)
_COMMENT = re.compile(r'"[^"\n]*"|#[^\n]*')
_KEYWORD = re.compile(r"(?:output|param|input|block|return|path|dgs|at|on|like)\Z")
_WINDOW = 2000
"""Characters before a fault in which its beginning is looked for."""


def _earlier(token: Token, accepted: "set[str]", text: str, offset: int) -> tuple[int, int, str] | None:
    """A fault that begins before the token that the parser stumbled over: its offset, width and message.

    Line ends mean nothing to the grammar, so `decay =` takes the next line's key for its value, and `hard soft` is noticed
    only behind `soft`. People mean lines.
    """
    window = text[max(0, offset - _WINDOW) : offset]
    begin = offset - len(window)
    window = _COMMENT.sub(lambda m: m[0] if m[0].startswith('"') else " " * len(m[0]), window)
    if str(token) == "=":
        dangling = _DANGLING.search(window)
        if dangling is not None:
            summary = f"expected a value after `{dangling[1]}`, found the next entry, `{dangling[2]}`"
            return begin + dangling.start(1), len(dangling[1]), summary
    if "EQUALS" in accepted and "RBRACE" not in accepted:
        stray = _STRAY.search(window)
        if stray is not None and not _KEYWORD.search(stray[1]):
            last = _LAST.findall(stray[1])[-1]
            return begin + stray.start(2), len(stray[2]), f"unexpected `{stray[2]}` after `{last}`"
    return None


def _end(file: str, text: str, lines: int, accepted: "set[str]", diagnostics: Diagnostics) -> int | None:
    inside = open_brackets(text)
    stripped = len(text.rstrip())
    if inside:
        bracket, offset = inside[-1]
        diagnostics.error(
            "SG0113",
            _span(file, text, offset, lines),
            f"`{bracket}` is not closed",
            labels=[Label(_span(file, text, max(0, stripped - 1), lines), f"expected `{CLOSER[bracket]}` after this")],
            help=f"write the `{CLOSER[bracket]}` that ends it",
        )
        return None
    before, offset = _before(text, stripped)
    after = f" after `{before}`" if before else ""
    diagnostics.error(
        "SG0106",
        _span(file, text, max(0, offset), lines, len(before)),
        f"expected {expected_words(set(accepted))}{after}, found the end",
    )
    return None


_LAST = re.compile(r'"[^"\n]*"|#[^\n]*|->|\w+(?:\.\w+)*|\S')


def _before(text: str, offset: int) -> tuple[str, int]:
    """The token before `offset`, comments left out, and where it starts."""
    found = ("", 0)
    begin = text.rfind("\n", 0, offset) + 1
    while True:
        for match in _LAST.finditer(text, begin, offset):
            if not match[0].startswith("#"):
                found = (match[0], match.start())
        if found[0] or begin == 0:
            return found
        offset, begin = begin, text.rfind("\n", 0, begin - 1) + 1


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _span(file: str, text: str, offset: int, lines: int, width: int = 1) -> Span:
    line = _line(text, offset)
    column = offset - text.rfind("\n", 0, offset)
    return Span(file, line + lines, column, line + lines, column + max(1, width))
