"""Logs a run to MLflow: where, say its own environment variables and calls, such as `MLFLOW_TRACKING_URI`."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from typing_extensions import override

from spikegraph.base.errors import TrainError
from spikegraph.base.files import write_whole
from spikegraph.runs.json_file import read_text
from spikegraph.runs.logger import Ending, LoggedRun, Logger, Numbers
from spikegraph.runs.manifest import Manifest

T = TypeVar("T")

MOST_METRICS, MOST_PARAMS, LONGEST = 1000, 100, 6000
"""What MLflow takes: metrics and params of one call, characters of a param."""

SECONDS_BETWEEN_CALLS = 5.0

STATUS = {"complete": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}

_OTHER = re.compile(r"[^\w./: -]", re.ASCII)
"""Characters that names in MLflow can't have."""


class MlflowRun(Logger):
    """A run of MLflow: the spec's values are its params, the numbers its metrics, by the step of their phase.

    It is the active run, if there is one; otherwise a new one, or that of the run's `mlflow.json`, which is active meanwhile.
    MLflow can't remove numbers. So of a resumed run the steps that it has stay, and aren't logged again.
    """

    @override
    def begin(self, run: LoggedRun) -> None:
        """Starts the run of MLflow.

        Raises:
            TrainError: MLflow isn't installed.
        """
        try:
            import mlflow  # noqa: PLC0415  # pyright: ignore[reportMissingImports] (an extra)
            from mlflow import entities  # noqa: PLC0415  # pyright: ignore[reportMissingImports, reportUnknownVariableType]
        except ImportError as error:
            raise TrainError("MLflow is not installed", "pip install 'spikegraph[mlflow]'") from error
        self._mlflow: Any = mlflow
        self._entities: Any = entities
        self._client: Any = self._mlflow.MlflowClient()
        self._until = dict[str, int]()
        self._waiting: list[Any] = []
        self._sent = time.monotonic()
        path, active = run.folder / "mlflow.json", self._mlflow.active_run()
        held = None if active is not None else _held(path)
        self._started = active is None
        found = active or self._mlflow.start_run(run_id=held, run_name=run.folder.name if held is None else None)
        self._id: str = found.info.run_id
        try:
            write_whole(path, json.dumps({"run_id": self._id}) + "\n")
            if held is None:
                self._describe(run)
        except BaseException:
            if self._started:  # it would stay active, and take the numbers of the next run
                self._mlflow.end_run(STATUS["failed"])
            raise

    @override
    def rewind(self, kept: Sequence[Numbers]) -> None:
        """Logs what MLflow doesn't have of it."""
        self._send()
        for key in dict.fromkeys(_name(curve) for numbers in kept for curve in numbers.curves):
            history = self._client.get_metric_history(self._id, key)
            self._until[key] = max((metric.step for metric in history), default=-1)
        for numbers in kept:
            self.log(numbers)

    @override
    def log(self, numbers: Numbers) -> None:
        """Logs a metric for each number, those of steps together with later ones."""
        for curve, value in numbers.curves.items():
            key = _name(curve)
            if numbers.total > self._until.get(key, -1):
                self._waiting.append(self._entities.Metric(key, value, round(1000 * numbers.time), numbers.total))
        late = time.monotonic() - self._sent > SECONDS_BETWEEN_CALLS
        if numbers.event != "step" or late or len(self._waiting) >= MOST_METRICS:
            self._send()

    @override
    def end(self, how: Ending) -> None:
        """Ends the run of MLflow, if it was started here."""
        try:
            self._send()
        finally:
            if self._started:
                self._mlflow.end_run(STATUS[how])

    def _describe(self, run: LoggedRun) -> None:
        manifest = run.manifest
        params = {"seed": manifest.seed, "precision": manifest.precision, **run.settings}
        found = [self._entities.Param(_name(name), str(value)[:LONGEST]) for name, value in params.items()]
        tags = [
            self._entities.RunTag(f"spikegraph.{name}", value) for name, value in _tags(run.folder, manifest).items() if value
        ]
        for part in _parts(found, MOST_PARAMS):
            self._client.log_batch(self._id, params=part)
        self._client.log_batch(self._id, tags=tags)

    def _send(self) -> None:
        sent, self._waiting, self._sent = self._waiting, [], time.monotonic()
        for part in _parts(sent, MOST_METRICS):
            self._client.log_batch(self._id, metrics=part)
            for metric in part:  # a later rewind may give them once more
                self._until[metric.key] = max(metric.step, self._until.get(metric.key, -1))


def _held(path: Path) -> str | None:
    """The run of MLflow that a run's folder names."""
    text = read_text(path, "delete the file")
    try:
        found: object = None if text is None else json.loads(text)["run_id"]
    except (ValueError, KeyError, TypeError):
        found = None
    return found if isinstance(found, str) else None


def _tags(folder: Path, manifest: Manifest) -> dict[str, str]:
    return {
        "folder": str(folder.absolute()),
        "spec": manifest.spec,
        "data": manifest.data,
        "data_sha256": manifest.data_sha256,
        "device": manifest.device,
        "version": manifest.versions.get("spikegraph", ""),
        "source": manifest.source,
        "command": shlex.join(manifest.command),
    }


def _name(name: str) -> str:
    return _OTHER.sub("_", name)


def _parts(items: Sequence[T], most: int) -> Iterable[list[T]]:
    return (list(items[first : first + most]) for first in range(0, len(items), most))
