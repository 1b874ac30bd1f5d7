"""`spikegraph import FILE.nir --from nir`."""

from collections.abc import Sequence
from pathlib import Path

import click

from spikegraph.base.visible import visible, visible_name
from spikegraph.cli.streams import notice


def import_nir(files: Sequence[Path], output: Path | None, dt: float | None) -> int:
    """Write a graph of NIR as a spec with its weights."""
    if len(files) > 1:
        raise click.UsageError("--from nir takes one file")
    if output is None:
        raise click.UsageError("--from nir needs -o FILE, the spec; the weights are written beside it")
    if output.is_dir():
        raise click.UsageError(f"{visible_name(output)} is a folder; give the path of a file")
    from spikegraph.backends.nir.importing import import_graph  # noqa: PLC0415 (slow to import)

    found = import_graph(files[0], dt)
    from spikegraph.backends.nir.checking import check  # noqa: PLC0415 (needs nir)

    checked = check(found)
    spec, weights = found.save(output)
    for note in found.notes:
        notice(f"note: {visible(note)}")
    if checked is not None:
        notice(checked)
    notice(f"wrote {visible_name(spec)} ({len(found.spec.splitlines())} lines) and {visible_name(weights)}")
    return 0
