"""The place where parsing fails, and what a rule recognises there."""

import re
from collections.abc import Callable
from functools import cached_property

from spikegraph.base.record import record
from spikegraph.dsl.brackets_and_comments import open_brackets

_TOKENS = re.compile(r'"[^"\n]*"|#[^\n]*|[(\[{]|[)\]}]')
_HEAD = re.compile(r"^([A-Za-z_]\w*)[ \t]+[A-Za-z_]", re.MULTILINE)


@record
class Place:
    """The text, the offset of the token or character that doesn't fit, and the terminals that would.

    `accepted` is empty where the text has a character without a meaning.
    """

    text: str
    offset: int
    token: str
    accepted: frozenset[str]

    @cached_property
    def line_start(self) -> int:
        """Offset of the first character of the line."""
        return self.text.rfind("\n", 0, self.offset) + 1

    @cached_property
    def line_end(self) -> int:
        """Offset of the end of the line."""
        end = self.text.find("\n", self.offset)
        return len(self.text) if end < 0 else end

    @property
    def before(self) -> str:
        """The line before the offset."""
        return self.text[self.line_start : self.offset]

    @property
    def after(self) -> str:
        """The line from the offset on."""
        return self.text[self.offset : self.line_end]

    @cached_property
    def inside(self) -> list[tuple[str, int]]:
        """The open brackets, outermost first, with their offsets."""
        return open_brackets(self.text[: self.offset])

    @property
    def bracket(self) -> str:
        """The innermost open bracket; empty outside of all."""
        return self.inside[-1][0] if self.inside else ""

    @property
    def kind(self) -> str:
        """The first word of the declaration around the offset."""
        heads = _HEAD.findall(self.text, 0, self.offset)
        return heads[-1] if heads else ""

    def closing(self, opened: int, limit: int | None = None) -> int | None:
        """The offset of the bracket that closes the one at `opened`, before `limit`; None without one."""
        depth = 0
        for match in _TOKENS.finditer(self.text, opened, len(self.text) if limit is None else limit):
            first = match[0][0]
            depth += (first in "([{") - (first in ")]}")
            if first in ")]}" and depth <= 0:
                return match.start()
        return None

    def code_end(self, start: int) -> int:
        """The end of the code of a line from `start` on, without a comment."""
        line = re.sub(r"#[^\n]*", "", self.text[start : self.line_end])
        return start + len(line.rstrip())


@record
class Mistake:
    """What a rule recognises: the marked range, the message, and the edit that corrects it.

    `edit` is a range with its replacement. `skip` is a range without meaning: parsing continues as if it were blank.
    """

    start: int
    end: int
    summary: str
    help: str | None
    edit: tuple[int, int, str] | None = None
    skip: tuple[int, int] | None = None
    code: str = "SG0115"


Rule = Callable[[Place], Mistake | None]
