"""`spikegraph import`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikegraph.base.files import write_whole
from spikegraph.base.visible import visible_name
from spikegraph.cli.duration import TIME_STEP, duration_option
from spikegraph.cli.examples import examples
from spikegraph.cli.output_file import OutputFile, refuse_read
from spikegraph.cli.settings import Settings, common_options
from spikegraph.cli.spec_options import SPEC
from spikegraph.cli.streams import notice, out

if TYPE_CHECKING:
    from spikegraph.dsl.spec import Spec
    from spikegraph.genotype.imported import Imported


class FilePath(click.Path):
    """The path of a file, which may be followed by `:NAME` after `.py`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; fails where there is no file."""
        file, python, name = str(value).rpartition(".py:")
        if not python:
            return super().convert(value, param, ctx)
        super().convert(f"{file}.py", param, ctx)
        return Path(f"{file}.py:{name}")


@click.command(
    "import",
    epilog=examples(
        "spikegraph import genotype.txt --from darts -o genotype.sdhs",
        "spikegraph import models.py:sew --from torch --trust-code -o sew",
        "spikegraph import network.nir --from nir -o network.sdhs",
    ),
)
@click.argument("files", nargs=-1, required=True, type=FilePath(path_type=Path, exists=True, dir_okay=False), metavar="FILE...")
@click.option(
    "--from",
    "program",
    type=click.Choice(("darts", "spikedhs", "nasbench201", "torch", "nir")),
    required=True,
    help="Read what this program wrote; torch: a module of PyTorch; nir: a graph of NIR.",
)
@click.option(
    "-o", "--output", type=OutputFile(dir_okay=True, specs=True), metavar="FILE", help="Write to this file; for torch, folder."
)
@click.option("--cell", "cells", metavar="NAME", multiple=True, help="Name a cell; repeat it for several cells, in order.")
@click.option("--path", "paths", metavar="NAME", multiple=True, help="Name the trellis of a list of levels.")
@click.option("--map", "renamed", metavar="OPERATION=NAME", multiple=True, help="Rename an operation.")
@click.option("--name", metavar="NAME", help="Read this one of several genotypes: NAME = Genotype(...).")
@click.option("--for", "target", type=SPEC, metavar="SPEC", help="Check the genotype against this spec's cells and trellises.")
@click.option("--compat", type=click.Choice(("column-sort",)), help="Pair edges and candidates as the published code does.")
@click.option("--trust-code", is_flag=True, help="Run the Python file that makes the module.")
@click.option("--approximate", is_flag=True, help="Accept a module whose gradients or training differ; say where.")
@click.option("--steps", type=click.IntRange(1, 1000), metavar="T", help="Compare a module of one step over T.  [4]")
@click.option("--multi-step/--single-step", default=None, help="Take all time steps of a module's example, or one.")
@click.option("--kind", type=click.Choice(("real", "spike", "events")), help="Set what a module's inputs hold.  [real]")
@duration_option("--dt", TIME_STEP, "Set the time step of a graph of NIR.")
@common_options
@click.pass_obj
def command(
    settings: Settings,
    files: tuple[Path, ...],
    program: str,
    output: Path | None,
    cells: tuple[str, ...],
    paths: tuple[str, ...],
    renamed: tuple[str, ...],
    name: str | None,
    target: Path | None,
    compat: str | None,
    trust_code: bool,
    approximate: bool,
    steps: int | None,
    multi_step: bool | None,
    kind: str | None,
    dt: float | None,
) -> int:
    """Convert the architecture of another program.

    darts: the text of `Genotype(...)`, parsed and never evaluated. spikedhs: rows of edge and candidate, and lists of
    levels, as .npy files or as Python lists in a text file. nasbench201: an architecture string, such as
    `|nor_conv_3x3~0|+|none~0|skip_connect~1|`. Errors name the place in the file.

    torch: FILE.py:NAME is a function without parameters that returns a module of PyTorch, SpikingJelly, snnTorch or norse,
    and its example input, or several in a list; DIR gets a spec and the weights, which are compared with the module
    (docs/coming-from.md).

    nir: a file of the neuromorphic intermediate representation becomes a spec, with its weights beside it (docs/deploy.md).
    Where FILE.check.h5 lies beside it, the network's spikes are compared with that first.
    """
    refuse_read(output, (*files, target))
    if dt is not None and program != "nir":
        raise click.UsageError("--dt needs --from nir")
    of_modules = trust_code or approximate or steps or multi_step is not None or kind
    if program == "torch":
        if paths or compat or cells or renamed or name or target:
            raise click.UsageError("--cell, --path, --map, --name, --for and --compat are for genotypes, not for --from torch")
        from spikegraph.cli.importing_module import import_module  # noqa: PLC0415

        options = {"approximate": approximate, "steps": steps or 4, "multi_step": multi_step, "kind": kind or "real"}
        return import_module(files, output, options, trusted=trust_code)
    if program == "nir":
        if paths or compat or cells or renamed or name or target or of_modules:
            raise click.UsageError("--from nir takes -o and --dt alone")
        from spikegraph.cli.importing_nir import import_nir  # noqa: PLC0415

        return import_nir(files, output, dt)
    if of_modules:
        raise click.UsageError("--trust-code, --approximate, --steps, --multi-step, --single-step and --kind need --from torch")
    if output is not None and output.is_dir():
        raise click.UsageError(f"{visible_name(output)} is a folder; give the path of a file")
    first, *others = files
    if program != "spikedhs" and (paths or compat or others):
        raise click.UsageError("--path, --compat and several files need --from spikedhs")
    if program != "darts" and name is not None:
        raise click.UsageError("--name needs --from darts")
    from spikegraph.dsl.diagnostics import SpecError  # noqa: PLC0415 (slow to import)
    from spikegraph.genotype import from_nasbench201  # noqa: PLC0415
    from spikegraph.genotype.from_darts import OPERATIONS, read_darts  # noqa: PLC0415
    from spikegraph.genotype.from_spikedhs import read_spikedhs, tables_of_file  # noqa: PLC0415
    from spikegraph.genotype.imported import Imported, genotype_file  # noqa: PLC0415

    names = mapped(renamed)
    found = Imported()
    if program == "darts":
        read_darts(found, found.source(str(first), text_of(first)), name, cells)
        names = OPERATIONS | names
    elif program == "nasbench201":
        from_nasbench201.read_nasbench201(found, found.source(str(first), text_of(first)), cells)
        names = from_nasbench201.OPERATIONS | names
    else:
        tables = [table for path in files for table in tables_of_file(found, path, contents(path))]
        read_spikedhs(found, tables, cells, paths, column_sort=compat is not None)
    spec = None if target is None else checked(target)
    text = genotype_file(found, names, comment(files, compat), spec)
    if found.diagnostics.has_errors:
        raise SpecError(found.diagnostics)
    print_notes(found, names)
    if output is None:
        out(text)
    else:
        write_whole(output, text)
        notice(f"wrote {visible_name(output)}")
    return 0


def contents(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        UsageError: The file is too large for a genotype.
    """
    from spikegraph.genotype.imported import MAX_BYTES  # noqa: PLC0415 (slow to import)

    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)  # a pipe or a device may never end
    if len(data) > MAX_BYTES:
        raise click.UsageError(f"{path} is too large for a genotype: it has more than {MAX_BYTES} bytes")
    return data


def text_of(path: Path) -> str:
    """A file's text; raises UsageError as `contents` does."""
    return contents(path).decode("utf-8", errors="replace")


def mapped(renamed: tuple[str, ...]) -> dict[str, str]:
    """New names of operations, from `--map`.

    Raises:
        UsageError: A value isn't OPERATION=NAME.
    """
    names: dict[str, str] = {}
    for text in renamed:
        operation, equals, new = (part.strip() for part in text.partition("="))
        if not (operation and equals and new):
            raise click.UsageError(f"`{text}` is not OPERATION=NAME, such as `sep_conv_3x3=c3`")
        names[operation] = new
    return names


def checked(path: Path) -> "Spec":
    """The spec at a path.

    Raises:
        SpecError: The spec has errors.
    """
    from spikegraph.program.program import Program  # noqa: PLC0415 (slow to import)

    return Program.read(path).checked().spec


def comment(files: tuple[Path, ...], compat: str | None) -> str:
    """The comment at the top of the genotype file."""
    names = ", ".join(path.name for path in files)
    return f"Imported from {names}." if compat is None else f"Imported from {names}, each column sorted by itself."


def print_notes(found: "Imported", names: dict[str, str]) -> None:
    """Print what the import left out, and which operations kept names that the packaged specs don't have."""
    from spikegraph.genotype.from_spikedhs import CANDIDATES  # noqa: PLC0415 (slow to import)

    for note in found.notes:
        notice(f"note: {note}")
    operations = {e.operation: None for cell in found.cells for edges in cell.nodes for e in edges}
    kept = [o for o in operations if o not in names and o not in CANDIDATES]
    if kept:
        notice(f"note: {', '.join(kept)} keep their names; use candidates of these names, or rename with `--map {kept[0]}=c3`")
