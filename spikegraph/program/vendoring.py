"""Copies packages of specs into a project, and keeps the hashes of their files in `sdhs.lock`.

A spec imports them as `"@NAME:VERSION/FILE"`; reading one compares it with the lock (`dsl/vendored_check.py`).
"""

import os
from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.base.files import write_whole
from spikegraph.dsl.vendored import FOLDER, LOCK, file_hash, lock_text, package_folder, read_lock, reference

MOST_FILES = 10_000
"""Files of a package."""

LARGEST = 4 * 1024 * 1024
"""Bytes of a file of a package."""

_KEPT = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "README")
"""Beginnings of the names of files that are copied besides specs."""


def vendor(folder: Path, package: str, root: Path) -> list[str]:
    """Copies the specs of a folder, with its licence and readme, into a project, and locks them.

    Args:
        folder: The folder of the package.
        package: Its name and version, `spikezoo:1.2`.
        root: The project's folder.

    Returns:
        The files, as specs import them: `@spikezoo:1.2/resnet.sdhs`.

    Raises:
        DataError: The name is malformed, the project has the package, or the folder has no spec, a link, or too much.
        OSError: A file can't be read or written.
    """
    target = package_folder(root, package)
    if target is None:
        raise DataError(f"`{package}` is not a package with a version", help="write one such as `spikezoo:1.2`")
    if target.exists():
        raise DataError(f"the project has `{package}` already", target, "remove that folder first, or vendor another version")
    contents = _contents(folder)
    if not any(path.suffix == ".sdhs" for path in contents):
        raise DataError("the folder has no .sdhs file", folder, "give the folder of a package of specs")
    hashes = dict(_locked(root))
    for path, data in contents.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        write_whole(target / path, data)
        hashes[reference(root, target / path)] = file_hash(data)
    write_whole(root / LOCK, lock_text(hashes))
    return sorted(reference(root, target / path) for path in contents)


def lock(root: Path) -> int:
    """Locks the vendored files of a project as they are; returns their number.

    Raises:
        DataError: There is a link, or too much.
        OSError: A file can't be read or written.
    """
    hashes = _hashes(root)
    write_whole(root / LOCK, lock_text(hashes))
    return len(hashes)


def differences(root: Path) -> list[str]:
    """What differs between the vendored files of a project and its lock, a line for each file.

    Raises:
        DataError: The lock is damaged, or there is a link, or too much.
        OSError: A file can't be read.
    """
    locked, found = _locked(root), _hashes(root)
    lines = [f"{file} is missing" for file in locked if file not in found]
    lines += [f"{file} isn't in {LOCK}" for file in found if file not in locked]
    return sorted(lines + [f"{file} differs from {LOCK}" for file in locked if found.get(file, locked[file]) != locked[file]])


def _locked(root: Path) -> dict[str, str]:
    try:
        return dict(read_lock(root))
    except ValueError as error:
        help = "write it anew from files that you trust: `spikegraph vendor --lock`"
        raise DataError(f"it can't be read: {error}", root / LOCK, help) from error


def _hashes(root: Path) -> dict[str, str]:
    top = root / FOLDER
    packages = sorted(p for p in top.glob("*/*") if p.is_dir()) if top.is_dir() else []
    return {reference(root, p / path): file_hash(data) for p in packages for path, data in _contents(p).items()}


def _contents(folder: Path) -> dict[Path, bytes]:
    """The content of the files that belong to a package, by their path in its folder."""
    found: dict[Path, bytes] = {}
    for at, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(at, name)
            if path.suffix != ".sdhs" and not name.upper().startswith(_KEPT):
                continue
            if path.is_symlink() or not path.is_file():
                raise DataError("a package has files only, no links", path, "copy the file that the link leads to")
            if len(found) == MOST_FILES or path.stat().st_size > LARGEST:
                limit = f"a package has at most {MOST_FILES} files of at most {LARGEST} bytes"
                raise DataError("the package is too large", path, limit)
            found[path.relative_to(folder)] = path.read_bytes()
    return found
