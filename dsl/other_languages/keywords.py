"""Keywords and quoted names of other languages, and misspelt keywords."""

import re

from spikegraph.base.nearest import nearest
from spikegraph.dsl.other_languages.place import Mistake, Place
from spikegraph.dsl.schema.statements import ITEM_WORDS

_VARIABLE = ("let", "var", "val", "const", "auto", "local", "set", "int", "float", "double")
_FUNCTION = ("def", "fn", "func", "function")
_STATEMENTS = ("param", "input", "output", "block", "return", "dgs")


def outside(p: Place) -> Mistake | None:
    """`W = 8`, `W: 8` and `let W = 8` outside of all declarations, and `neuron = lif {`."""
    words = p.before.split()
    if p.inside or p.token not in ("=", ":") or "path" in words or not words:
        return None
    start = p.line_start + len(p.before) - len(p.before.lstrip())
    if len(words) == 1 and words[0] in ITEM_WORDS:
        at = p.offset
        edit = (at, at + 1 + p.after[1:2].isspace(), "")
        return Mistake(at, at + 1, f"`{words[0]}` is followed by a name, not by `{p.token}`", "leave it out", edit)
    if len(words) > 2 or (len(words) == 2 and words[0] not in _VARIABLE):
        return None
    help = f"a number of a network is a `param {words[-1]} = ...` in its `network`"
    end = p.code_end(p.line_start)
    return Mistake(start, end, f"`{words[-1]}` is set outside of all declarations", help, skip=(p.line_start, p.line_end))


def variable(p: Place) -> Mistake | None:
    """`let W = 8`, `def head(x) {`, and `parm W = 8` or `retrun x`."""
    match = re.fullmatch(r"\s*([A-Za-z_]\w*)\s+", p.before)
    if match is None or "EQUALS" not in p.accepted or not p.inside:
        return None
    word, start = match[1], p.line_start + match.start(1)
    network = p.kind == "network" and len(p.inside) == 1
    if word in _FUNCTION and network and re.match(r"\w+\s*\(", p.after):
        edit = (start, start + len(word), "block")
        return Mistake(start, start + len(word), f"there is no keyword `{word}`", "a part of a network is a `block`", edit)
    if word in _VARIABLE and re.match(r"\w+\s*=", p.after):
        better = network and re.match(r"\w+\s*=[^>\n]*$", p.after) and "->" not in p.after
        help = "a number of a network is a `param`" if better else "an entry is `name = value`"
        edit = (start, start + len(word), "param") if better else (start, p.offset, "")
        return Mistake(start, start + len(word), f"there is no keyword `{word}`", help, edit)
    near = nearest(word, _STATEMENTS if p.kind == "network" else ("dgs",))
    if near is not None and word != near:
        edit = (start, start + len(word), near)
        return Mistake(start, start + len(word), f"unknown word `{word}`", f"did you mean `{near}`?", edit, code="SG0106")
    return None


def between(p: Place) -> Mistake | None:
    """`retrain net with cifar10`, `dgs on stems`, `dgs cells[0]`."""
    if re.fullmatch(r"\s*dgs\s+", p.before) and re.match(r"[A-Za-z_\"]", p.after):
        word = re.match(r"on\b|to\b|for\b|in\b", p.after)
        edit = (p.offset, p.offset, "at ") if word is None else (p.offset, p.offset + len(word[0]), "at")
        return Mistake(
            p.offset, p.offset + len(p.token), "expected `at` after `dgs`", "write `dgs at PLACE { ... }`", edit, code="SG0106"
        )
    if re.fullmatch(r"(?:search|retrain)\s+on\s+", p.before) and "ON" in p.accepted:
        start = p.line_start + p.before.rindex("on")
        return Mistake(
            start, start + 2, "the name of a network is missing before `on`", "write `NETWORK on DATASET`", code="SG0106"
        )
    match = re.match(r"(?:[A-Za-z_]\w*|,)(?=\s+[A-Za-z_])", p.after)
    if "ON" not in p.accepted or p.inside or match is None or not re.match(r"(?:search|retrain)\b", p.before):
        return None
    left = "" if p.before.endswith(" ") else " "
    edit = (p.offset, p.offset + len(match[0]), f"{left}on")
    summary = f"expected `on`, found `{match[0]}`"
    return Mistake(p.offset, p.offset + len(match[0]), summary, "write `on DATASET`", edit, code="SG0106")


def quoted_name(p: Place) -> Mistake | None:
    """`"decay" = 0.2`, `"decay": 0.2` and `neuron "lif" {`."""
    if not p.token.startswith('"') or "NAME" not in p.accepted:
        return None
    name, end = p.token.strip('"'), p.offset + len(p.token)
    place = re.fullmatch(r"\s*dgs\s+at\s+", p.before) and re.fullmatch(r"[A-Za-z_][\w.\[\]]*", name)
    if (not name.isidentifier() and not place) or p.before.strip() in ("include", "from", "use", "require"):
        return None
    following = re.match(r"\s*:", p.text[end : p.line_end])
    edit = (p.offset, end, name) if following is None else (p.offset, end + following.end(), f"{name} =")
    return Mistake(p.offset, end, "names have no quotes", f"write `{name}`", edit)


def imported(p: Place) -> Mistake | None:
    """`import neurons`, `include "neurons.sdhs"`, `from "neurons.sdhs" import lif`."""
    words = p.before.split()
    if words == ["import"] and re.match(r"[A-Za-z_]", p.after) and "TEXT" in p.accepted:
        end = p.code_end(p.offset)
        name = p.text[p.offset : end]
        file = f'"{name.removesuffix(".sdhs")}.sdhs"'
        return Mistake(p.offset, end, "an import names a file", f"write `import {file}`", (p.offset, end, file))
    if p.inside or len(words) != 1 or words[0] not in ("include", "from", "use", "require") or not p.token.startswith('"'):
        return None
    start = p.line_start + p.before.index(words[0])
    end = p.code_end(start)
    text = f"import {p.token}"
    return Mistake(start, start + len(words[0]), f"there is no keyword `{words[0]}`", f"write `{text}`", (start, end, text))


RULES = (outside, variable, between, quoted_name, imported)
