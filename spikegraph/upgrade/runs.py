"""The folder of a run: its checkpoints, and its spec with the defaults of keys that are new."""

import json
import shutil
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

from spikegraph.base.files import write_whole
from spikegraph.program.program import Program
from spikegraph.program.run_program import started_program
from spikegraph.runs.folder import FORMAT_VERSION, PHASES, RunFolder, Which
from spikegraph.runs.record import RunRecord, read_run
from spikegraph.upgrade.checkpoints import FORMAT, read_pair
from spikegraph.upgrade.safetensors import write
from spikegraph.upgrade.specs import upgraded_spec
from spikegraph.upgrade.table import Format, UpgradeError

RUN = Format[dict[str, Any]]("run folder", FORMAT_VERSION)
"""`manifest.json` and `summary.json`."""


def upgrade_run(path: Path, out: Path) -> list[str]:
    """Converts a run folder.

    In place, each file is replaced as a whole, a checkpoint together with its weights; an interrupted conversion is finished by
    a second one. A copy gets its name when it is complete.

    Args:
        path: The folder.
        out: The folder itself, or a new one for a converted copy.

    Returns:
        What changed; empty if everything is current.

    Raises:
        UpgradeError: A file is damaged, has a version that can't be converted, or isn't the run's; or `out` exists, or is
            inside the run.
        RunFolderError: The manifest or the summary is damaged.
        SpecError: The run's spec has errors; a plug-in may be missing.
        OSError: A file can't be read or written.
    """
    if out == path:
        told: list[str] = []
        if not RunFolder(path).manifest.exists():
            _ = RunFolder(path).read_manifest()  # the error; a folder that is no run isn't touched
        with RunFolder(path).owned(told.append):
            return [*told, *_in_place(RunFolder(path))]
    if out.exists():
        raise UpgradeError("it exists", "choose a new folder with -o", path=out)
    if path.resolve() in out.resolve().parents:
        raise UpgradeError("it is inside the run", "choose a folder beside the run with -o", path=out)
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        shutil.copytree(path, part)
        changes = [text.replace(str(part), str(out)) for text in _in_place(RunFolder(part))]
        part.rename(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return changes


def _in_place(folder: RunFolder) -> list[str]:
    for file in (folder.manifest, folder.summary):
        _check_version(file)
    return [*_options(folder), *_spec(folder), *_checkpoints(folder, read_run(folder.path))]


def _check_version(file: Path) -> None:
    """Refuses records of a version that can't be converted; there is one version so far."""
    if not file.exists():
        return
    try:
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        version = int(data["format_version"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return  # damaged, which the reader says in its own words
    RUN.upgraded(data, version, file)


def _options(folder: RunFolder) -> list[str]:
    """Adds what early manifests lack, the options that `--resume` needs, from the command line that they have."""
    _ = folder.read_manifest()
    manifest: dict[str, Any] = json.loads(folder.manifest.read_text(encoding="utf-8"))
    if "data_folder" in manifest:
        return []
    given: dict[str, list[str]] = {}
    words = [part for word in manifest["command"] for part in (word.split("=", 1) if word.startswith("--") else [word])]
    for option, value in pairwise(words):
        given.setdefault(option, []).append(value)
    manifest["profile"] = given.get("--profile", [None])[-1]
    manifest["overrides"] = given.get("--set", [])
    manifest["data_folder"] = given.get("--data", [None])[-1]
    write_whole(folder.manifest, json.dumps(manifest, indent=2) + "\n")
    return [f"{folder.manifest}: profile, overrides and data folder are those of its command line"]


def _spec(folder: RunFolder) -> list[str]:
    """Rewrites the spec of the run if this version writes it in another way; the manifest has its hash."""
    held = folder.read_manifest()
    text, told = upgraded_spec(folder.resolved)
    stored = folder.resolved.read_text(encoding="utf-8")
    if told:
        write_whole(folder.resolved, text)
    program = started_program(read_run(folder.path)).checked()
    now = _hash(program.text)
    if now == held.resolved_sha256:
        return told
    if _hash(stored) not in (held.resolved_sha256, now):
        summary = f"it isn't the spec that the run was started with, whose hash is in {folder.manifest.name}"
        raise UpgradeError(summary, "restore the file", path=folder.resolved)
    # A second conversion finds the new hash in the spec, and finishes the manifest.
    write_whole(folder.resolved, program.text)
    manifest: dict[str, Any] = json.loads(folder.manifest.read_text(encoding="utf-8"))
    manifest["resolved_sha256"] = now
    write_whole(folder.manifest, json.dumps(manifest, indent=2) + "\n")
    return [*told, f"{folder.resolved}: keys that are new are written out with their defaults"]


def _checkpoints(folder: RunFolder, run: RunRecord) -> list[str]:
    validated = _validated(run)
    whiches: tuple[Which, ...] = ("best", "newest")
    told: list[str] = []
    for phase in PHASES:
        for which in whiches:
            path = folder.checkpoint(phase, which)
            if not path.exists():
                continue
            pair = read_pair(path)
            pair, changes = FORMAT.upgraded(pair, pair.version, path)
            if pair.weights is not None:
                # The checkpoint last: until then it has the weights, and a second conversion starts again.
                write_whole(folder.weights(phase, which, validated=validated), pair.weights)
                write_whole(path, write(pair.checkpoint))
            told += [f"{path}: {change}" for change in changes]
    return told


def _validated(run: RunRecord) -> bool:
    """Whether the retraining has a validation, so that its best network is the one that is kept."""
    retrain = Program.read(run.folder.resolved).spec.retrain
    return retrain is not None and retrain.validate is not None


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
