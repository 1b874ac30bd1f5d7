"""`spikegraph new`."""

import shutil
from collections import Counter
from pathlib import Path

import click

from spikegraph.cli.examples import examples
from spikegraph.cli.settings import common_options
from spikegraph.cli.streams import out, out_text
from spikegraph.cli.text_table import table

KINDS = ("images", "events", "arrays", "sequences", "torch")
"""The kinds of `spikegraph.starters.kinds`, which needs numpy."""


@click.command("new", epilog=examples("spikegraph new mine", "spikegraph new gestures --from events"))
@click.argument("name", type=click.Path(path_type=Path), metavar="NAME")
@click.option(
    "--from",
    "kind",
    type=click.Choice(KINDS),
    default=KINDS[0],
    help="Make it for this kind of data: images in files, recordings of an event camera, images in arrays, sequences of "
    "numbers; torch: for a module of PyTorch.  [images]",
)
@common_options
def command(name: Path, kind: str) -> int:
    """Make a folder with a spec, a README and example data, which trains at once.

    Replace the example by data of your own: the README says how.
    """
    from spikegraph.analysis.verdict_text import suggested  # noqa: PLC0415 (slow to import)
    from spikegraph.cli.importing_module import import_module  # noqa: PLC0415
    from spikegraph.starters.kinds import MODULE  # noqa: PLC0415 (slow to import)
    from spikegraph.starters.module import FILE, FUNCTION, NETWORK  # noqa: PLC0415
    from spikegraph.starters.project import new_folder, write_project  # noqa: PLC0415

    with new_folder(name):
        write_project(name, kind)
        if kind == MODULE:
            import_module([name / f"{FILE}:{FUNCTION}"], name / NETWORK, {"steps": 1}, trusted=True)
            shutil.rmtree(name / "__pycache__", ignore_errors=True)
    files = [path.relative_to(name) for path in sorted(name.rglob("*")) if path.is_file()]
    counts = Counter(path.parts[0] for path in files)
    out(table([("file or folder", "files"), *((str(name / top), str(count)) for top, count in counts.items())], right=[1]))
    out_text(suggested("train it", ["spikegraph", "compile", str(name / f"{name.name}.sdhs"), "--train"]))
    return 0
