"""Loops, slices, several names or values at once and remainders, as programs in Python have them."""

import re

from spikegraph.dsl.other_languages.place import Mistake, Place

_REPEAT = "`x -> repeat(BLOCK, n)` uses a block n times, each time on the result before"
_SPLIT = "`split` takes the channels of a value apart"
_NAMES = r"\s*\(?\s*[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)+\s*\)?\s*"


def loop(p: Place) -> Mistake | None:
    """`for i in range(3) {`, `for i in range(3):`, `while ...` and `[conv(3) for i in range(3)]`."""
    if p.bracket in ("(", "[") and p.token == "for":
        return _no_loop(p, p.offset, "for", p.closing(p.inside[-1][1]))
    head = re.fullmatch(r"\s*(for|while)\b\s*", p.before)
    if head is None or not p.inside or "EQUALS" not in p.accepted or p.token in ("=", ":"):
        return None
    start = p.line_start + head.start(1)
    opened = p.text.find("{", start, p.code_end(start))
    close = None if opened < 0 else p.closing(opened)
    return _no_loop(p, start, head[1], None if close is None else close + 1)


def _no_loop(p: Place, start: int, word: str, end: int | None) -> Mistake:
    """The mistake of a loop at `start`, whose text ends at `end`, by default with the line."""
    skip = (start, p.code_end(start) if end is None else end)
    return Mistake(start, start + len(word), f"there is no `{word}` in the language", _REPEAT, skip=skip)


def slice_(p: Place) -> Mistake | None:
    """`a[0:3]`, `a[:, 1]` and `a[..., 1]`."""
    if p.bracket != "[" or p.token[:1] not in (":", ".") or not re.search(r"[\w)\]]$", p.text[: p.inside[-1][1]]):
        return None
    opened = p.inside[-1][1]
    close = p.closing(opened, p.line_end)
    end = p.offset + 1 if close is None else close + 1
    help = f"{_SPLIT}; an element of a list is `NAME[0]`"
    return Mistake(opened, end, f"there are no slices, such as `{p.text[opened:end]}`", help)


def several_names(p: Place) -> Mistake | None:
    """`q, k = split(x)` and `(q, k) = split(x)`."""
    if not p.inside or p.kind == "model":
        return None
    line = p.before + p.after
    found = re.match(rf"({_NAMES})=(?!=)", line)
    if found is None or p.offset > p.line_start + found.end():
        return None
    names = found[1].strip()
    start = p.line_start + line.index(names)
    help = f"write a line for each; {_SPLIT}"
    return Mistake(start, start + len(names), "a line sets one name", help)


def several_values(p: Place) -> Mistake | None:
    """`return (q, k)`, `return q, k` and `a = (q, k)`."""
    if p.token != "," or "COMMA" in p.accepted or p.kind == "model":
        return None
    if p.bracket == "(":
        start = p.inside[-1][1]
        close = p.closing(start)
        rest = p.offset + 1 if close is None else close
        end = rest if close is None else close + 1
    else:
        begin = re.match(r"\s*return\b\s*", p.before)
        if p.bracket != "{" or begin is None:
            return None
        start, end = p.line_start + begin.end(), p.code_end(p.line_start)
        rest = end
    help = f"write a line or a block for each, or `concat` them; {_SPLIT}"
    return Mistake(start, end, "there are no tuples: a line has one value, and a block one result", help, skip=(p.offset, rest))


def remainder(p: Place) -> Mistake | None:
    """`i % 2` and `W % 8`."""
    if p.token != "%" or p.accepted or p.kind == "model" or not re.match(r"%\s*[\w(]", p.after):
        return None
    help = f"layers that alternate are one block: {_REPEAT}; {_SPLIT}"
    return Mistake(p.offset, p.offset + 1, "there is no operator `%`", help)


RULES = (loop, slice_, several_names, remainder)
