"""The folder of a model: its spec, its weights, and what else is known of them."""

from collections.abc import Mapping
from dataclasses import field, replace
from hashlib import sha256
from pathlib import Path

from pydantic.dataclasses import dataclass

from spikegraph.base.errors import DataError, RunFolderError
from spikegraph.base.files import write_whole
from spikegraph.runs.json_file import STRICT, Real, read_bytes, read_record, write_record
from spikegraph.runs.manifest import Precision, Seed
from spikegraph.runs.own_files import require_own_files

NAME, WEIGHTS, SPEC, CARD, RUN = "model.json", "weights.safetensors", ".sdhs", "card.md", "manifest.json"

OF_RUNS = ("resolved.sdhs", "genotype.sdhs")
"""Specs of runs, which may have lost their manifest."""

FORMAT_VERSION = 1

LARGEST = 2**40
"""Most bytes of a file of weights."""

RESTORE = "restore the folder from a copy, or save the model again"

ANOTHER = "choose a new or empty folder"


@dataclass(frozen=True, config=STRICT)
class ModelRecord:
    """`model.json`.

    Attributes:
        spec: The name of the spec's file, which has the genotype and every default.
        version: The version of spikegraph that wrote the folder.
        precision: Precision of the convolutions.
        seed: The seed of the training, on which a random choice of test samples depends.
        classes: Names of the classes; empty if there are none.
        data_folder: The folder of the data; None for data of the package, and in a package for others.
        plugins: The plug-ins that the spec uses: the paths of files and the names of packages.
        metrics: What was measured on the test set; empty if nothing was.
        files: SHA-256 of the spec and the weights, by name; a card may be edited.
        stepwise: Whether single time steps have targets; None if it isn't known.
    """

    spec: str
    version: str
    precision: Precision = "fp32"
    seed: Seed = 0
    classes: tuple[str, ...] = ()
    data_folder: str | None = None
    plugins: tuple[str, ...] = ()
    metrics: dict[str, Real] = field(default_factory=dict[str, float])
    files: dict[str, str] = field(default_factory=dict[str, str])
    stepwise: bool | None = None


@dataclass(frozen=True)
class ModelFolder:
    """A folder with a model, as it was found.

    Attributes:
        path: The folder.
        spec: Its spec.
        record: What else is known of it.
    """

    path: Path
    spec: Path
    record: ModelRecord

    @property
    def weights(self) -> Path:
        """Its file of weights."""
        return self.path / WEIGHTS


def model_folder(path: Path) -> ModelFolder | None:
    """The model in a folder; None if there is neither `model.json` nor a file of weights beside a single spec.

    Raises:
        RunFolderError: `model.json` can't be read, or a file of the folder is elsewhere.
        DataError: A file isn't the one that was saved.
    """
    if not (path / NAME).is_file():
        specs = sorted(path.glob(f"*{SPEC}"))
        alone = len(specs) == 1 and (path / WEIGHTS).is_file() and not (path / RUN).exists() and specs[0].name not in OF_RUNS
        return ModelFolder(path, specs[0], ModelRecord(specs[0].name, "")) if alone else None
    require_own_files(path)
    record = read_record(path / NAME, ModelRecord, RESTORE, FORMAT_VERSION)
    if missing := [name for name in (record.spec, WEIGHTS) if name not in record.files]:
        raise DataError(f"`files` has no `{missing[0]}`", path / NAME, RESTORE)
    for name, digest in record.files.items():
        _require(path, name, digest)
    return ModelFolder(path, path / record.spec, record)


def _require(folder: Path, name: str, digest: str) -> None:
    path = _file(folder, name)
    if not path.is_file():
        raise DataError("it is missing; the model was saved with it", path, RESTORE)
    if sha256(read_bytes(path, RESTORE, LARGEST)).hexdigest() != digest:
        raise DataError("it isn't the file that was saved: its SHA-256 differs", path, RESTORE)


def _file(folder: Path, name: str) -> Path:
    """The path of a file that `model.json` names, which is in its folder."""
    if Path(name).name != name or name in ("", ".."):
        raise DataError(f"`{name}` in `files` isn't the name of a file", folder / NAME, RESTORE)
    return folder / name


def write_model(folder: Path, record: ModelRecord, files: Mapping[str, bytes]) -> None:
    """Writes a model into a new or empty folder, or in place of the model in it, whose other files stay.

    Args:
        folder: The folder.
        record: What else is known; the hashes of the files are added.
        files: The contents of the other files, by name; `card.md` has no hash, since it may be edited.

    Raises:
        DataError: The folder has something else, or a file of another one has the name of one of these.
        OSError: A file can't be written.
    """
    own = _replaceable(folder)
    for name in files:
        if (folder / name).exists() and folder / name not in own:
            raise DataError("a file of this name is there, which isn't the model's", folder / name, ANOTHER)
    folder.mkdir(parents=True, exist_ok=True)
    for path in own:
        path.unlink(missing_ok=True)  # `model.json` first, and it is written last: it makes the folder that of a model
    for name, content in files.items():
        write_whole(folder / name, content)
    hashes = {name: sha256(content).hexdigest() for name, content in files.items() if name != CARD}
    write_record(folder / NAME, replace(record, files=hashes), FORMAT_VERSION)


def _replaceable(folder: Path) -> tuple[Path, ...]:
    """The files of the model in a folder, which another one may replace; none in a new or empty folder."""
    if not folder.exists() or not any(folder.iterdir()):
        return ()
    if not (folder / NAME).is_file():
        what = "has a run" if (folder / RUN).exists() else "isn't empty and has no model"
        raise DataError(f"the folder {what}", folder, ANOTHER)
    try:
        found = read_record(folder / NAME, ModelRecord, RESTORE, FORMAT_VERSION)
    except RunFolderError as error:
        raise DataError(f"the folder isn't empty, and `{NAME}` is no model's: {error.summary}", folder, ANOTHER) from error
    return tuple(_file(folder, name) for name in dict.fromkeys((NAME, found.spec, *found.files, CARD)))
