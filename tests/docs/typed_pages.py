"""What a reader of a page types: its commands, code and files, in the order of the page."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r"# (\S+\.(?:py|sdhs))\n")
ROW = re.compile(r"^\| (?!---|task )[^|]+\| (.+) \|$", re.MULTILINE)
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
PROGRAMS = ("spikegraph", "pip", "pytest", "torchrun", "python", "twine", "rm")
PLACEHOLDER = re.compile(r"(?<![\w.-])(?:FILE\.py:NAME|FILE\.sh|[A-Z]{2,}\d?(?![\w-])|\.\.\.)")


@dataclass(frozen=True)
class Typed:
    """A command, Python code, or a file that the page titles with its name."""

    line: int
    text: str
    kind: str = "command"
    name: str = ""

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text, comments=True)


def read(page: str) -> str:
    """The text of a page; of a notebook, that of its cells of Markdown."""
    text = (ROOT / page).read_text(encoding="utf-8")
    if not page.endswith(".ipynb"):
        return text
    return "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")


@cache
def headings(page: str) -> tuple[str, ...]:
    """The headings of a page, in their order."""
    return tuple(re.findall(r"^#+ (.+)$", BLOCK.sub("", read(page)), re.MULTILINE))


def block_items(text: str) -> Iterator[Typed]:
    """Each command of each block, each block of Python code, and each titled file; other blocks show something."""
    for found in BLOCK.finditer(text):
        line, content = text.count("\n", 0, found.start()) + 2, found[3]
        title = TITLE.match(content)
        if title is not None:
            yield Typed(line, content, "file", title[1])
        elif found[2] == "python":
            yield Typed(line, content, "python")
        elif content.split(maxsplit=1)[0] in PROGRAMS:
            yield from _commands(line, content)


def _commands(line: int, content: str) -> Iterator[Typed]:
    joined = content.replace("\\\n", "")
    for typed in joined.splitlines():
        yield from (Typed(line, part.strip()) for part in typed.split("&&") if part.strip())


def opening(text: str) -> list[Typed]:
    """What is typed until the first block of commands or of code ends."""
    found: list[Typed] = []
    for item in block_items(text):
        first = next((each for each in found if each.kind != "file"), None)
        if first is not None and item.line != first.line:
            break
        found.append(item)
    return found if any(each.kind != "file" for each in found) else []


def spans(text: str, continued: Mapping[str, str]) -> Iterator[Typed]:
    """Commands between backquotes, and those of a table's rows that are continued by options alone.

    Args:
        text: The page.
        continued: For options that stand alone in a row, such as `--to onnx`, the whole command.
    """
    prose = BLOCK.sub(lambda block: "\n" * block[0].count("\n"), text)
    for found in CODE.finditer(prose):
        line, code = prose.count("\n", 0, found.start()) + 1, found[1]
        row = ROW.match(prose, prose.rfind("\n", 0, found.start()) + 1)
        if code.partition(" ")[0] in PROGRAMS and " " in code:
            yield Typed(line, code)
        elif row is not None and code.startswith("--") and "spikegraph" in row[1] + continued.get(code, ""):
            assert code in continued, f"line {line}: which command does `{code}` continue?"
            yield Typed(line, continued[code])


def linked(text: str, line: int) -> list[str]:
    """The pages of docs/ that a line of a page there names."""
    return [f"docs/{page}" for page in re.findall(r"\]\(([\w-]+\.md)\)", text.splitlines()[line - 1])]


def filled(text: str, stands_for: Mapping[str, str]) -> str:
    """The text with names instead of placeholders.

    Raises:
        AssertionError: The table lacks a placeholder.
    """

    def named(found: re.Match[str]) -> str:
        assert found[0] in stands_for, f"{text}: what is {found[0]}?"
        return stands_for[found[0]]

    return PLACEHOLDER.sub(named, text)
