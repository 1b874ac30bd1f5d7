"""The file of weights that a training starts from: of a run, of a folder, or a file itself."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from spikegraph.base.errors import DataError, NotFoundError, RunFolderError
from spikegraph.base.surface import argument
from spikegraph.base.visible import visible_name
from spikegraph.runs.record import RunRecord, read_run

NAME, ENDING = "weights.safetensors", ".safetensors"

PICKLES = (".pth", ".pt", ".bin", ".ckpt", ".pkl", ".pickle", ".th", ".tar")
"""How files of `torch.save` end."""


def source_file(given: Path, notice: Callable[[str], None] = lambda _: None) -> Path:
    """The file of weights that is meant.

    Args:
        given: The folder of a run, another folder with `weights.safetensors`, or a file of safetensors or of `torch.save`.
        notice: Is told that a run isn't complete.

    Raises:
        NotFoundError: There is nothing of this name.
        DataError: It is of another kind, or the folder has no weights.
        RunFolderError: The run has no trained network yet.
    """
    if not given.exists():
        raise NotFoundError("there are no weights of this name", "give a run, a folder or a file of safetensors", path=given)
    if given.is_dir():
        return _in_folder(given, notice)
    if given.suffix.lower() not in (ENDING, *PICKLES):
        endings = f"{ENDING}, or as those of `torch.save` do"
        raise DataError(f"weights are read from files that end with {endings}, and from folders", given, "give the run")
    return given


def _in_folder(folder: Path, notice: Callable[[str], None]) -> Path:
    if (folder / "manifest.json").exists():
        run = read_run(folder)
        run.check_trained()
        if not run.complete:
            notice(f"note: the run in {visible_name(folder)} isn't complete; its newest weights are taken")
        return run.folder.trained
    if (folder / "sweep.json").exists():
        raise DataError("it has several runs", folder, "give the folder of one of them")
    if not (folder / NAME).is_file():
        raise DataError(f"it has no {NAME}", folder, f"give a run, a folder with {NAME}, or a file of safetensors")
    return folder / NAME


def source_of(run: RunRecord, given: Path | None) -> Path | None:
    """What a run starts from: what is given now, or what it was started with; None if that is nothing.

    Raises:
        RunFolderError: It isn't there any more.
    """
    held = run.weights_from
    if given is None and held is not None and not held.exists():
        summary = f"the weights that the run starts from aren't there any more: {visible_name(held)}"
        raise RunFolderError(summary, f"give their new place with {argument('weights', 'PATH')}")
    return given or held


def require_unchanged(run: RunRecord, source: Path | None) -> None:
    """Checks that the weights which a run starts from are those that it was started with.

    Raises:
        RunFolderError: They aren't.
    """
    held, now = run.manifest.weights_sha256, None if source is None else file_sha256(source_file(source))
    if held != now:
        shown = "none" if now is None else now[:12]
        summary = f"the weights that the run starts from have changed: the run's are {(held or 'none')[:12]}, now {shown}"
        help = f"restore them, or give a copy with {argument('weights', 'PATH')}"
        raise RunFolderError(summary, help, path=source)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's content."""
    return sha256(path.read_bytes()).hexdigest()
