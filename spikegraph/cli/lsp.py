"""`spikegraph lsp`."""

import os
import sys

import click

from spikegraph.base.errors import UserError
from spikegraph.cli.examples import examples
from spikegraph.cli.settings import common_options

HELP = 'install it: `pip install -e ".[lsp]"`'


@click.command("lsp", epilog=examples("spikegraph lsp"))
@common_options
def command() -> int:
    """Serve editors on standard input and output, by the Language Server Protocol.

    Editors start it; docs/editors.md says how. It loads no plug-in from the folders that they open.
    """
    if sys.argv[0].endswith("__main__.py") and os.path.realpath(sys.path[0] or ".") == os.path.realpath("."):
        del sys.path[0]  # `python -m` looks first in the folder that it is started in: nothing may be imported from there
    os.environ["PYTHONSAFEPATH"] = "1"  # and so does a new process, which `checks.py` starts
    try:
        from spikegraph.lsp.features import server  # noqa: PLC0415 (an extra)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise UserError(f"the language server needs {error.name}, which isn't installed", HELP) from None
    server().start_io()
    return 0
