"""`spikegraph diff RUN` of a run with a front: what changes from each of its networks to the next."""

from itertools import pairwise
from pathlib import Path

import click

from spikegraph.cli.streams import out_json, out_text


def diff_along(run: Path, *, as_json: bool) -> int:
    """Prints the differences along a front, from the least price to the best score.

    Raises:
        UsageError: The path is no run with a front.
        RunFolderError: The run or its front is damaged.
    """
    from spikegraph.genotype.comparison_json import FORMAT_VERSION, difference_data  # noqa: PLC0415 (slow to import)
    from spikegraph.genotype.comparison_text import difference_text  # noqa: PLC0415
    from spikegraph.genotype.diff import diff  # noqa: PLC0415
    from spikegraph.program.networks import architecture_in  # noqa: PLC0415
    from spikegraph.program.run_program import started_program  # noqa: PLC0415
    from spikegraph.runs.folder import RunFolder  # noqa: PLC0415
    from spikegraph.runs.front import read_front  # noqa: PLC0415
    from spikegraph.runs.record import read_run  # noqa: PLC0415

    points = read_front(RunFolder(run)) if run.is_dir() else ()
    if not points:
        raise click.UsageError("diff takes at least two genotype files or runs, or one run with a front")
    program = started_program(read_run(run))
    architectures = [architecture_in(program.bind(point.genotype), f"front {k}") for k, point in enumerate(points, 1)]
    found = [diff(a, b) for a, b in pairwise(architectures)]
    if as_json:
        steps = [
            {**difference_data(difference), "values": [dict(before.values), dict(after.values)]}
            for difference, before, after in zip(found, points[:-1], points[1:], strict=True)
        ]
        model = points[0].energy_model
        out_json({"format_version": FORMAT_VERSION, "front": len(points), "energy_model": model, "steps": steps})
        return 0
    heads = [f"front {k}: {point}" for k, point in enumerate(points, 1)]
    parts = [heads[0], *(f"{difference_text(step)}\n{head}" for step, head in zip(found, heads[1:], strict=True))]
    out_text("\n\n".join(parts) + "\n")
    return 0
