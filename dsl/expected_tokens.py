"""Phrases for the tokens that a parser expected and found."""

from collections.abc import Set as AbstractSet

from spikegraph.base.nearest import listed

_SIGNS = {
    "ARROW": "->",
    "EQUALS": "=",
    "COMMA": ",",
    "COLON": ":",
    "DOT": ".",
    "LBRACE": "{",
    "RBRACE": "}",
    "LPAR": "(",
    "RPAR": ")",
    "LBRACKET": "[",
    "RBRACKET": "]",
    "ON": "on",
    "AT": "at",
    "LIKE": "like",
    "IN": "in",
    "OF": "of",
    "BAR": "|",
    "MODEL_BODY": "{",
}
_WEAK = frozenset({"DOT", "LBRACKET", "LPAR", "ARROW", "PLUS", "MINUS", "STAR", "SLASH"})
"""Tokens that fit almost everywhere, named only if nothing else is expected."""


def expected_words(accepted: AbstractSet[str]) -> str:
    """The terminals that a parser accepts, as a phrase: ``a value``, ``` `=` ```, ``an entry or `}` ``."""
    if {"NUMBER", "LPAR"} <= accepted:
        return "a value or `]`" if "RBRACKET" in accepted else "a value or `)`" if "RPAR" in accepted else "a value"
    parts: list[str] = []
    if "IMPORT" in accepted and "RBRACE" not in accepted and "$END" in accepted:
        parts.append("a declaration")
    elif "RBRACE" in accepted:
        parts.append("an entry")
    elif "NUMBER" in accepted:
        parts.append("a number")
    elif "TEXT" in accepted:
        parts.append("a string")
    elif "NAME" in accepted:
        parts.append("a name")
    strong = [name for name in _SIGNS if name in accepted and (name not in _WEAK)]
    if parts == ["a declaration"] or ("NAME" in accepted and "RBRACE" not in accepted):
        # Soft keywords count as names here.
        strong = [name for name in strong if name not in ("ON", "AT", "LIKE")]
    elif parts == ["an entry"]:
        strong = ["RBRACE"]
    weak = [name for name in _SIGNS if name in accepted and name in _WEAK]
    if "$END" in accepted and not parts:
        return "the end"
    signs = strong if strong or parts else weak
    parts.extend(f"`{_SIGNS[name]}`" for name in signs)
    if len(parts) < 2:
        return parts[0] if parts else "other text"
    return ", ".join(parts[:-1]) + " or " + parts[-1]


def found_words(terminal: str, text: str) -> str:
    """A token as a phrase."""
    if terminal == "$END":
        return "the end"
    shown = text if len(text) <= 40 else text[:37] + "..."
    return listed([shown])
