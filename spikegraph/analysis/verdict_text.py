"""The end of a training: what its result means against the baselines, and the command to go on with."""

from collections.abc import Sequence

from spikegraph.analysis.verdict import verdict_of
from spikegraph.base.terminal import command_line
from spikegraph.dsl.loader import load_text
from spikegraph.dsl.resolve import resolve_source
from spikegraph.runs.record import RunRecord
from spikegraph.runs.resumable import started

LONGER = 4
"""Factor of the epochs in the command that trains longer."""

EPOCHS = "retrain.epochs"


def verdict_text(run: RunRecord) -> str:
    """A sentence that compares the network with the baselines, and the next command; empty before both are measured."""
    found = verdict_of(run)
    if found is None:
        return ""

    result = f"result: {found.sentence}\n"
    if not found.unbeaten:
        return result + suggested("see where it errs", report_of(run))
    longer = longer_training(run)
    if longer is None:
        return result + suggested("see whether the loss still falls", report_of(run))
    return result + suggested(f"train {LONGER} times as long", longer)


def _ended_early(run: RunRecord, epochs: int) -> bool:
    resolved = resolve_source(load_text(run.resolved or "", run.folder.resolved.name))
    retrain = resolved.spec.retrain
    return not resolved.diagnostics.has_errors and retrain is not None and epochs < retrain.epochs


def suggested(why: str, command: Sequence[str]) -> str:
    """The line of the next command, with its reason."""
    lines = command_line(command, margin=2).replace("\n", "\n  ")
    return f"next: {why}:\n  {lines}\n"


def report_of(run: RunRecord) -> list[str]:
    """The command that writes the run's report."""
    return ["spikegraph", "report", str(run.path), "-o", "report.html"]


def longer_training(run: RunRecord) -> list[str] | None:
    """The run's command with more epochs, in a new folder, with the genotype that it found.

    None if that isn't `compile`, and if its patience ended the training: more epochs would end at the same one.
    """
    retrained = run.summary.retrain
    if retrained is None or "compile" not in run.manifest.command[:2]:  # `pretrain` and `rerun` have no --set
        return None
    if _ended_early(run, retrained.epochs):
        return None
    kept: list[str] = []
    words = iter(run.manifest.command)
    for word in words:
        option, equals, value = word.partition("=")
        if option == "--out":
            value = value if equals else next(words, "")
        elif option == "--set":
            value = value if equals else next(words, "")
            kept += [] if value.partition("=")[0].strip() == EPOCHS else ["--set", value]
        elif option == "--control":
            # The run with its genotype has no search, whose cost could say how many.
            asked = 0 if run.summary.controls is None else run.summary.controls.asked
            value = value if equals else next(words, "")
            kept += [option, f"random:{asked}" if value == "random" and asked else value]
        elif word not in ("--resume", "--force"):
            kept.append(word)
    if run.summary.searched and run.genotype is not None:
        kept += ["--genotype", str(run.folder.genotype)]
    return started([*kept, "--set", f"{EPOCHS}={retrained.epochs * LONGER}"], run.manifest.processes)
