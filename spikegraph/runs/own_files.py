"""Whether a run folder has only its own files, none elsewhere and no pipe, and whether a path is one of them."""

import os
from pathlib import Path

from spikegraph.base.errors import ArgumentError, NotFoundError, RunFolderError
from spikegraph.base.resources import SUFFIX
from spikegraph.base.visible import visible_name

RESTORE = "restore it from a copy of the run, or start a new run in another folder"

FOLDERS = ("checkpoints", "controls", "diagrams", "front", "snapshots", "tensorboard", "trials")
SUFFIXES = (".csv", ".json", ".jsonl", ".npz", ".safetensors", ".sdhs")
"""Names of folders and ends of names of files in a run folder."""

_KEPT = ("checkpoints", "controls", "front", "snapshots", "trials")
_FILES = (
    *("manifest.json", "resolved.sdhs", "genotype.sdhs", "summary.json", "ended.json", "metrics.jsonl", "usage.csv"),
    *("weights.safetensors", "examples.npz", "rasters.npz", "trial.json", "model.json"),
)
"""What of a run, and of a folder with a model, isn't made again."""
_DEEPEST = 3
"""Folders above a file of which one may be the run."""


def require_own_files(folder: Path) -> None:
    """Refuses a folder whose files are elsewhere, so that reading and writing a run stays inside its folder.

    Raises:
        RunFolderError: Something in the folder is neither a file nor a folder nor a link to one inside it.
    """
    top = os.path.realpath(folder)
    waiting = [folder]
    while waiting:
        at = waiting.pop()
        try:
            with os.scandir(at) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if at != folder and is_missing(at):
                continue  # a process that has the run has deleted it since its folder was listed
            raise RunFolderError(f"can't be read: {error.strerror or error}", RESTORE, path=at) from error
        for entry in found:
            path = at / entry.name
            try:
                if entry.is_symlink():
                    _check_link(path, top)
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                elif not entry.is_file(follow_symlinks=False):
                    raise RunFolderError("is a pipe, a socket or a device, not a file", RESTORE, path=path)
                if at == folder:
                    _check_kind(path)
            except RunFolderError:
                if not is_missing(path):
                    raise


def is_missing(path: Path) -> bool:
    """Whether nothing has a path, not even a link that leads nowhere; False where that can't be told."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        pass
    return False


def refuse_own_file(path: Path) -> None:
    """Refuses a path to write to that is a file of a run, or of a folder with a model: these couldn't be read any more.

    Raises:
        NotFoundError: It is one.
    """
    real = Path(os.path.realpath(path))
    for folder in list(real.parents)[:_DEEPEST]:
        first, *others = real.relative_to(folder).parts
        if first in (_KEPT if others else _FILES) and _is_ours(folder):
            raise NotFoundError(f"{visible_name(path)} is a file of {visible_name(folder)}", "give another name")


def refuse_spec_name(path: Path) -> None:
    """Refuses a path to write to whose name is that of a spec, where something else is written.

    Raises:
        ArgumentError: It ends as specs do.
    """
    if path.suffix == SUFFIX:
        raise ArgumentError(f"{visible_name(path)} has the name of a spec", "give a name with another ending")


def _is_ours(folder: Path) -> bool:
    """Whether a folder has a run or a model; a `manifest.json` or `model.json` alone may be another program's."""
    if (folder / "manifest.json").is_file() and (folder / "resolved.sdhs").is_file():
        return True
    return (folder / "model.json").is_file() and any(folder.glob("*.sdhs"))


def _check_link(path: Path, top: str) -> None:
    real = os.path.realpath(path)
    if os.path.commonpath([real, top]) != top:
        raise RunFolderError("is a link out of the run's folder", "put the file itself into the folder", path=path)
    if not path.exists():
        raise RunFolderError("is a link that leads nowhere", RESTORE, path=path)


def _check_kind(path: Path) -> None:
    """Checks that a file isn't a folder, and a folder not a file."""
    if path.name in FOLDERS and not path.is_dir():
        raise RunFolderError("is a file, not a folder", "delete it, or restore it from a copy of the run", path=path)
    if path.suffix in SUFFIXES and path.is_dir():
        raise RunFolderError("is a folder, not a file", RESTORE, path=path)
