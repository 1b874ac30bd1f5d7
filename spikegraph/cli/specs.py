"""`spikegraph specs`."""

import click

from spikegraph.base.resources import BUILTIN, builtin_specs, description
from spikegraph.cli.examples import examples
from spikegraph.cli.settings import common_options, json_option
from spikegraph.cli.streams import out, out_json
from spikegraph.cli.text_table import table

FORMAT_VERSION = 1


@click.command("specs", epilog=examples("spikegraph specs", "spikegraph check builtin:cifar10"))
@json_option
@common_options
def command(as_json: bool) -> int:
    """List the bundled specs and genotype files.

    Every command that takes a spec or a genotype file accepts these names.
    """
    found = [(f"{BUILTIN}{name}", description(path), path) for name, path in builtin_specs().items()]
    if as_json:
        specs = [{"name": name, "description": text, "path": str(path)} for name, text, path in found]
        out_json({"format_version": FORMAT_VERSION, "specs": specs})
    else:
        out(table([("name", "what it is"), *((name, text) for name, text, _ in found)], wrap=1))
    return 0
