"""What a run came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from spikegraph.backends.torch.train.evaluate import Evaluation
from spikegraph.backends.torch.train.phase import PhaseResult
from spikegraph.errors import RunFolderError
from spikegraph.files import write_whole
from spikegraph.runs.folder import as_json, read_json

NETWORK = "network"
"""The trained network's name among the methods."""


@dataclass(frozen=True)
class Summary:
    """`summary.json`; written anew after each phase, with what exists by then.

    Attributes:
        complete: Whether the run is over.
        search: The search, if there was one.
        retrain: The retraining.
        evaluation: The trained network on the test set.
        baselines: Metrics of simpler methods on the same images, by the method's name.
        notes: What was said of the data.
    """

    complete: bool = False
    search: PhaseResult | None = None
    retrain: PhaseResult | None = None
    evaluation: Evaluation | None = None
    baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    notes: tuple[str, ...] = ()

    def with_(self, path: Path, **found: Any) -> Summary:
        """The summary with something more in it, written to `path`.

        Raises:
            OSError: It can't be written.
        """
        more = replace(self, **found)
        write_whole(path, as_json({"format_version": 1, **asdict(more)}))
        return more

    def methods(self) -> dict[str, dict[str, float]]:
        """The metrics of the network and of the baselines, by name: the rows of a table."""
        network = {} if self.evaluation is None else {NETWORK: dict(self.evaluation.metrics)}
        return network | {name: dict(metrics) for name, metrics in self.baselines.items()}


def read_summary(path: Path) -> Summary:
    """The summary in a run's folder; an empty one if nothing has come out yet.

    Raises:
        RunFolderError: It can't be read.
    """
    if not path.exists():
        return Summary()
    data = read_json(path, "the folder of a run")
    try:
        return Summary(
            complete=data["complete"],
            search=None if data["search"] is None else PhaseResult(**data["search"]),
            retrain=None if data["retrain"] is None else PhaseResult(**data["retrain"]),
            evaluation=None if data["evaluation"] is None else Evaluation(**data["evaluation"]),
            baselines=data["baselines"],
            notes=tuple(data["notes"]),
        )
    except (KeyError, TypeError) as error:
        raise RunFolderError(f"{path} is no summary of a run: {error}", "delete it; --resume writes it again") from error
