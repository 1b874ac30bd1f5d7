"""`spikegraph explain`."""

import sys
from typing import TYPE_CHECKING

import click

from spikegraph.base.terminal import columns
from spikegraph.cli.examples import examples
from spikegraph.cli.explanation import plain
from spikegraph.cli.settings import common_options
from spikegraph.cli.streams import out
from spikegraph.cli.text_table import table

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class CodeName(click.ParamType[str] if TYPE_CHECKING else click.ParamType):
    """A diagnostic's code: `SG0214`, `sg0214` or `0214`."""

    name = "code"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The code in the form of the table; fails with the nearest code as help."""
        from spikegraph.base.nearest import did_you_mean  # noqa: PLC0415
        from spikegraph.dsl.codes import CODES  # noqa: PLC0415 (only when a code is given)

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


@click.command("explain", epilog=examples("spikegraph explain SG0214"))
@click.argument("code", required=False, type=CodeName())
@common_options
def command(code: str | None) -> int:
    """Explain a diagnostic: meaning, example and fix.

    Without a code, list all codes.
    """
    if code is not None:
        from spikegraph.dsl.codes import address  # noqa: PLC0415 (only when a code is given)
        from spikegraph.service.explanations import explained  # noqa: PLC0415

        out(plain(explained(code), columns(sys.stdout)) + f"\n{address(code)}")
        return 0
    from spikegraph.dsl.codes import CODES  # noqa: PLC0415 (only where they are listed)

    out(table([("code", "meaning"), *CODES.items()], wrap=1))
    return 0
