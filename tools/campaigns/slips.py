"""Slips of one word or sign in sound specs, as people and language models make them."""

import re
from collections.abc import Callable
from random import Random

TOKEN = re.compile(r'"[^"\n]*"|#[^\n]*|->|[A-Za-z_]\w*|[0-9][\w.]*|\s+|\S')
_WORD = re.compile(r"[A-Za-z_]\w{2,}")
_OTHER = {"=": (":", "=="), "->": ("=>", ">", "."), ",": (";", "."), "[": ("(",), "]": (")",), "(": ("[",), ")": ("]",)}
_BRACKETS, _BETWEEN = "{}()[]", ("=", "->", ",")


def _misspelt(rng: Random, found: list[str]) -> list[str] | None:
    """A word with two letters exchanged, or one left out, doubled or replaced."""
    places = [i for i, token in enumerate(found) if _WORD.fullmatch(token)]
    if not places:
        return None
    at = rng.choice(places)
    word, i = found[at], rng.randrange(1, len(found[at]))
    made = rng.choice(
        (
            word[: i - 1] + word[i] + word[i - 1] + word[i + 1 :],
            word[:i] + word[i + 1 :],
            word[:i] + word[i - 1] + word[i:],
            word[:i] + rng.choice("aeiourstln") + word[i + 1 :],
        )
    )
    return [*found[:at], made, *found[at + 1 :]]


def _missing(rng: Random, found: list[str]) -> list[str] | None:
    """A sign that is left out."""
    at = _any(rng, found, (*_BRACKETS, *_BETWEEN))
    return None if at is None else [*found[:at], *found[at + 1 :]]


def _extra(rng: Random, found: list[str]) -> list[str] | None:
    """A sign that stands twice, or a comma or semicolon at the end of a line."""
    ends = [i for i, token in enumerate(found) if "\n" in token and i and not found[i - 1].startswith("#")]
    if rng.random() < 0.5 and ends:
        at = rng.choice(ends)
        return [*found[:at], rng.choice(",;"), *found[at:]]
    at = _any(rng, found, (*_BRACKETS, *_BETWEEN))
    return None if at is None else [*found[:at], found[at], *found[at:]]


def _other_sign(rng: Random, found: list[str]) -> list[str] | None:
    """A sign in place of another one."""
    at = _any(rng, found, tuple(_OTHER))
    return None if at is None else [*found[:at], rng.choice(_OTHER[found[at]]), *found[at + 1 :]]


def _twice(rng: Random, found: list[str]) -> list[str] | None:
    """A line that stands twice."""
    rows = "".join(found).splitlines(keepends=True)
    places = [
        i for i, row in enumerate(rows) if row.strip().strip("{}") and "#" not in row and row.count("{") == row.count("}")
    ]
    if not places:
        return None
    at = rng.choice(places)
    return TOKEN.findall("".join([*rows[: at + 1], *rows[at:]]))


def _any(rng: Random, found: list[str], signs: tuple[str, ...]) -> int | None:
    places = [i for i, token in enumerate(found) if token in signs]
    return rng.choice(places) if places else None


KINDS: dict[str, Callable[[Random, list[str]], list[str] | None]] = {
    "misspelt word": _misspelt,
    "sign left out": _missing,
    "sign too many": _extra,
    "another sign": _other_sign,
    "line twice": _twice,
}


def slip(rng: Random, kind: str, text: str) -> str | None:
    """The text with one slip of a kind; None where it has no place for one."""
    made = KINDS[kind](rng, TOKEN.findall(text))
    return None if made is None else "".join(made)
