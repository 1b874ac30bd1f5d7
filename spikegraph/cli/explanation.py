"""The page on a diagnostic as plain text, from its Markdown."""

import re

from spikegraph.base.terminal import reflowed

_BLOCK = re.compile(r"^```(\w*) ?([\w ]*)\n(.*?)^```$\n?", re.MULTILINE | re.DOTALL)
_TITLES = {"wrong": "Wrong:", "right": "Corrected:"}
INDENT = "    "


def plain(section: str, width: int | None) -> str:
    """A section as plain text of at most `width` columns: a heading, paragraphs, and examples that are indented."""
    parts: list[str] = []
    end = 0
    for block in _BLOCK.finditer(section):
        parts += [_prose(section[end : block.start()], width), _example(block)]
        end = block.end()
    parts.append(_prose(section[end:], width))
    return "\n\n".join(part for part in parts if part) + "\n"


def _prose(text: str, width: int | None) -> str:
    paragraphs = re.sub(r"^#+ ", "", text.strip(), flags=re.MULTILINE)
    return reflowed(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", paragraphs), width)


def _example(block: re.Match[str]) -> str:
    title = next((line for word, line in _TITLES.items() if word in block[2].split()), None)
    lines = [f"{INDENT}{line}".rstrip() for line in block[3].rstrip("\n").split("\n")]
    return "\n".join(lines if title is None else [title, *lines])
