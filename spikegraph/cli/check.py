"""`spikegraph check`."""

import gc
from importlib import import_module
from pathlib import Path

import click

from spikegraph.cli.diagnostics import report
from spikegraph.cli.examples import examples
from spikegraph.cli.settings import Settings, common_options, json_option
from spikegraph.cli.spec_options import SPEC, SpecOptions, spec_options
from spikegraph.cli.streams import out
from spikegraph.visible import visible_name


@click.command("check", epilog=examples("spikegraph check builtin:stereo", "spikegraph check net.sdhs --profile sample --json"))
@click.argument("specs", nargs=-1, required=True, type=SPEC, metavar="SPEC...")
@spec_options
@json_option
@common_options
@click.pass_obj
def command(settings: Settings, specs: tuple[Path, ...], options: SpecOptions, as_json: bool) -> int:
    """Check specs and print all errors and warnings.

    Exits with 0 if no spec has an error, otherwise with 1.
    """
    gc.disable()  # imports make many objects that stay, so that looking for garbage among them is in vain
    import_module("spikegraph.program")
    from spikegraph.dsl.diagnostics import Diagnostics  # noqa: PLC0415 (slow to import)

    gc.freeze()
    gc.enable()
    found = Diagnostics()
    for spec in specs:
        of_this = options.read(spec).check(options.phase)
        found.extend(of_this)
        if not as_json and not of_this.has_errors:
            out(f"{visible_name(spec)}: sound")
    report(found, settings)
    return int(found.has_errors)
