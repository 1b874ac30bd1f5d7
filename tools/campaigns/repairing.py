"""Repairs a text by what the tools for agents answer, without any knowledge of the language: edits, words, completions."""

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

Ask = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""Calls a tool by its name; returns its data."""

ROUNDS = 8
"""Most edits of a text."""

_WORD = re.compile(r"[A-Za-z_]\w*")
_QUOTED = re.compile(r"`([^`]+)`")
_NEAR, _MOST = 0.5, 3


def repaired(text: str, ask: Ask) -> str | None:
    """The text after edits that `check` and `complete` suggest; None where errors remain."""
    found = ask("check", {"text": text})
    seen = {text}
    for _ in range(ROUNDS):
        if found["sound"]:
            return text
        better = _better(text, found, ask, seen)
        if better is None:
            return None
        text, found = better
    return text if found["sound"] else None


def _better(text: str, found: Mapping[str, Any], ask: Ask, seen: set[str]) -> tuple[str, Mapping[str, Any]] | None:
    """The first edit that leaves the fewest errors; an edit of a fix may leave as many, since it may show others."""
    best: tuple[tuple[int, int], str, Mapping[str, Any]] | None = None
    for sure, candidate in _edits(text, found, ask):
        if candidate in seen:
            continue
        seen.add(candidate)
        after = ask("check", {"text": candidate})
        if after["sound"]:
            return candidate, after
        rank = after["errors"], -_first(after)
        if (sure or rank < (found["errors"], -_first(found))) and (best is None or rank < best[0]):
            best = rank, candidate, after
    return None if best is None else best[1:]


def _first(found: Mapping[str, Any]) -> int:
    return min((each["line"] for each in found["diagnostics"] if each["severity"] == "error"), default=10**9)


def _edits(text: str, found: Mapping[str, Any], ask: Ask) -> Iterator[tuple[bool, str]]:
    """Texts after one edit, with whether a fix says so: fixes of all errors, then words of their helps, then completions."""
    errors = [each for each in found["diagnostics"] if each["severity"] == "error"]
    for error in errors:
        for fix in error["fixes"]:
            yield True, replaced(text, fix, fix["replacement"])
    for error in errors:
        for word in _QUOTED.findall(error["help"] or ""):
            yield False, replaced(text, error, word)
    for error in errors[:3]:
        yield from ((False, each) for each in _completed(text, error, ask))


def _completed(text: str, error: Mapping[str, Any], ask: Ask) -> Iterator[str]:
    """Words of the error's line in place of which a similar one may stand, first the one at its place."""
    row = text.split("\n")[error["line"] - 1] if error["line"] <= text.count("\n") + 1 else ""
    words = sorted(_WORD.finditer(row), key=lambda word: abs(word.start() + 1 - error["column"]))
    for word in words[:4]:
        place = {"line": error["line"], "column": word.start() + 1}
        known = [each["name"] for each in ask("complete", {"text": text, **place})["words"]]
        if word[0] in known:
            continue
        near = sorted(known, key=lambda name: -SequenceMatcher(None, word[0], name).ratio())[:_MOST]
        for name in near:
            if SequenceMatcher(None, word[0], name).ratio() >= _NEAR:
                yield replaced(text, {**place, "end_line": error["line"], "end_column": word.end() + 1}, name)


def replaced(text: str, place: Mapping[str, Any], by: str) -> str:
    """The text with other characters at a place of the tools, whose lines and columns count from 1."""
    rows = text.split("\n")
    first, last = place["line"] - 1, min(place["end_line"] - 1, len(rows) - 1)
    before, after = rows[first][: place["column"] - 1], rows[last][place["end_column"] - 1 :]
    return "\n".join([*rows[:first], before + by + after, *rows[last + 1 :]])
