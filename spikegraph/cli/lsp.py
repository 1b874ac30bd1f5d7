"""`spikegraph lsp`."""

import click

from spikegraph.base.errors import UserError
from spikegraph.base.surface import in_editors
from spikegraph.cli.examples import examples
from spikegraph.cli.served import without_this_folder
from spikegraph.cli.settings import common_options

HELP = 'install it: `pip install -e ".[lsp]"`'


@click.command("lsp", epilog=examples("spikegraph lsp"))
@common_options
def command() -> int:
    """Serve editors on standard input and output, by the Language Server Protocol.

    Editors start it; docs/editors.md says how. It loads no plug-in from the folders that they open; --plugin loads one.
    """
    without_this_folder()
    try:
        from spikegraph.lsp.features import server  # noqa: PLC0415 (an extra)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise UserError(f"the language server needs {error.name}, which isn't installed", HELP) from None
    with in_editors():
        server().start_io()
    return 0
