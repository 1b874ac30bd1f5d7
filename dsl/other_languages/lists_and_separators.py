"""Lists, blocks and separators of other languages."""

import re

from spikegraph.dsl.other_languages.place import Mistake, Place

_JOINED = {
    "candidates": ("->", "the stages of a pipeline are separated by `->`"),
    "genotype": ("+", "a node is a sum of edges"),
}
_STARTS_ENTRY = re.compile(r",\s*(?:[A-Za-z_][\w.]*\s*[=:]|\}|#|$)")


def semicolon(p: Place) -> Mistake | None:
    """`key = value;`."""
    if p.accepted or p.token != ";":
        return None
    if p.bracket in ("(", "["):
        return Mistake(
            p.offset, p.offset + 1, "`;` has no meaning here", "write `,` between items", (p.offset, p.offset + 1, ",")
        )
    help = "leave it out: nothing stands between entries"
    return Mistake(
        p.offset, p.offset + 1, "`;` doesn't end an entry", help, (p.offset, p.offset + 1, ""), (p.offset, p.offset + 1)
    )


def comma(p: Place) -> Mistake | None:
    """`key = value,`, `key = 0,5` and `key = a, b`."""
    if p.token != "," or not {"RBRACE", "$END"} & p.accepted:
        return None
    start, end = p.offset, p.offset + 1
    if _STARTS_ENTRY.match(p.after):
        return Mistake(start, end, "`,` doesn't end an entry", "leave it out: nothing stands between entries", (start, end, ""))
    value = re.search(r"=\s*", p.before)
    if value is None:
        return None
    begin, stop = p.line_start + value.end(), p.code_end(p.line_start)
    written = p.text[begin:stop].rstrip(",")
    if re.fullmatch(r"\d+,\d+", written):
        return Mistake(start, end, "`,` is not a decimal point", "write `.`", (start, end, "."))
    if p.kind in _JOINED:
        sign, what = _JOINED[p.kind]
        edit = (begin, stop, _joined(p.text[begin:stop], sign))
        return Mistake(start, end, f"`,` doesn't belong here: {what}", f"write `{sign}`", edit)
    return Mistake(begin, stop, "a list is in square brackets", f"write `[{written}]`", (begin, stop, f"[{written}]"))


def round_list(p: Place) -> Mistake | None:
    """`key = (a, b)`."""
    if p.kind == "model" or p.token != "," or p.bracket != "(" or re.search(r"\w\s*$", p.text[p.line_start : p.inside[-1][1]]):
        return None
    return _square(p, p.inside[-1][1], "a list is in square brackets")


def curly_value(p: Place) -> Mistake | None:
    """`key = {a, b}` and `key = {"a": 1}`."""
    if p.token != "{" or "NUMBER" not in p.accepted:
        return None
    found = _square(p, p.offset, "a value can't be in braces")
    if found.edit is None or ":" in found.edit[2]:
        help = "a list is `[a, b]`, and options are arguments: `name(option = value)`"
        return Mistake(found.start, found.end, found.summary, help)
    return found


def square_call(p: Place) -> Mistake | None:
    """`dspike[b = 3]`."""
    if p.token != "=" or p.bracket != "[" or not re.search(r"\w$", p.text[: p.inside[-1][1]]):
        return None
    opened = p.inside[-1][1]
    close = p.closing(opened, p.line_end)
    inner = p.text[opened + 1 : close]
    edit = None if close is None else (opened, close + 1, f"({inner})")
    return Mistake(
        opened, p.offset if close is None else close + 1, "arguments are in round brackets", f"write `({inner})`", edit
    )


def block(p: Place) -> Mistake | None:
    """`neuron lif:`, `neuron lif` without a brace, and `cell b : a {`, `cell b(a) {`, `cell b extends a {`."""
    if "LBRACE" not in p.accepted or "EQUALS" in p.accepted:
        return None
    base = re.match(r"(?::|\(|extends|from|is|inherits)\s*([A-Za-z_]\w*)\s*\)?\s*(?=\{|$)", p.after)
    if "LIKE" in p.accepted and base is not None and p.kind != "network":
        end = p.offset + len(base[0].rstrip())
        left = "" if p.before.endswith(" ") else " "
        edit = (p.offset, end, f"{left}like {base[1]}")
        return Mistake(p.offset, end, "a declaration copies another one with `like`", f"write `like {base[1]}`", edit)
    if p.token == ":":
        closed = p.closing(p.offset) is not None
        edit = (p.offset, p.offset + 1, " {") if closed else None
        return Mistake(p.offset, p.offset + 1, "a block is in braces", "write `{` here and `}` after its last line", edit)
    if not p.before.strip():
        end = len(p.text[: p.line_start].rstrip())
        start = max(p.text.rfind("\n", 0, end), p.text.rfind(" ", 0, end)) + 1
        edit = (end, end, " {")
        return Mistake(start, end, f"expected `{{` after `{p.text[start:end]}`", "write the opening `{`", edit, code="SG0106")
    return None


def _joined(items: str, sign: str) -> str:
    """Items with a sign in place of the commas outside of brackets."""
    depth, text = 0, ""
    for c in items.rstrip(","):
        depth += (c in "([{") - (c in ")]}")
        text += f" {sign}" if c == "," and depth == 0 else c
    return text


def _square(p: Place, opened: int, summary: str) -> Mistake:
    close = p.closing(opened, p.line_end)
    if close is None:
        return Mistake(opened, opened + 1, summary, "write `[...]`")
    inner = p.text[opened + 1 : close].strip()
    return Mistake(opened, close + 1, summary, f"write `[{inner}]`", (opened, close + 1, f"[{inner}]"))


RULES = (semicolon, comma, round_list, curly_value, square_call, block)
