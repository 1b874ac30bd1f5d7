"""`spikegraph mcp`."""

from pathlib import Path

import click

from spikegraph.base.errors import UserError
from spikegraph.cli.examples import examples
from spikegraph.cli.served import without_this_folder
from spikegraph.cli.settings import common_options

HELP = 'install it: `pip install -e ".[mcp]"`'
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command("mcp", epilog=examples("spikegraph mcp --root .", "spikegraph mcp --root . --allow-train trials"))
@click.option("--root", type=_FOLDER, required=True, metavar="DIR", help="Read files of this folder, and no others.")
@click.option("--allow-train", type=_FOLDER, metavar="DIR", help="Train and save below this folder, when agents ask for it.")
@common_options
def command(root: Path, allow_train: Path | None) -> int:
    """Serve agents on standard input and output, by the Model Context Protocol.

    Programs with agents start it; docs/agents.md says how. It loads no plug-in from the folder, and writes nothing unless
    --allow-train names a folder.
    """
    without_this_folder()
    try:
        from spikegraph.agents.server import serve  # noqa: PLC0415 (an extra)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("anyio", "mcp", "mcp_types"):
            raise
        raise UserError(f"the server for agents needs {error.name}, which isn't installed", HELP) from None
    serve(root, allow_train)
    return 0
