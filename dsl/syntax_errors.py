"""Messages for syntax errors: what was expected, what was found, and where a reader would look for the error."""

import re

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from spikegraph.base.record import record
from spikegraph.dsl.brackets_and_comments import CLOSER, open_brackets
from spikegraph.dsl.diagnostics import Diagnostics, Fix, Label
from spikegraph.dsl.expected_tokens import expected_words, found_words
from spikegraph.dsl.limits import DEEPEST_CASE, LONGEST_NAME
from spikegraph.dsl.other_languages.place import Mistake, Place
from spikegraph.dsl.other_languages.recognise import recognise
from spikegraph.dsl.source import SourceFile, Span

_IMPORTED = re.compile(r"\b(?:like|genotype|path|search|retrain|on)[ \t]+([A-Za-z_]\w*)$")
_BLOCK = re.compile(r"\bblock[ \t]+([A-Za-z_]\w*)[ \t]+$")
_DOTTED = re.compile(r"\.([A-Za-z_]\w*)")


@record
class Fault:
    """Where a syntax error is in the parsed text, and the range without meaning that caused it, if that is known."""

    offset: int
    skip: tuple[int, int] | None = None


def offset_of(problem: UnexpectedInput) -> int:
    """The offset of the error in the parsed text."""
    offset: int | None = problem.pos_in_stream
    return 0 if offset is None else max(0, offset)


def report(
    problem: UnexpectedInput, source: SourceFile, lines: int, diagnostics: Diagnostics, piece: str | None = None
) -> Fault | None:
    """Add a syntax error; returns its place in the parsed text, None if parsing can't continue after it.

    `piece` is the parsed text, by default the whole file; `lines` of the file come before it.
    """
    text = source.text if piece is None else piece
    if isinstance(problem, UnexpectedToken):
        return _token(problem, source.name, text, lines, diagnostics)
    if isinstance(problem, UnexpectedCharacters):
        line, column = problem.line + lines, problem.column
        span = Span(source.name, line, column, line, column + 1)
        offset = offset_of(problem)
        character = text[offset]
        known = recognise(Place(text, offset, character, frozenset()))
        if known is not None:
            return _known(known, source.name, text, lines, diagnostics)
        if character == '"':
            rest = text[offset:].split("\n", 1)[0]
            span = Span(source.name, line, column, line, column + len(rest))
            diagnostics.error("SG0112", span, "a string is not closed", help='close it with `"` on the same line')
        else:
            shown = character if character.isprintable() else f"U+{ord(character):04X}"
            diagnostics.error("SG0109", span, f"`{shown}` has no meaning here")
        return Fault(offset)
    raise problem


def _known(mistake: Mistake, file: str, text: str, lines: int, diagnostics: Diagnostics) -> Fault:
    fixes: list[Fix] = []
    if mistake.edit is not None:
        start, end, replacement = mistake.edit
        what = f"write `{replacement.strip()}`" if replacement.strip() else "leave it out"
        fixes.append(Fix(_range(file, text, start, end, lines), replacement, what))
    place = _range(file, text, mistake.start, mistake.end, lines)
    diagnostics.error(mistake.code, place, mistake.summary, help=mistake.help, fixes=fixes)
    return Fault(mistake.start, mistake.skip)


def _token(problem: UnexpectedToken, file: str, text: str, lines: int, diagnostics: Diagnostics) -> Fault | None:
    token: Token = problem.token
    written = "{" if token.type == "MODEL_BODY" else str(token)  # a block where the grammar has none
    accepted = problem.accepts or problem.expected
    if token.type == "$END":
        _end(file, text, lines, accepted, diagnostics)
        return None
    offset = offset_of(problem)
    line, column = (token.line or 1) + lines, token.column or 1
    span = Span(file, line, column, line, column + max(1, len(written)))
    if written == "{" and "MODEL_BODY" in accepted:
        if Place(text, offset, "{", frozenset()).closing(offset) is None:
            _unclosed(file, text, lines, offset, "{", diagnostics)
        else:
            diagnostics.error(
                "SG0105", span, "a `case` is nested too deeply", help=f"at most {DEEPEST_CASE} may be in each other"
            )
        return None
    found = found_words(token.type, written)
    before, _ = _before(text, offset)
    known = recognise(Place(text, offset, written, frozenset(accepted)))
    if known is not None:
        return _known(known, file, text, lines, diagnostics)
    if written in (")", "]", "}") and "$END" in accepted and not open_brackets(text[:offset]):
        diagnostics.error("SG0106", span, f"unexpected {found}: no bracket is open here")
        return Fault(offset)
    earlier = _earlier(written, accepted, text, offset)
    if earlier is not None:
        at, width, summary = earlier
        diagnostics.error("SG0106", _span(file, text, at, lines, width), summary)
        return Fault(at)
    after = f" after `{before}`" if before else ""
    labels: list[Label] = []
    inside = open_brackets(text[:offset])
    if inside and inside[-1][0] in "([" and _line(text, inside[-1][1]) + lines != line:
        bracket, opened = inside[-1]
        labels.append(Label(_span(file, text, opened, lines), f"inside this `{bracket}`"))
    summary = f"expected {expected_words(set(accepted))}{after}, found {found}"
    diagnostics.error("SG0106", span, summary, help=_undotted(text, offset) or _unlike(written, text, offset), labels=labels)
    return Fault(offset)


def _undotted(text: str, offset: int) -> str | None:
    """The fix of `like lib.lif`, `genotype lib.feature` and `retrain lib.net`, where names of imports have no dots."""
    space, name = _IMPORTED.search(text, max(0, offset - LONGEST_NAME - 20), offset), _DOTTED.match(text, offset)
    return None if space is None or name is None else f"write `{space[1]}_{name[1]}`: here a name of an import has no dot"


def _unlike(token: str, text: str, offset: int) -> str | None:
    """What to write in place of `block b like a`."""
    block = _BLOCK.search(text, max(0, offset - LONGEST_NAME - 20), offset) if token == "like" else None
    written = None if block is None else f"`block {block[1]}(x) {{ ... }}`"
    return None if written is None else f"a block can't be `like` another: write {written}, or give it params"


_DANGLING = re.compile(r"(->|[-+*/=])\s*\n\s*([A-Za-z_][\w.]*)(?:[ \t]+at)?[ \t]*\Z")
_STRAY = re.compile(r"^[ \t]*(\S[^\n]*?)(?<![{}])[ \t]+([A-Za-z_]\w*)\s*\Z", re.MULTILINE)
_COMMENT = re.compile(r'"[^"\n]*"|#[^\n]*')
_KEYWORD = re.compile(r"(?:output|param|input|block|return|path|dgs|at|on|like)\Z")
_WINDOW = 2000
"""Characters before an error that are searched for its start."""


def _earlier(token: str, accepted: "set[str]", text: str, offset: int) -> tuple[int, int, str] | None:
    """An error that begins before the token where the parser failed: its offset, width and message.

    The grammar ignores line breaks, so `decay =` takes the next line's key as its value, and `hard soft` fails only after
    `soft`. Readers think in lines.
    """
    window = text[max(0, offset - _WINDOW) : offset]
    begin = offset - len(window)
    window = _COMMENT.sub(lambda m: m[0] if m[0].startswith('"') else " " * len(m[0]), window)
    if token == "=" or "EQUALS" in accepted:
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


def _end(file: str, text: str, lines: int, accepted: "set[str]", diagnostics: Diagnostics) -> None:
    inside = open_brackets(text)
    stripped = len(text.rstrip())
    if inside:
        bracket, offset = inside[-1]
        _unclosed(file, text, lines, offset, bracket, diagnostics)
        return
    before, offset = _before(text, stripped)
    after = f" after `{before}`" if before else ""
    diagnostics.error(
        "SG0106",
        _span(file, text, max(0, offset), lines, len(before)),
        f"expected {expected_words(set(accepted))}{after}, found the end",
    )


def _unclosed(file: str, text: str, lines: int, offset: int, bracket: str, diagnostics: Diagnostics) -> None:
    last = max(0, len(text.rstrip()) - 1)
    diagnostics.error(
        "SG0113",
        _span(file, text, offset, lines),
        f"`{bracket}` is not closed",
        labels=[Label(_span(file, text, last, lines), f"expected `{CLOSER[bracket]}` after this")],
        help=f"write the closing `{CLOSER[bracket]}`",
    )


_LAST = re.compile(r'"[^"\n]*"|#[^\n]*|->|\w+(?:\.\w+)*|\S')


def _before(text: str, offset: int) -> tuple[str, int]:
    """The token before `offset`, ignoring comments, and where it starts."""
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


def _range(file: str, text: str, start: int, end: int, lines: int) -> Span:
    found = SourceFile(file, text).span(start, end)
    return Span(file, found.line + lines, found.column, found.end_line + lines, found.end_column)


def _span(file: str, text: str, offset: int, lines: int, width: int = 1) -> Span:
    line = _line(text, offset)
    column = offset - text.rfind("\n", 0, offset)
    return Span(file, line + lines, column, line + lines, column + max(1, width))
