"""`spikegraph explain`."""

import re
from typing import TYPE_CHECKING

import click

from spikegraph.cli.resources import resource
from spikegraph.cli.settings import common_options
from spikegraph.cli.streams import out
from spikegraph.cli.text_table import table

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_HEAD = re.compile(r"^## (SG\d{4})\b.*$", re.MULTILINE)


class CodeName(click.ParamType[str] if TYPE_CHECKING else click.ParamType):
    """A diagnostic's code: `SG0214`, `sg0214` or `0214`."""

    name = "code"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The code in the form of the table; fails with the nearest code as help."""
        from spikegraph.dsl.codes import CODES  # noqa: PLC0415 (only when a code is given)
        from spikegraph.dsl.nearest import did_you_mean  # noqa: PLC0415

        code = value.upper()
        code = f"SG{code.zfill(4)}" if code.isdecimal() else code
        if code not in CODES:
            help = did_you_mean(code, CODES) or "`spikegraph explain` lists them"
            self.fail(f"no diagnostic has the code `{value}`; {help}", param, ctx)
        return code

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
        """The codes that start with this text, with their one-line texts."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 (only while completing)

        from spikegraph.dsl.codes import CODES  # noqa: PLC0415

        return [CompletionItem(code, help=text) for code, text in CODES.items() if code.startswith(incomplete.upper())]


@click.command("explain")
@click.argument("code", required=False, type=CodeName())
@common_options
def command(code: str | None) -> int:
    """Explain a diagnostic: meaning, example and fix.

    Without a code, list all codes.
    """
    if code is not None:
        out(explanation(resource("docs/diagnostics.md").read_text(encoding="utf-8"), code))
        return 0
    from spikegraph.dsl.codes import CODES  # noqa: PLC0415 (only where they are listed)

    out(table([("code", "meaning"), *CODES.items()]))
    return 0


def explanation(page: str, code: str) -> str:
    """The section on a code, from its heading to the next.

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
