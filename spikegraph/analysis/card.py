"""The card of a trained network: what it is, what it was trained on, how good it is, and how to go on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spikegraph.analysis.intervals import of_share
from spikegraph.base.metric_names import name_and_unit, with_unit
from spikegraph.base.pace import clock
from spikegraph.base.visible import visible_name
from spikegraph.runs.record import RunRecord

NAME = "card.md"
"""The card's name in the folder of a run."""


@dataclass(frozen=True)
class Subject:
    """What a card says and the run's record doesn't.

    Attributes:
        title: The name of the network.
        about: What it is, a sentence.
        network: The network with its inputs and outputs.
        classes: Names of the classes; empty if there are none.
        licence: The licence of the data; empty if it isn't known.
        weights: SHA-256 of `weights.safetensors`.
        blocks: By their titles, commands or code that go on with it.
        sections: By their titles, other texts.
    """

    title: str
    about: str
    network: str
    classes: Sequence[str]
    licence: str
    weights: str
    blocks: Mapping[str, Sequence[str]]
    sections: Mapping[str, str]


def card(run: RunRecord | None, subject: Subject) -> str:
    """The card of a trained network, as Markdown; of one that is no run, without what it was trained on."""
    rows = [
        ("network", subject.network),
        ("classes", ", ".join(subject.classes)),
        *([("trained on", "not recorded: it was saved from Python")] if run is None else _run(run)),
        ("licence of the data", subject.licence),
        ("SHA-256 of `weights.safetensors`", subject.weights),
    ]
    table = "".join(f"| {name} | {_cell(value)} |\n" for name, value in rows if value)
    blocks = {title: "".join(f"{line}\n" for line in lines) for title, lines in subject.blocks.items()}
    further = "".join(f"\n## {title}\n\n```{_language(block)}\n{block}```\n" for title, block in blocks.items())
    sections = "".join(f"\n## {title}\n\n{text}\n" for title, text in subject.sections.items())
    return f"# {subject.title}\n\n{subject.about}\n\n| | |\n|---|---|\n{table}{further}{sections}"


def _language(block: str) -> str:
    return "python" if block.startswith("import ") else "sh"


def _run(run: RunRecord) -> list[tuple[str, str]]:
    """What a run was trained on and how, and how good it is."""
    manifest = run.manifest
    return [
        ("trained on", manifest.data),
        *_training(run),
        ("complete", "" if run.complete else "no: these are the newest weights"),
        ("began with", "" if manifest.weights_sha256 is None else f"weights with the SHA-256 {manifest.weights_sha256}"),
        *_test(run),
        ("seed", str(manifest.seed)),
        ("made by", f"spikegraph {manifest.versions.get('spikegraph', '')}: `{' '.join(manifest.command)}`"),
    ]


def _cell(text: str) -> str:
    """The text on one line, for a table: names of classes and folders may be anybody's."""
    return visible_name(text).replace("|", "\\|")


def _training(run: RunRecord) -> list[tuple[str, str]]:
    done = run.summary.retrain
    if done is None:
        return []
    how = f"{done.epochs} epochs, {done.steps:,} steps, {clock(done.seconds)} on {run.manifest.device}"
    return [("parameters", f"{done.parameters:,}"), ("training", how)]


def _test(run: RunRecord) -> list[tuple[str, str]]:
    """The metrics on the test set, an accuracy with its interval, and the baselines of the first one."""
    found = run.summary.evaluation
    if found is None:
        return []
    rows = [(f"test: {name_and_unit(name)[0]}", with_unit(name, value)) for name, value in found.metrics.items()]
    first = next(iter(found.metrics), "")
    if first == "accuracy_percent":
        low, high = of_share(found.metrics[first], found.samples)
        rows[0] = (rows[0][0], f"{rows[0][1]} of {found.samples:,} samples; 95 % interval {low:.1f} to {high:.1f} %")
    baselines = [f"{name} {with_unit(first, of[first])}" for name, of in run.summary.baselines.items() if first in of]
    return [*rows, ("baselines", ", ".join(baselines))]
