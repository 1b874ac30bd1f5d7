"""A run: its folder, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from spikegraph.base.errors import ArgumentError
from spikegraph.plugins.later import later
from spikegraph.plugins.notes import naming_plugins

if TYPE_CHECKING:
    from spikegraph.analysis.certificate import Certificate
    from spikegraph.analysis.statistics import Statistics
    from spikegraph.api.describing import Report
    from spikegraph.backends.graphviz.drawing import Drawing
    from spikegraph.backends.graphviz.render import Level
    from spikegraph.backends.report.paper.figure import Figure
    from spikegraph.backends.torch.model import Model
    from spikegraph.data.given import Pairs
    from spikegraph.plugins.exports import Exported
    from spikegraph.program.program import Program
    from spikegraph.runs.record import RunRecord


class Run:
    """A run, complete or not: `run.metrics`, `run.history`, `run.model()`; `run / "genotype.sdhs"` is a file in its folder.

    What it says is that of the moment when it was made; `Run(run)` looks again. A path can be given wherever a run is taken,
    and the run wherever a path is (`os.PathLike`); it has the methods of its `pathlib.Path`. A notebook shows its metrics and,
    of a search, what was found.

    Attributes:
        path: The folder.
    """

    def __init__(self, path: str | Path | Run) -> None:
        """Reads the folder of a run, as `--train` and `fit` wrote it.

        Raises:
            NotARunError: It has no run.
            RunFolderError: A file in it is damaged.
        """
        from spikegraph.runs.record import read_run  # noqa: PLC0415 (importing the package stays cheap)

        self.path = path.path if isinstance(path, Run) else Path(path)
        self._record: RunRecord = read_run(self.path)

    def __fspath__(self) -> str:
        """The path, for `open` and `pathlib`."""
        return str(self.path)

    def __str__(self) -> str:
        return str(self.path)

    def __getattr__(self, name: str) -> Any:
        """What its folder has as a `pathlib.Path`, such as `exists`, `iterdir` and `name`."""
        if name.startswith("_"):
            raise AttributeError(f"a run has no `{name}`")
        return getattr(self.path, name)

    def __truediv__(self, name: str | Path) -> Path:
        """The path of a file in the folder."""
        return self.path / name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return repr(self._record).replace("RunRecord", "Run", 1)

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = {"spec": self._record.manifest.spec, "seed": self.seed, "complete": "yes" if self.complete else "no"}
        rows |= {name.replace("_", " "): f"{value:.6g}" for name, value in self.metrics.items()}
        if self.verdict:
            rows["result"] = self.verdict
        picture = ""
        if self.genotype is not None:
            picture = later("spikegraph.api.describing:render")(self, level="cell").svg()
            picture = picture[picture.index("<svg") :]
        body = "".join(f"<tr><th>{escape(str(k))}</th><td>{escape(str(v))}</td></tr>" for k, v in rows.items())
        return f"<table><caption>{escape(str(self.path))}</caption>{body}</table>{picture}"

    @property
    def complete(self) -> bool:
        """Whether all phases are done."""
        return self._record.complete

    @property
    def seed(self) -> int:
        """Its seed."""
        return self._record.manifest.seed

    @property
    def metrics(self) -> Mapping[str, float]:
        """The metrics of the trained network on the test set, such as `accuracy_percent`; empty before the evaluation."""
        return dict(self._record.metrics)

    @property
    def baselines(self) -> Mapping[str, Mapping[str, float]]:
        """The metrics of simple methods on the test set, by their names."""
        return self._record.summary.baselines

    @property
    def verdict(self) -> str:
        """The comparison with the baselines in a sentence; empty before both are measured."""
        from spikegraph.analysis.verdict import verdict_of  # noqa: PLC0415 (importing the package stays cheap)

        found = verdict_of(self._record)
        return "" if found is None else found.sentence

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes in order; empty if there are none."""
        return self._record.manifest.classes

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        """A row for each epoch of each phase: `phase`, `epoch`, `step`, `time`, and losses and metrics by name.

        `pandas.DataFrame(run.history)` makes a table of it.
        """
        found = [entry for phase in ("search", "retrain") for entry in self._record.epochs(phase)]
        heads = [{"phase": e.phase, "epoch": e.epoch, "step": e.step, "time": e.time} for e in found]
        return [{**head, **e.losses, **e.metrics} for head, e in zip(heads, found, strict=True)]

    @property
    def genotype(self) -> str | None:
        """The text of the genotype file, found or given; None if there is none."""
        return self._record.genotype

    @cached_property
    def spec(self) -> Program:
        """Its spec with every default and its genotype, as `load` gives it."""
        from spikegraph.program.run_program import run_program  # noqa: PLC0415 (importing the package stays cheap)

        with naming_plugins():
            return run_program(self._record)

    def model(self, phase: Literal["retrain", "deploy"] = "deploy") -> Model:
        """The trained network; as `spikegraph.load_run`."""
        return later("spikegraph.api.loading:load_run")(self.path, phase=phase)

    def evaluate(
        self, dataset: Pairs | None = None, *, data: str | Path | None = None, stream: bool = False
    ) -> dict[str, float]:
        """Metrics of the deployed network on a test set, by default the run's; as `spikegraph.evaluate`."""
        return later("spikegraph.api.using:evaluate")(self, dataset, data=data, stream=stream)

    def predict(self, samples: str | Path | Sequence[Any]) -> list[dict[str, Any]]:
        """What samples without labels show; as `spikegraph.predict`."""
        return later("spikegraph.api.using:predict")(self, samples)

    def export(self, file: str | Path, *, to: str, **options: Any) -> Exported:
        """Writes the deployed network for other programs; as `spikegraph.export`."""
        return later("spikegraph.api.using:export")(self, file, to=to, **options)

    def package(self, folder: str | Path, *, licence: str | None = None) -> Path:
        """Writes spec, weights and a card for others; as `spikegraph.package`."""
        return later("spikegraph.api.using:package")(self, folder, licence=licence)

    def stats(self, *, energy: str = "cmos-45nm") -> Statistics:
        """Parameters, operations and energy, at the firing rates that the run measured; as `spikegraph.stats`."""
        return later("spikegraph.api.describing:stats")(self, energy=energy)

    def certificate(self) -> Certificate:
        """What the layers of the deployed network take; as `spikegraph.certify`."""
        return later("spikegraph.api.functions:certify")(self)

    def render(self, file: str | Path | None = None, *, level: Level | None = None, **options: Any) -> Drawing:
        """A diagram; as `spikegraph.render`."""
        return later("spikegraph.api.describing:render")(self, file, level=level, **options)

    def figure(self, name: str, *others: str | Path | Run, data: str | Path | None = None, device: str = "cpu") -> Figure:
        """A figure of the paper, such as `4a`, with what this run has, and others beside it; `.write(path)` saves it.

        `spikegraph figure` lists the figures and what each needs, and `docs/pictures.md` describes them.

        Args:
            name: `1`, `2`, `3`, `4a` to `4d`, `5`, `6`, `7` or `8`.
            others: More runs.
            data: For 4c and 4d: the data folder, by default that of each run.
            device: For 4c and 4d: where the network runs, as torch names it.

        Raises:
            ArgumentError: There is no such figure.
            NotThereError: A run lacks what the figure needs; the error says what to do.
        """
        draw = later("spikegraph.api.figures:figure")
        paths = [self.path, *map(path_of, others)]
        return draw(name, paths, data=None if data is None else Path(data), device=device)

    def report(self, file: str | Path = "report.html") -> Report:
        """Writes the HTML report; as `spikegraph.report`."""
        return later("spikegraph.api.describing:report")(self, file)

    def diff(self, *others: Any) -> Any:
        """Compares its architecture with others; as `spikegraph.diff`."""
        return later("spikegraph.api.describing:diff")(self, *others)


def path_of(subject: object) -> Path:
    """The path of a run, or a path.

    Raises:
        ArgumentError: It is neither.
    """
    if isinstance(subject, Run):
        return subject.path
    if isinstance(subject, str | Path):
        return Path(subject)
    raise ArgumentError(f"a `{type(subject).__name__}` is neither a run nor a path", "give the run, or the path of its folder")
