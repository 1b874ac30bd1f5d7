"""Mistakes in models of neurons, whose lines look like those of programs."""

import re
from itertools import pairwise

from spikegraph.base.nearest import nearest
from spikegraph.dsl.other_languages.place import Mistake, Place, Rule

_LINES = ("number", "option", "state", "emit")
_EMIT = "write `emit y else u`: the names of two lines, the spikes and the potential"
_LOOPS = "a model is one time step: `v[t-1]` is the state `v` after the step before"
_OTHER_LINES = {
    "param": "a number of a model is `number NAME = VALUE in [LOW, HIGH]`",
    "input": "the inputs of a model stand behind its name: `model NAME(I) { ... }`",
    "output": _EMIT,
    "return": _EMIT,
    "block": "a model consists of its own lines alone",
    "for": _LOOPS,
    "while": _LOOPS,
}
"""First words of lines of other blocks and languages, with what a model has instead."""

_COMPARED = "compare with `>`, `>=`, `<` or `<=`"
_OPERATORS = {
    "!": ("`!` has no meaning here", "write `not`"),
    "&": ("`&` has no meaning here", "write `and` between comparisons"),
    "|": ("`|` has no meaning here", "write `or` between comparisons"),
    "%": ("there is no operator `%`", "a remainder is `x - y * floor(x / y)`"),
    "@": ("there is no operator `@`", "a model is of one neuron: layers such as `linear(8)` come before it in the network"),
    "?": ("there is no operator `?`", "write `where(condition, x, y)`"),
}


def other_line(p: Place) -> Mistake | None:
    """`return u`, `param decay = 0.2`, `for i in range(3) { ... }` and `states v = 0`."""
    match = re.fullmatch(r"\s*([A-Za-z_]\w*)\s+", p.before)
    if match is None or "EQUALS" not in p.accepted or not re.match(r"[A-Za-z_]", p.token):
        return None
    word, start = match[1], p.line_start + match.start(1)
    if word in _OTHER_LINES:
        return Mistake(start, start + len(word), f"`{word}` is no line of a model", _OTHER_LINES[word])
    near = nearest(word, _LINES)
    if near is None or word == near:
        return None
    edit = (start, start + len(word), near)
    return Mistake(start, start + len(word), f"unknown word `{word}`", f"did you mean `{near}`?", edit, code="SG0106")


def assigned(p: Place) -> Mistake | None:
    """`u += I`, `v[t] = u`, `state v[t] = 0` and `dv/dt = -v`."""
    match = re.fullmatch(r"\s*(state\s+)?([A-Za-z_]\w*)\s*", p.before)
    if match is None:
        return None
    name, written = match[2], re.match(r"([-+*/])=|\[[^\[\]\n]*\](?=\s*=)|/\s*d\w+\s*=", p.after)
    if written is None or ("EQUALS" not in p.accepted and match[1] is None):
        return None
    end = p.offset + written.end()
    if written[1]:
        help = f"write the sum or product, under a name that is new: `NAME = {name} {written[1]} ...`"
        return Mistake(p.offset, end, f"there is no assignment `{written[0]}`", help)
    if p.token == "/":
        help = f"write the step that a program computes: `{name[1:]} = {name[1:]}[t-1] + dt * (...)`"
        return Mistake(p.line_start + match.start(2), end - 1, "there are no differential equations", help)
    help = f"write `{name}`: a name alone is its value at this step"
    return Mistake(p.offset, end, f"`{name}{written[0]}` can't be set", help, (p.offset, end, ""), code="SG1201")


def emitted(p: Place) -> Mistake | None:
    """`emit y, u`, `emit (y, u)`, `emit fire(u, threshold)` and `emit = y`."""
    if not re.fullmatch(r"\s*emit\b.*", p.before):
        return None
    comma = re.fullmatch(r",\s*([A-Za-z_]\w*)\s*", p.text[p.offset : p.code_end(p.line_start)])
    edit = None if comma is None else (p.offset, p.offset + 1, " else")
    return Mistake(p.offset, p.offset + len(p.token), f"unexpected `{p.token}` in an `emit`", _EMIT, edit, code="SG0106")


def quantity(p: Place) -> Mistake | None:
    """`number decay = 0.2`, `number decay in [0, 1]`, `number decay = 0.2 in 0..1` and `... learnable`."""
    missing = p.token == "in" and re.fullmatch(r"\s*number\s+([A-Za-z_]\w*)\s*", p.before)
    if missing:
        help = f"write `number {missing[1]} = VALUE in RANGE`"
        return Mistake(p.offset, p.offset + 2, f"the number `{missing[1]}` has no value", help, code="SG0106")
    bounded = re.fullmatch(r"\s*number\b[^=\n]*=[^\n]*\bin\b(.*)", p.before)
    if bounded and p.token != "+" and not re.search(r"[)\]]\s", bounded[1]):
        help = "write `[0, 1]`, with `(` or `)` where an end isn't part of the range: `(0, inf)`"
        return Mistake(p.offset, p.offset + len(p.token), f"a range has no `{p.token}` here", help, code="SG0106")
    begin = max(0, p.offset - 500)
    trained = re.search(r"\bin\s*[(\[][^\n]*[)\]]\s+(\w+)\s*\Z", p.text[begin : p.offset])
    if trained and "EQUALS" in p.accepted and re.match("learn|train", trained[1]):
        start, end = begin + trained.start(1), begin + trained.end(1)
        help = "write `learned`, or `learned per channel`"
        return Mistake(start, end, f"unknown word `{trained[1]}`", help, (start, end, "learned"), code="SG0106")
    return None


def unfinished(p: Place) -> Mistake | None:
    """`number decay = 0.2`, `option kind = a` and `state v` on a line that ends there."""
    if p.before.strip():
        return None
    line_end = len(re.sub(r"#[^\n]*$", "", p.text[: p.line_start].rstrip()).rstrip())
    start = p.text.rfind("\n", 0, line_end) + 1
    line = p.text[start:line_end]
    match = re.search(r"\b(number|option|state)\s+([A-Za-z_]\w*)(?:\s*=\s*([^\s=]+))?$", line)
    if match is None or not {"IN", "OF", "EQUALS"} & p.accepted:
        return None
    word, name, value = match.groups()
    begin, skip = start + match.start(2), (start + match.start(), line_end)
    at = begin, begin + len(name)
    if word == "state":
        return Mistake(*at, f"the state `{name}` has no value", f"write its value before the first step: `state {name} = 0`",
                       (line_end, line_end, " = 0"), skip, "SG0106")  # fmt: skip
    if word == "option":
        help = "write all its words, and the one that a neuron has by default: `option NAME = WORD of WORD | WORD`"
        return Mistake(*at, f"the option `{name}` has no words", help, None, skip, "SG0106")
    help = f"write where it may lie: `number {name} = {value or 0.5} in [0, 1]`, or `in (0, inf)`"
    return Mistake(*at, f"the number `{name}` has no range", help, None, skip, "SG0106")


def list_of_words(p: Place) -> Mistake | None:
    """`option kind = a of a, b`, `of [a, b]` and `of a / b`."""
    match = re.fullmatch(r"\s*option\s+\w+\s*=\s*\w+\s+of\b(.*)", p.before)
    if match is None or p.token not in (",", "[", "/", "(", "{"):
        return None
    end = p.code_end(p.line_start)
    words = re.findall(r"\w+", match[1] + p.text[p.offset : end])
    edit = (p.line_start + match.start(1), end, " " + " | ".join(words)) if words else None
    return Mistake(p.offset, p.offset + 1, f"unexpected `{p.token}` between the words of an option", "write `of a | b`", edit)


def limited_state(p: Place) -> Mistake | None:
    """`state v = 0 in [0, 1]`."""
    if p.token not in ("in", "of", "learned") or not re.match(r"\s*state\b", p.before):
        return None
    end = p.code_end(p.line_start)
    start = p.line_start + len(p.before.rstrip())
    help = "leave it out; a line limits a state: `v = clamp(u, 0, 1)`"
    return Mistake(p.offset, p.offset + len(p.token), "a state has no range", help, (start, end, ""), code="SG0106")


def own_word(p: Place) -> Mistake | None:
    """`state = 0`: a word of models as a name."""
    word = p.before.strip()
    if p.token != "=" or word not in ("number", "option", "state", "weights", "over"):
        return None
    start = p.line_start + p.before.index(word)
    return Mistake(start, start + len(word), f"`{word}` begins a line of its own", "choose another name", code="SG1201")


def choice(p: Place) -> Mistake | None:
    """`u = a if c else b`, `u = c ? a : b`, `u = 1 + case kind { ... }` and branches without `:`."""
    found = re.search(r"\b(if|match|switch)\b", p.before + p.token)
    if found and "EQUALS" in p.accepted | ({"EQUALS"} if p.token == "if" else set()):
        start = p.line_start + found.start()
        help = "write `where(condition, x, y)` for numbers, and `case OPTION { WORD: x  WORD: y }` for an option"
        return Mistake(start, start + len(found[0]), f"there is no `{found[0]}`", help)
    inner = re.search(r"\bcase\s+\w+\s*$", p.before)
    if inner and p.token == "{" and "EQUALS" in p.accepted:
        start = p.line_start + inner.start()
        help = "set a name in a line `NAME = case OPTION { ... }`, and use that"
        return Mistake(start, start + 4, "a `case` is a whole line", help)
    if p.token in ("=", "->") and "COLON" in p.accepted and len(p.accepted) == 1:
        return Mistake(p.offset, p.offset + len(p.token), f"unexpected `{p.token}` in a branch", "a branch is `WORD: value`")
    return None


def comparison(p: Place) -> Mistake | None:
    """`y = u > threshold`, `(I > 0) * I` and `0 < u < 1`."""
    if p.token not in (">", ">=", "<", "<=") or not p.accepted or p.after.startswith("<-"):
        return None
    chained = "AND" in p.accepted
    summary = "a chain of comparisons" if chained else "a comparison outside of `where`"
    help = "write `a < x and x < b`" if chained else "write `fire(u, threshold)` for spikes, and `where(x > 0, x, y)` otherwise"
    return Mistake(p.offset, p.offset + len(p.token), summary, help)


def operator(p: Place) -> Mistake | None:
    """`a == b`, `a != b`, `a && b`, `not` as `!`, `a % b` and `a @ b`."""
    if p.after.startswith("!=") or (p.token == "=" and p.before.endswith(("=", "!"))):
        start = p.offset if p.after.startswith("!=") else p.offset - 1
        written = p.text[start : start + 2]
        inside = p.bracket == "("
        return Mistake(start, start + 2, f"there is no operator `{written}`", _COMPARED) if inside else None
    if p.token == "=" and p.after.startswith("=="):
        return Mistake(p.offset, p.offset + 2, "there is no operator `==`", _COMPARED) if p.bracket == "(" else None
    if p.token not in _OPERATORS or (p.token == "%" and re.search(r"[\d.]$", p.before)):
        return None
    summary, help = _OPERATORS[p.token]
    return Mistake(p.offset, p.offset + 1, summary, help)


def whole_division(p: Place) -> Mistake | None:
    """`a // b`: behind a value, and with an expression behind it, of numbers and names of the text, which a comment isn't."""
    start = next((k for k in (p.offset - 1, p.offset) if p.text.startswith("//", k)), None)
    if p.kind != "model" or start is None or not re.search(r"=.*[\w)\]]\s*$", p.text[p.line_start : start]):
        return None
    if not _is_expression(p.text[start + 2 : p.code_end(start)], set(re.findall(r"\w+", p.text[:start]))):
        return None
    return Mistake(start, start + 2, "there is no operator `//`", "write `floor(x / y)`")


def _is_expression(text: str, names: set[str]) -> bool:
    """Whether a text consists of numbers and these names, with operators between them."""
    tokens = re.findall(r"[\w.]+|\S", text)
    operands = [re.match(r"[\w.]", token) is not None for token in tokens]
    if not any(operands) or tokens[-1] in "+-*/,([" or tokens[0] in "+*/,)]" or any(map(all, pairwise(operands))):
        return False
    return all(token in names or token[0] in "0123456789+-*/,()[]" for token in tokens)


def product(p: Place) -> Mistake | None:
    """`u = decay v[t-1] + I` and `u = 2v[t-1] + I`."""
    glued = re.search(r"(?<![\w.])\d+(?:\.\d+)?([A-Za-z_]\w*)$", p.before)
    match = glued or re.search(r"=.*[\w)\]][ \t]+([A-Za-z_]\w*)$", p.before)
    if match is None or p.token not in ("[", "(") or ("EQUALS" not in p.accepted and not glued):
        return None
    start = p.line_start + match.start(1)
    summary = f"an operator is missing before `{match[1]}`"
    edit = (start, start, " * " if glued else "* ")
    return Mistake(start, start + len(match[1]), summary, "write a product with `*`", edit)


def prime(p: Place) -> Mistake | None:
    """`v' = u`."""
    match = re.search(r"([A-Za-z_]\w*)$", p.before)
    if p.token != "'" or match is None:
        return None
    help = f"`{match[1]}` is its value at this step, and `{match[1]}[t-1]` that after the step before"
    return Mistake(p.offset, p.offset + 1, "`'` has no meaning here", help, (p.offset, p.offset + 1, ""), code="SG0109")


_RULES: tuple[Rule, ...] = (
    emitted,
    own_word,
    assigned,
    choice,
    other_line,
    quantity,
    list_of_words,
    unfinished,
    limited_state,
    operator,
    comparison,
    product,
    prime,
)


def in_model(p: Place) -> Mistake | None:
    """A mistake in the body of a model."""
    if p.kind != "model" or not p.inside:
        return None
    return next((found for rule in _RULES if (found := rule(p)) is not None), None)


def head(p: Place) -> Mistake | None:
    """`model m {`, `model m like lif` and `model m(I):`."""
    match = re.match(r"model\s+([A-Za-z_]\w*)\s*(?:\(([^()\n]*)\))?\s*", p.text[p.line_start : p.offset])
    if match is None or p.inside or match.end() < len(p.before):
        return None
    if p.token == "like":
        help = f"a neuron gives it other numbers: `neuron {match[1]} {{ model = NAME  decay = 0.5 }}`"
        return Mistake(p.offset, p.offset + 4, "a model can't be copied with `like`", help)
    if p.token == "{" and match[2] is None:
        at = p.line_start + match.end(1)
        help = f"write `model {match[1]}(I) {{ ... }}`"
        return Mistake(p.offset, p.offset + 1, f"the model `{match[1]}` has no inputs", help, (at, at, "(I)"), code="SG0106")
    if p.token == ":" and "MODEL_BODY" in p.accepted:
        help = "write `{` here and `}` after its last line"
        return Mistake(p.offset, p.offset + 1, "the body of a model is in braces", help)
    return None


RULES = (head, in_model)
