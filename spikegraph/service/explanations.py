"""What a diagnostic means: its section of docs/diagnostics.md."""

import re

from spikegraph.base.resources import resource

_HEAD = re.compile(r"^## (SG\d{4})\b.*$", re.MULTILINE)


def explained(code: str) -> str:
    """The Markdown of the section on a code, such as `SG0214`, from its heading to the next.

    Raises:
        LookupError: There is no such section.
    """
    return explanation(resource("docs/diagnostics.md").read_text(encoding="utf-8"), code)


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
