"""Lists files of one's own by class: folders that are called like their classes, with or without parts, or a list of labels.

The test files are drawn from each class by a seed and by the names of the files: neither the order in which a file system
lists them nor the folder's place changes them.
"""

import csv
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.data.drawn import drawn
from spikegraph.data.image_folder import FileKind, files_by_class
from spikegraph.data.written_folders import passed_over
from spikegraph.dsl.schema.names import leads_out

LIST = "labels.csv"
"""The file that lists files and labels."""

TEST = 0.2
"""The share of each class for the test, if a spec says nothing else."""

TEST_PARTS = ("test", "val")
"""Names of the folder of test files beside `train`."""

TRAINING = ("train", "training")

LIKE_PARTS = (*TRAINING, "test", "testing", "val", "valid", "validation")
"""What folders of parts are called by others, in lower case."""

COLUMNS = ("file", "label", "part")

ByClass = Mapping[str, list[str]]


def layout(kind: FileKind) -> str:
    """Where files of a kind must be, for messages."""
    return (
        f"put the {kind.noun}s of each class into a folder of its own, or list them in {LIST} with the columns file and label"
    )


def read_own(folder: Path, kind: FileKind, test: float, seed: int) -> tuple[ByClass, ByClass]:
    """Lists the files for training and for the test, by class.

    Args:
        folder: The folder.
        kind: What files are looked for.
        test: The share of each class for the test, where the folder has no parts of its own.
        seed: The seed with which these are drawn.

    Raises:
        DataError: The folder has another layout, a class has too few files, or the list is wrong.
    """
    if not folder.is_dir():
        raise DataError("there is no such folder", folder, layout(kind))
    if (folder / LIST).is_file():
        train, held = _listed(folder, kind)
    elif (part := next((name for name in TEST_PARTS if (folder / name).is_dir()), None)) and (folder / "train").is_dir():
        train, held = (files_by_class(folder / name, kind, layout(kind)) for name in ("train", part))
    else:
        train, held = files_by_class(folder, kind, layout(kind)), dict[str, list[str]]()
        _require_classes(folder, train)
    if not held:
        train, held = part_by_class(folder, train, test, seed)
    only = sorted(train.keys() ^ held.keys())
    if only:
        missing = "train" if only[0] in held else "test"
        raise DataError(f"the class `{only[0]}` has no {kind.noun} of the part {missing}", folder, layout(kind))
    return train, held


def read_for_training(folder: Path, kind: FileKind, test: float, seed: int) -> tuple[ByClass, ByClass]:
    """As `read_own`, of files that a network is to be trained on, not only evaluated.

    Raises:
        DataError: As `read_own`, or there is one class.
    """
    train, held = read_own(folder, kind, test, seed)
    if len(train) < 2:
        raise DataError(f"it has one class, `{next(iter(train))}`; a classification needs two or more", folder, layout(kind))
    return train, held


def unread(folder: Path, classes: Collection[str] = ()) -> tuple[str, ...]:
    """Notices of what isn't read: folders that spikegraph has written beside those of the classes, and a part."""
    if (folder / LIST).is_file():
        return ()
    notices = passed_over(folder, classes)
    if all((folder / name).is_dir() for name in ("train", *TEST_PARTS)):
        return (*notices, "`val` isn't read: `test` has the test set, and `validate` holds out a share of the training set")
    return notices


def _require_classes(folder: Path, found: ByClass) -> None:
    """Refuses folders that are parts by their names, and hold nothing but folders: they would be taken for classes."""
    names = {name.lower() for name in found}
    deep = all(Path(path).parent != folder / name for name, paths in found.items() for path in paths)
    if deep and not names.isdisjoint(TRAINING) and names <= set(LIKE_PARTS):
        told = " and ".join(f"`{name}`" for name in found)
        summary = f"{told} {'are' if len(found) > 1 else 'is'} no class by {'their names' if len(found) > 1 else 'its name'}"
        raise DataError(summary, folder, "call the parts `train` and `test`, each with a folder for each class")


def part_by_class(folder: Path, found: ByClass, share: float, seed: int) -> tuple[ByClass, ByClass]:
    """The files for training, and those drawn for the test: a share of each class, at least one.

    Raises:
        DataError: A class would have no file left for training.
    """
    train, test = dict[str, list[str]](), dict[str, list[str]]()
    for number, (name, paths) in enumerate(sorted(found.items())):
        ordered = sorted(paths, key=lambda path: Path(path).relative_to(folder).as_posix())
        chosen = drawn(name, number, len(ordered), share, seed, folder)
        train[name] = [path for k, path in enumerate(ordered) if k not in chosen]
        test[name] = [path for k, path in enumerate(ordered) if k in chosen]
    return train, test


def _listed(folder: Path, kind: FileKind) -> tuple[ByClass, ByClass]:
    """The files of each class in the list, for training and for the test; the latter are none if it has no parts."""
    parts: dict[str, dict[str, list[str]]] = {"": {}, "train": {}, "test": {}}
    seen: dict[str, int] = {}
    for line, row in _rows(folder / LIST):
        file, label, part = (row.get(column, "") for column in COLUMNS)
        where = folder / LIST
        if not file or not label:
            raise DataError(f"line {line}: `{'file' if not file else 'label'}` is missing", where)
        if part not in parts:
            raise DataError(f"line {line}: `part` is `{part}`", where, "write train or test, or leave the column out")
        path = str(folder / file)  # without `./`
        if path in seen:
            raise DataError(f"line {line}: `{file}` is in line {seen[path]} already", where)
        if leads_out(file):
            raise DataError(f"line {line}: `{file}` isn't in the list's folder", where, "write paths relative to the list")
        if not (folder / file).is_file():
            raise DataError(f"line {line}: there is no file `{file}`", where)
        seen[path] = line
        parts[part].setdefault(label, []).append(path)
    unparted, train, test = parts.values()
    if not seen:
        raise DataError(f"it lists no {kind.noun}", folder / LIST, layout(kind))
    if unparted and (train or test):
        raise DataError("some lines have a `part` and some haven't", folder / LIST, f"give every {kind.noun} a part, or none")
    if unparted:
        return unparted, {}
    only = sorted(train.keys() ^ test.keys())
    if only:
        missing = "train" if only[0] in test else "test"
        raise DataError(f"the class `{only[0]}` has no {kind.noun} of the part {missing}", folder / LIST)
    return train, test


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of the list with the numbers of their lines."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            names = tuple(name.strip() for name in reader.fieldnames or ())
            if not {"file", "label"} <= set(names) <= set(COLUMNS):
                shown = ", ".join(names) or "none"
                raise DataError(f"its columns are {shown}", path, "its first line is file,label or file,label,part")
            for row in reader:
                if None in row or None in row.values():
                    raise DataError(f"line {reader.line_num}: it has not {len(names)} values", path)
                yield reader.line_num, {str(key).strip(): value.strip() for key, value in row.items()}
    except UnicodeDecodeError as error:
        raise DataError("it isn't text in UTF-8", path) from error
    except csv.Error as error:
        raise DataError(f"it can't be read: {error}", path) from error
    except OSError as error:
        raise DataError(f"it can't be read: {error.strerror or error}", path) from error
