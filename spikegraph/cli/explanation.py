"""The page on a diagnostic as plain text, from its Markdown."""

import re

from spikegraph.base.terminal import reflowed

_HEAD = re.compile(r"^## (SG\d{4})\b.*$", re.MULTILINE)
_BLOCK = re.compile(r"^```(\w*) ?([\w ]*)\n(.*?)^```$\n?", re.MULTILINE | re.DOTALL)
_TITLES = {"wrong": "Wrong:", "right": "Corrected:"}
INDENT = "    "


def explanation(page: str, code: str) -> str:
    """The Markdown of the section on a code, from its heading to the next.

    Raises:
        LookupError: The page has no such section.
    """
    heads = list(_HEAD.finditer(page))
    for head in heads:
        if head[1] == code:
            following = re.search(r"^##? ", page[head.end() :], re.MULTILINE)
            end = len(page) if following is None else head.end() + following.start()
            return page[head.start() : end].rstrip() + "\n"
    raise LookupError(f"docs/diagnostics.md has no section on {code}")


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
