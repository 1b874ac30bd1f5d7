"""`spikegraph predict`."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spikegraph.base.files import write_whole
from spikegraph.cli.devices import best_device
from spikegraph.cli.examples import examples
from spikegraph.cli.run_folders import TRAINED
from spikegraph.cli.settings import common_options
from spikegraph.cli.streams import notice, out

if TYPE_CHECKING:
    from spikegraph.backends.torch.predicting import Prediction


@click.command(
    "predict",
    epilog=examples("spikegraph predict runs/first new/*.png -o out", "spikegraph predict runs/first samples.npz -o out"),
)
@click.argument("run", type=TRAINED, metavar="RUN|DIR|FILE")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="FILES...")
@click.option(
    "-o",
    "--out",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write to this folder.",
)
@click.option("--device", metavar="D", help="Use this device: cpu, cuda:1. Default: a GPU if there is one.")
@common_options
def command(run: Path, files: tuple[Path, ...], folder: Path, device: str | None) -> int:
    """Predict what files without labels show, by a run's trained network.

    Files are images, recordings of events, or .npz, .npy and HDF5 files with the inputs' array as the run's data set names it,
    or else `inputs`; for a network of several inputs .npz files with an array of each name. Classes and numbers are written to
    predictions.csv, a line for each sample, or for each time step where steps had targets; maps as NNNN-NAME.npy and, as a
    picture, NNNN-NAME.png, with the number of the sample and the name of its file.
    """
    from spikegraph.backends.torch.predicting import predictor_of  # noqa: PLC0415 (imports torch)
    from spikegraph.data.written_folders import PREDICTIONS  # noqa: PLC0415

    predictor = predictor_of(run, device=device or best_device())
    task, classes = predictor.task, predictor.model.classes
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[Mapping[str, object]] = []
    written: list[Path] = []
    try:
        for prediction in (each for path in files for each in predictor.of_file(path)):
            rows += [{"file": prediction.sample.name, **row} for row in prediction.rows]
            if prediction.planes is not None:
                written += write_map(folder, len(written) // 2, prediction, task.name, classes)
    finally:  # what was predicted before a file that can't be read isn't lost
        if rows:
            write_whole(folder / PREDICTIONS, _csv(rows))
            written.append(folder / PREDICTIONS)
    notice(f"{len(rows) or len(written) // 2} predictions of `{task.name}`")
    out("\n".join(map(str, written)))
    return 0


def _csv(rows: Sequence[Mapping[str, object]]) -> bytes:
    file = io.StringIO(newline="")
    table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return file.getvalue().encode("utf-8", "surrogateescape")


def write_map(folder: Path, number: int, prediction: Prediction, task: str, classes: Sequence[str]) -> list[Path]:
    """The files of a map: its values, and a picture with the meaning of its colours."""
    import numpy as np  # noqa: PLC0415 (slow to import)

    from spikegraph.backends.report.tiles import enlarged, legend_of, look_of, page, png, truth_picture  # noqa: PLC0415
    from spikegraph.data.statistics import Shown  # noqa: PLC0415
    from spikegraph.data.unlabelled import file_of  # noqa: PLC0415
    from spikegraph.data.written_folders import PICTURE_BY  # noqa: PLC0415

    planes = prediction.planes
    assert planes is not None
    stem = folder / f"{number:04d}-{file_of(prediction.sample.name).stem}"
    values = io.BytesIO()
    np.save(values, planes[0] if len(planes) == 1 else planes, allow_pickle=False)
    picture = enlarged(truth_picture(planes, look_of(task)))
    legend = legend_of([Shown({}, "", planes, task)], signed=False, classes=classes)
    paths = [stem.with_name(f"{stem.name}.npy"), stem.with_name(f"{stem.name}.png")]
    for path, content in zip(paths, (values.getvalue(), png(page([[("", picture)]], [""], legend), PICTURE_BY)), strict=True):
        write_whole(path, content)
    return paths
