"""Makes the built-in recording, and shows the progress."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spikegraph.base.progress import Reporter
    from spikegraph.dsl.spec import Spec

TITLE = "built-in recording"


def make_sample(reporter: "Reporter", folder: Path | None = None) -> tuple[Path, ...]:
    """Makes the recording in a folder, or in the cache if it isn't there yet; returns its files.

    Raises:
        DataError: The folder can't be written.
    """
    from spikegraph.data.built_in_recording import SAMPLE_NAME, sample_folder, write_sample  # noqa: PLC0415
    from spikegraph.data.mvsec import DATA_SUFFIX, TRUTH_SUFFIX  # noqa: PLC0415 (slow to import)

    def on_progress(done: int, total: int) -> None:
        if done == 1:
            reporter.start(TITLE, total, unit="views")
        reporter.advance(done)

    try:
        if folder is not None:
            return write_sample(folder, on_progress=on_progress)
        notes: list[str] = []
        cached = sample_folder(on_progress=on_progress, notes=notes)
    finally:
        reporter.stop()
    for note in notes:
        reporter.notice(note)
    return tuple(cached / f"{SAMPLE_NAME}{suffix}" for suffix in (DATA_SUFFIX, TRUTH_SUFFIX))


def uses_sample(spec: "Spec") -> bool:
    """True if a spec's search or retraining uses the built-in recording."""
    runs = [run for run in (spec.search, spec.retrain) if run is not None]
    return any(spec.datasets[run.dataset].source == "sample" for run in runs if run.dataset in spec.datasets)
