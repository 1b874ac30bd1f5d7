"""`spikegraph vendor`."""

from pathlib import Path

import click

from spikegraph.base.visible import visible
from spikegraph.cli.examples import examples
from spikegraph.cli.settings import Settings, common_options
from spikegraph.cli.streams import notice, out

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("vendor", epilog=examples("spikegraph vendor ../spikezoo --as spikezoo:1.2", "spikegraph vendor --check"))
@click.argument("folder", required=False, type=_FOLDER)
@click.option("--as", "package", metavar="NAME:VERSION", help="Name the package and its version, as specs import them.")
@click.option("--lock", "lock_all", is_flag=True, help="Write the hashes of all vendored files as they are now.")
@click.option(
    "--check", "only_check", is_flag=True, help="Compare the vendored files with the lock; exit with 1 if any differs."
)
@click.option("--project", type=_FOLDER, default=Path(), help="Use the project of this folder. Default: the current folder.")
@common_options
@click.pass_obj
def command(_: Settings, folder: Path | None, package: str | None, lock_all: bool, only_check: bool, project: Path) -> int:
    """Copy a package of specs into the project, or check the ones that are there.

    The copy is in sdhs_packages/NAME/VERSION in the project's folder, and sdhs.lock has the hash of each file. A spec imports
    a file of it with `import "@NAME:VERSION/FILE.sdhs" as NAME`; a file that differs from the lock is an error.
    """
    from spikegraph.dsl.project_folder import project_root  # noqa: PLC0415 (slow to import)
    from spikegraph.program.vendoring import differences, lock, vendor  # noqa: PLC0415

    root = project_root(project / "spec.sdhs")
    if (folder is None) != (package is None):
        raise click.UsageError("give a folder and --as NAME:VERSION")
    if (folder is not None) + lock_all + only_check != 1:
        raise click.UsageError("give a folder and --as NAME:VERSION, or --lock, or --check")
    if folder is not None and package is not None:
        for file in vendor(folder, package, root):
            out(visible(file))
        return 0
    if lock_all:
        notice(_counted(lock(root), "locked"))
        return 0
    lines = differences(root)
    for line in lines:
        out(visible(line))
    notice("the vendored files are as the lock has them" if not lines else _counted(len(lines), "not as the lock has it"))
    return int(bool(lines))


def _counted(files: int, what: str) -> str:
    return f"{files} file{'s' * (files != 1)} {what}"
