"""Brackets and commas that are missing or that there are too many of."""

import re

from spikegraph.dsl.brackets_and_comments import CLOSER
from spikegraph.dsl.other_languages.place import Mistake, Place

_ENTRY = re.compile(
    r"[ \t]*(?:[A-Za-z_][\w.]*[ \t]*=|(?:output|param|input|return|block|dgs)\b|\}|[A-Za-z_]\w*[ \t]+[A-Za-z_]\w*)"
)


def unclosed(p: Place) -> Mistake | None:
    """`(` or `[` without its closing bracket on a line, before the next entry."""
    if p.bracket not in ("(", "[") or p.before.strip() or not _ENTRY.match(p.text, p.line_start):
        return None
    bracket, opened = p.inside[-1]
    close = p.closing(opened)
    if close is not None and p.text[close] == CLOSER[bracket] and p.token != "}":
        return None
    end = len(re.sub(r"#[^\n]*$", "", p.text[: p.line_start].rstrip("\n")).rstrip())
    edit = (end, end, CLOSER[bracket]) if p.text.rfind("\n", 0, end) < opened else None
    return Mistake(
        opened, opened + 1, f"`{bracket}` is not closed", f"write the closing `{CLOSER[bracket]}`", edit, code="SG0113"
    )


def key_alone(p: Place) -> Mistake | None:
    """A key without `=` and value on a line of its own."""
    if p.before.strip() or "RPAR" in p.accepted:
        return None
    match = re.search(r"([A-Za-z_]\w*)\s*\Z", p.text[max(0, p.offset - 500) : p.offset])
    if match is None or ("EQUALS" not in p.accepted and match[1] != "return"):
        return None
    start = max(0, p.offset - 500) + match.start(1)
    if match[1] == "return":
        summary = "expected a value after `return`"
        return Mistake(start, start + len(match[1]), summary, "write `return value`", code="SG0106")
    summary = f"expected `=` after `{match[1]}`"
    return Mistake(start, start + len(match[1]), summary, f"write `{match[1]} = value`", code="SG0106")


def superfluous(p: Place) -> Mistake | None:
    """`)` where no `(` is open."""
    if p.token not in (")", "]") or (p.bracket and CLOSER[p.bracket] == p.token):
        return None
    if "$END" in p.accepted and not p.inside:
        return None
    summary = f"unexpected `{p.token}`: it closes no bracket"
    return Mistake(p.offset, p.offset + 1, summary, "leave it out", (p.offset, p.offset + 1, ""), code="SG0106")


def trailing_comma(p: Place) -> Mistake | None:
    """`[a, b,]`."""
    if p.token not in (")", "]") or not p.text[: p.offset].rstrip().endswith(","):
        return None
    comma = p.text.rindex(",", 0, p.offset)
    summary = f"expected a value after `,`, found `{p.token}`"
    return Mistake(p.offset, p.offset + 1, summary, "leave out the last `,`", (comma, comma + 1, ""), code="SG0106")


def missing_comma(p: Place) -> Mistake | None:
    """`[a b]` and `f(a = 1 b = 2)`."""
    if p.bracket not in ("(", "[") or "COMMA" not in p.accepted or not re.match(r"[\w\"\[]", p.token):
        return None
    end = len(p.text[: p.offset].rstrip())
    summary = f"expected `,` or `{CLOSER[p.bracket]}` before `{p.token}`"
    return Mistake(p.offset, p.offset + len(p.token), summary, "write `,` between items", (end, end, ","), code="SG0106")


RULES = (key_alone, superfluous, trailing_comma, missing_comma)
