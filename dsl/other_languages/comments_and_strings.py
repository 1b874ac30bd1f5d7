"""Comments, strings and characters of other languages."""

import re

from spikegraph.dsl.other_languages.place import Mistake, Place

_QUOTED = re.compile(
    r"'([^'\n]*)'|[\u201c\u201d\u201e]([^\u201c\u201d\n]*)[\u201c\u201d]|[\u2018\u2019]([^\u2018\u2019\n]*)[\u2018\u2019]"
)
_SIGNS = {
    "\u2212": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u2192": "->",
    "\u00d7": "*",
    "\u00b7": "*",
    "\u00f7": "/",
    "\u00a0": " ",
}
"""Signs that word processors and web pages put in place of others."""


def line_comment(p: Place) -> Mistake | None:
    """`// a comment`."""
    start = _pair(p, "//")
    if start is None:
        return None
    summary, help = "`//` doesn't begin a comment", "write `#` before a comment"
    return Mistake(start, start + 2, summary, help, (start, start + 2, "#"), (start, p.line_end))


def block_comment(p: Place) -> Mistake | None:
    """`/* a comment */`, on one line or several."""
    start = _pair(p, "/*")
    if start is None:
        return None
    summary, help = "`/*` doesn't begin a comment", "write `#` before a comment, on each of its lines"
    close = p.text.find("*/", start + 2)
    if close < 0:
        return Mistake(start, start + 2, summary, help, skip=(start, len(p.text)))
    end = close + 2
    rest = p.text[end:].split("\n", 1)[0].strip()
    lines = [line.strip().lstrip("*").strip() for line in p.text[start + 2 : close].split("\n")]
    edit = (start, end, "\n".join(f"# {line}".rstrip() for line in lines) if not rest else "")
    return Mistake(start, start + 2, summary, help, edit if not rest or len(lines) == 1 else None, (start, end))


def single_quotes(p: Place) -> Mistake | None:
    """`'text'`, or quotes of a word processor."""
    if p.accepted or p.token not in ("'", "\u201c", "\u201d", "\u201e", "\u2018", "\u2019"):
        return None
    summary = f"`{p.token}` doesn't begin a string"
    match = _QUOTED.match(p.after)
    if match is None:
        return Mistake(p.offset, p.offset + 1, summary, 'strings are in double quotes: `"..."`')
    text = next(part for part in match.groups() if part is not None)
    end = p.offset + match.end()
    if text.isidentifier() and p.before.strip() != "import":
        return Mistake(p.offset, end, summary, f"names have no quotes: write `{text}`", (p.offset, end, text))
    return Mistake(p.offset, end, summary, f'strings are in double quotes: write `"{text}"`', (p.offset, end, f'"{text}"'))


def typographic_sign(p: Place) -> Mistake | None:
    """A minus, an arrow or a space of a word processor."""
    sign = None if p.accepted else _SIGNS.get(p.token)
    if sign is None:
        return None
    shown = p.token if p.token.isprintable() else f"U+{ord(p.token):04X}"
    help = f"write `{sign}`" if sign.strip() else "write a space"
    return Mistake(
        p.offset, p.offset + 1, f"`{shown}` has no meaning here", help, (p.offset, p.offset + 1, sign), code="SG0109"
    )


def percent(p: Place) -> Mistake | None:
    """`20%`."""
    match = None if p.accepted or p.token != "%" else re.search(r"(?<![\d.])\d++(?:\.\d++)?$", p.before)
    if match is None:
        return None
    start, share = p.offset - len(match[0]), f"{float(match[0]) / 100:g}"
    edit = (start, p.offset + 1, share)
    return Mistake(p.offset, p.offset + 1, "`%` has no meaning here", f"write the share, `{share}`", edit, code="SG0109")


def continued_line(p: Place) -> Mistake | None:
    r"""`\` at the end of a line."""
    if p.accepted or p.token != "\\":
        return None
    help = "line breaks only separate words, so a line continues without it"
    return Mistake(p.offset, p.offset + 1, "`\\` has no meaning here", help, (p.offset, p.offset + 1, ""), code="SG0109")


def _pair(p: Place, pair: str) -> int | None:
    """The offset of two characters, the first or second of which doesn't fit."""
    return next((i for i in (p.offset - 1, p.offset) if i >= 0 and p.text.startswith(pair, i)), None)


RULES = (line_comment, block_comment, single_quotes, typographic_sign, percent, continued_line)
