"""Assignments, pipelines, numbers and operators of other languages."""

import re

from spikegraph.dsl.numbers import SECONDS
from spikegraph.dsl.other_languages.place import Mistake, Place


def assignment(p: Place) -> Mistake | None:
    """`key: value`, `key := value`, `key == value`, `key => value`, `key <- value`, `input image = real[...]`."""
    start, end = p.offset, p.offset + len(p.token)
    if p.token == ":" and "EQUALS" in p.accepted:
        end += p.after.startswith(":=")
        return _equals(p, start, end)
    if p.token == "=" and p.before.endswith("=") and "NUMBER" in p.accepted:
        return _equals(p, start - 1, end)
    if p.token == "<" and p.after.startswith("<-") and "=" not in p.before:
        return _equals(p, start, start + 2)
    if p.token == ">" and p.before.endswith("=") and "=" not in p.before[:-1]:
        return _equals(p, start - 1, end)
    if p.token == "=" and "COLON" in p.accepted and re.match(r"\s*input\b", p.before):
        help = "write `input NAME : kind[channels, sizes]`"
        return Mistake(start, end, "an input has a type, not a value", help, (start, end, ":"))
    key = re.fullmatch(r"\s*([A-Za-z_]\w*)\s+", p.before)
    if key is not None and "EQUALS" in p.accepted and p.inside and re.match(r"[0-9\"]", p.token):
        edit = (start, start, "= ")
        return Mistake(start, end, f"expected `=` after `{key[1]}`, found `{p.token}`", None, edit, code="SG0106")
    if key is not None and p.token == "->" and "EQUALS" in p.accepted and p.kind == "network":
        at = p.line_start + p.before.index(key[1])
        help = "write `return` before the result of a block, or `name =` before a value"
        edit = (at, at, "return ") if len(p.inside) == 2 else None
        return Mistake(at, at + len(key[1]), "a value without a name", help, edit, code="SG0106")
    if p.token == "=" and p.before.strip() == "return":
        return Mistake(start, end, "`return` is followed by a value, not by `=`", "write `return value`", (start, end + 1, ""))
    return None


def _equals(p: Place, start: int, end: int) -> Mistake:
    written = p.text[start:end]
    left = "" if p.text[start - 1 : start].isspace() else " "
    right = "" if p.text[end : end + 1].isspace() else " "
    what = "an argument" if p.bracket == "(" else "an entry"
    summary = f"`{written}` doesn't separate a name from its value"
    return Mistake(start, end, summary, f"{what} is `name = value`", (start, end, f"{left}={right}"))


def arrow(p: Place) -> Mistake | None:
    """`a > b`, `a | b`, `a => b`, `a - > b`: pipelines of other languages."""
    if not p.after.startswith("=>") and (p.accepted or p.token not in (">", "|")):
        return None
    start = p.offset
    if p.token == ">" and p.before.endswith("-"):
        return _no_value(p)
    if p.token == ">" and p.before.endswith("="):
        start -= 1
    elif p.token == ">" and p.before.rstrip().endswith("-"):
        start = p.line_start + p.before.rindex("-")
    end = p.code_end(start)
    edit = re.sub(r"\s*(?:=>|\|>|>>|-\s*>|>|\|)\s*", " -> ", p.text[start:end]).strip()
    written = re.match(r"=>|\|>|>>|-\s*>|>|\|", p.text[start:end])
    shown = p.token if written is None else written[0]
    help = "the stages of a pipeline are separated by `->`"
    return Mistake(start, start + len(shown), f"`{shown}` has no meaning here", help, (start, end, edit), code="SG0109")


def _no_value(p: Place) -> Mistake:
    """`a -> -> b` and `= -> b`: an arrow without a value before it."""
    start, left = p.offset - 1, p.before[:-1].rstrip()
    edit = (p.line_start + len(left), p.offset + 1, "") if left.endswith("->") else None
    last = re.search(r"->|\S$", left)
    after = "" if last is None else f" after `{'->' if left.endswith('->') else left[-1]}`"
    help = None if edit is None else "leave one `->` out"
    return Mistake(start, p.offset + 1, f"expected a value{after}, found `->`", help, edit, code="SG0106")


def power(p: Place) -> Mistake | None:
    """`x ** 2`, `x ^ 2`."""
    start = p.offset - 1 if p.token == "*" and p.before.endswith("*") else p.offset
    if p.token not in ("*", "^") or (p.token == "*" and start == p.offset):
        return None
    left = re.search(r"([\w.]+(?:\[[^\[\]]*\])?)\s*$", p.text[p.line_start : start])
    right = re.match(r"[*^]\s*2(?:\.0*)?(?![\w.]|\s*(?:\^|\*\*))", p.after)
    edit = None
    if left is not None and right is not None:
        begin, end = p.line_start + left.start(), p.offset + right.end()
        edit = (start, end, f"{'' if p.text[start - 1].isspace() else ' '}* {left[1]}")
        if p.text[:begin].rstrip().endswith(("/", "^", "**")):
            edit = (begin, end, f"({left[1]} * {left[1]})")
    written = p.text[start : p.offset + 1]
    return Mistake(start, p.offset + 1, f"there is no operator `{written}`", "write a power as a product: `W * W`", edit)


def number(p: Place) -> Mistake | None:
    """`.5`, `+3`, `+inf`, `2 x(...)`."""
    if p.token == "." and re.match(r"\.\d", p.after) and "NUMBER" in p.accepted:
        digits = re.match(r"\.\d+", p.after)
        shown = "" if digits is None else digits[0]
        help = f"a number begins with a digit: write `0{shown}`"
        return Mistake(
            p.offset, p.offset + len(shown), f"`{shown}` is not a number", help, (p.offset, p.offset, "0"), code="SG0107"
        )
    if p.token == "+" and re.match(r"\+\s*(?:\d|inf\b)", p.after) and "NUMBER" in p.accepted:
        return Mistake(p.offset, p.offset + 1, "a number has no `+`", "leave it out", (p.offset, p.offset + 1, ""))
    product = re.search(r"(\d)(\s+)[A-Za-z_]\w*$", p.before)
    if p.token == "(" and product is not None and "EQUALS" in p.accepted:
        at = p.line_start + product.end(1)
        return Mistake(at, at + 1, "an operator is missing after the number", "write a product with `*`", (at, at, " *"))
    return None


def function(p: Place) -> Mistake | None:
    """`lambda x: ...`."""
    match = re.search(r"\blambda\b", p.before)
    if match is None:
        return None
    start = p.line_start + match.start()
    return Mistake(start, start + len("lambda"), "there are no functions in the language", "use one of the names that it knows")


def unit(p: Place) -> Mistake | None:
    """`50 ms`."""
    match = re.search(r"[0-9]([ \t]+)([A-Za-z]+)\s*\Z", p.text[max(0, p.offset - 500) : p.offset])
    if match is None or match[2] not in SECONDS or "EQUALS" not in p.accepted:
        return None
    begin = max(0, p.offset - 500)
    start, end = begin + match.start(2), begin + match.end(2)
    help = "write the unit directly after the number"
    return Mistake(
        start, end, f"unexpected `{match[2]}` after a number", help, (begin + match.start(1), start, ""), code="SG0106"
    )


RULES = (function, unit, assignment, arrow, power, number)
