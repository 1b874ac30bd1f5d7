"""Texts of strangers, such as names of files, without characters that control a terminal or change the order of letters."""

import re

_CONTROL = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
CONTROL = re.compile(f"[{_CONTROL}]")
"""A control character other than a tab or a line end, an override of the direction of text, or a byte that isn't text."""

_CONTROL_AND_SPACE = re.compile(rf"[{_CONTROL}\t\n]")


def visible(text: str) -> str:
    r"""The text with `\x1b` for an escape character, and so on; tabs and line ends stay."""
    return CONTROL.sub(_escape, text) if CONTROL.search(text) else text


def visible_name(name: object) -> str:
    r"""A name or path on one line: tabs and line ends become `\x09` and `\x0a` too."""
    return _CONTROL_AND_SPACE.sub(_escape, str(name))


def visible_json(text: str) -> str:
    r"""JSON with `\u009b` for such characters in its strings."""
    return CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
