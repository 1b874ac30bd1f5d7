"""A run's folder, read for people: also of a run that is still going, or was killed."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from spikegraph.cli.tables import fields, table

NETWORK = "network"
PHASES = ("search", "retrain")


@dataclass(frozen=True)
class Run:
    """What is in a run's folder.

    Attributes:
        path: The folder.
        manifest: What the run was started with.
        summary: What has come out by now; empty before the first phase is over.
        genotype: The architecture's text, once it is known.
        last: The last line of the journal of each phase that has begun.
        modified: When the journal was last written, in seconds since 1970; None before.
        rounds: What each round of a search of surrogates came to, by the neuron's name; see `docs/dgs.md`.
    """

    path: Path
    manifest: Mapping[str, Any]
    summary: Mapping[str, Any]
    genotype: str | None
    last: Mapping[str, Mapping[str, Any]]
    modified: float | None
    rounds: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict[str, Sequence[Mapping[str, Any]]])

    @classmethod
    def read(cls, path: Path) -> "Run":
        """Reads the folder.

        Raises:
            TrainError: It is no run's folder, or a file in it can't be read.
        """
        # These modules import no torch.
        from spikegraph.runs.folder import RunFolder, read_json  # noqa: PLC0415
        from spikegraph.runs.journal import read_journal  # noqa: PLC0415

        folder = RunFolder(path)
        manifest = folder.read_manifest()
        summary = read_json(folder.summary, "the folder of a run") if folder.summary.exists() else {}
        genotype = folder.genotype.read_text(encoding="utf-8") if folder.genotype.exists() else None
        last: dict[str, Mapping[str, Any]] = {}
        modified = None
        rounds: dict[str, list[Mapping[str, Any]]] = {}
        if folder.metrics.exists():
            entries = read_journal(folder.metrics)
            last = {entry["phase"]: entry for entry in entries if entry["event"] != "dgs"}
            modified = folder.metrics.stat().st_mtime
            for entry in entries:
                if entry["event"] == "dgs":
                    rounds.setdefault(entry["neuron"], []).append(entry)
        return cls(path, manifest, summary, genotype, last, modified, rounds)

    @property
    def complete(self) -> bool:
        """Whether the run is over."""
        return bool(self.summary.get("complete"))

    def methods(self) -> dict[str, dict[str, float]]:
        """The metrics of the network and of the methods beside it, by name; empty before the evaluation."""
        own = {NETWORK: held(self.evaluation, "metrics")} if self.evaluation else {}
        baselines = held(self.summary, "baselines")
        return own | {name: held(baselines, name) for name in baselines}

    @property
    def evaluation(self) -> dict[str, Any]:
        """What was measured on the test set; empty before."""
        return held(self.summary, "evaluation")

    @property
    def notes(self) -> list[str]:
        """What was said of the data."""
        notes: Any = self.summary.get("notes") or self.manifest.get("notes") or ()
        return [str(note) for note in notes]

    def results(self) -> str:
        """The metrics as a table, a row for each method; in words where there are none yet."""
        methods = self.methods()
        return methods_table(methods) if methods else "nothing is evaluated yet\n"

    def firing_rates(self) -> dict[str, float] | None:
        """The firing rate of each neuron's node, where the evaluation measured them."""
        return held(self.evaluation, "firing_rates") or None

    def phases(self) -> str:
        """How far each phase has come, a line each."""
        rows: list[tuple[str, str]] = []
        for phase in PHASES:
            done = held(self.summary, phase)
            if done:
                text = f"done: {count(done['epochs'], 'epoch')}, {count(done['steps'], 'step')} in {clock(done['seconds'])}"
                rows.append((phase, text + losses(done)))
            elif phase in self.last:
                at = self.last[phase]
                rows.append((phase, f"epoch {at['epoch']}, step {at['step']}{losses(at)}"))
        return fields(rows) if rows else "no step is done yet\n"

    def surrogates(self) -> str:
        """The path of each searched surrogate's temperature, a line each; empty where none was searched."""
        rows: list[tuple[str, str]] = []
        for neuron, rounds in self.rounds.items():
            path = [rounds[0]["b_before"], *(r["b"] for r in rounds)]
            text = " -> ".join(number(b) for b in path)
            rows.append((neuron, f"b {text} in {count(len(rounds), 'round')} of the search of its surrogate"))
        return fields(rows) if rows else ""

    def state(self) -> str:
        """Whether it is over, and if not, when it last gave a sign."""
        if self.complete:
            return "complete"
        if self.modified is None:
            return "not begun"
        return f"not complete; last sign {clock(max(0.0, time.time() - self.modified))} ago"


def methods_table(methods: Mapping[str, Mapping[str, float]]) -> str:
    """A row for each method, a column for each metric."""
    metrics = list(dict.fromkeys(m for found in methods.values() for m in found))
    rows = [[name, *(number(found[m]) if m in found else "" for m in metrics)] for name, found in methods.items()]
    return table([["method", *metrics], *rows], right=range(1, len(metrics) + 1))


def held(parent: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The object at `key` of a JSON object; empty where there is none yet."""
    value: Any = parent.get(key)
    return {} if value is None else cast("dict[str, Any]", value)


def losses(entry: Mapping[str, Any]) -> str:
    """`, loss 1.23`."""
    return "".join(f", {name} {number(value)}" for name, value in held(entry, "losses").items())


def count(number: int, word: str) -> str:
    """`1 step`, `2 steps`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def number(value: float) -> str:
    """Four digits that count."""
    return f"{value:.4g}"


def clock(seconds: float) -> str:
    """`42 s`, `3 min 5 s`, `2 h 4 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
