"""Docstrings as Markdown: prose, and lists of arguments, results and errors."""

import re
from collections.abc import Iterator
from inspect import cleandoc
from textwrap import dedent

from documentation import markdown

TITLES = {"Args:": "Arguments", "Attributes:": "Attributes", "Returns:": "Returns", "Yields:": "Yields", "Raises:": "Raises"}
_ENTRY = re.compile(r"^(\*{0,2}[\w.]+): (.*)$", re.DOTALL)


def as_markdown(docstring: str) -> str:
    """A docstring as Markdown."""
    return "\n".join(_blocks(cleandoc(docstring))).strip() + "\n"


def _blocks(text: str) -> Iterator[str]:
    parts = re.split(rf"^({'|'.join(TITLES)})\n", text, flags=re.MULTILINE)
    yield markdown.outside_code(parts[0], _prose)
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        inside, after = _cut(body)
        yield f"\n**{TITLES[title]}**\n"
        yield _entries(inside)
        if after:
            yield markdown.outside_code(after, _prose)


def _cut(body: str) -> tuple[str, str]:
    """The indented lines of a section, and what follows them."""
    match = re.search(r"^\S", body, re.MULTILINE)
    end = len(body) if match is None else match.start()
    return dedent(body[:end]).strip(), body[end:]


def _entries(text: str) -> str:
    entries = [_joined(entry) for entry in re.split(r"\n(?=\S)", text)]
    named = [_ENTRY.match(entry) for entry in entries]
    if not all(named):
        return markdown.escaped(_joined(text)) + "\n"
    return markdown.terms((f"`{match[1]}`", [markdown.escaped(match[2])]) for match in named if match is not None)


def _joined(text: str) -> str:
    return " ".join(text.split())


def _prose(text: str) -> str:
    """Prose, whose tables stay and whose indented lines are code."""
    return "\n\n".join(
        paragraph if paragraph.lstrip().startswith("|") else markdown.escaped(paragraph) for paragraph in text.split("\n\n")
    )
