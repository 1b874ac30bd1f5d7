"""`spikegraph fmt`."""

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.base.files import write_whole
from spikegraph.base.resources import is_builtin
from spikegraph.base.visible import visible_name
from spikegraph.cli.diagnostics import report
from spikegraph.cli.examples import examples
from spikegraph.cli.settings import Settings, common_options
from spikegraph.cli.spec_options import SpecPath
from spikegraph.cli.streams import notice, out

if TYPE_CHECKING:
    from spikegraph.dsl.diagnostics import Diagnostics
    from spikegraph.dsl.source import SourceFile

STDIN = "<stdin>"


@click.command("fmt", epilog=examples("spikegraph fmt net.sdhs", "spikegraph fmt --check specs/*.sdhs"))
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...", type=SpecPath(dash=True))
@click.option("--check", "only_check", is_flag=True, help="Write nothing; print the changes and exit with 1 if there are any.")
@common_options
@click.pass_obj
def command(settings: Settings, specs: tuple[Path, ...], only_check: bool) -> int:
    """Rewrite specs in the canonical form, in place.

    Keeps comments. Doesn't change files with syntax errors, bundled specs, files of packages, which are as sdhs.lock has them,
    and files of runs. `-` reads standard input and writes standard output.
    """
    from spikegraph.dsl.diagnostics import Diagnostics  # noqa: PLC0415 (slow to import)
    from spikegraph.dsl.project_folder import is_vendored  # noqa: PLC0415
    from spikegraph.dsl.vendored import LOCK  # noqa: PLC0415
    from spikegraph.runs.own_files import refuse_own_file  # noqa: PLC0415

    if not only_check and any(map(is_builtin, settings.arguments)):
        raise click.UsageError("bundled specs can't be changed; copy the file, or use --check")
    for spec in () if only_check else specs:
        refuse_own_file(spec)
    found = Diagnostics()
    changed = 0
    for spec in specs:
        if str(spec) != "-" and is_vendored(spec):
            notice(f"note: left out: {visible_name(spec)} stays as {LOCK} has it")
            continue
        changed += _format(spec, only_check, found)
    report(found, settings)
    if len(specs) > 1 or only_check:
        word = "would change" if only_check else "changed"
        notice(f"{changed} of {len(specs)} {'file' if len(specs) == 1 else 'files'} {word}")
    return int(found.has_errors or (only_check and changed > 0))


def _format(spec: Path, only_check: bool, found: "Diagnostics") -> bool:
    """Format one file. Returns true if it changes; after syntax errors, which `found` collects, returns false."""
    from spikegraph.dsl.parser import read  # noqa: PLC0415 (slow to import)
    from spikegraph.service.formatting import formatted  # noqa: PLC0415

    stdin = str(spec) == "-"
    source = _read_stdin(found) if stdin else read(spec, found)
    text = None if source is None else formatted(source, found)
    if source is None or text is None:
        return False
    changed = text != source.text
    if only_check:
        if changed:
            out(_difference(source, text))
    elif stdin:
        out(text)
    elif changed:
        write_whole(spec, text)
        out(f"reformatted {visible_name(spec)}")
    return changed


def _read_stdin(found: "Diagnostics") -> "SourceFile | None":
    from spikegraph.dsl.limits import LARGEST_FILE  # noqa: PLC0415 (slow to import)
    from spikegraph.dsl.parser import decoded  # noqa: PLC0415
    from spikegraph.dsl.source import SourceFile, Span  # noqa: PLC0415

    found.sources.setdefault(STDIN, SourceFile(STDIN, ""))
    return decoded(sys.stdin.buffer.read(LARGEST_FILE + 1), STDIN, Span(STDIN, 1, 1, 1, 1), found)


def _difference(source: "SourceFile", text: str) -> str:
    """A unified diff from the file to its canonical text."""
    name = visible_name(source.name)
    before, after = source.text.splitlines(keepends=True), text.splitlines(keepends=True)
    lines = difflib.unified_diff(before, after, name, f"{name} (canonical)")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
