"""Packages of specs inside a project: `sdhs_packages/NAME/VERSION/`, with a hash of each file in `sdhs.lock`."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

LOCK = "sdhs.lock"
"""The file of hashes, in the project's folder: a line for each vendored file, `SHA-256  @NAME:VERSION/PATH`."""

FOLDER = "sdhs_packages"
"""The folder of packages, in the project's folder."""

LARGEST_LOCK = 1024 * 1024
"""Bytes of a lock file."""

PACKAGE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_-]*):(?P<version>[A-Za-z0-9][A-Za-z0-9_.+-]*)")
"""A package with its version, `spikezoo:1.2`."""

_REFERENCE = re.compile(rf"@{PACKAGE.pattern}/(?P<path>[^/].*)")
_LINE = re.compile(r"(?P<hash>[0-9a-f]{64})  (?P<file>@.+)")


def package_folder(root: Path, package: str) -> Path | None:
    """The folder of a package such as `spikezoo:1.2` in a project; None if that is no package with a version."""
    match = PACKAGE.fullmatch(package)
    return None if match is None else root / FOLDER / match["name"] / match["version"]


def vendored_file(root: Path, text: str) -> tuple[Path, str] | None:
    """The package's folder and the path inside it that `@spikezoo:1.2/resnet.sdhs` means; None if it is malformed."""
    match = _REFERENCE.fullmatch(text)
    return None if match is None else (root / FOLDER / match["name"] / match["version"], match["path"])


def package_of(root: Path, real: Path) -> Path | None:
    """The folder of the package that a file belongs to; None if it isn't vendored."""
    if not real.is_relative_to(root / FOLDER):
        return None
    parts = real.relative_to(root / FOLDER).parts
    return root.joinpath(FOLDER, *parts[:2]) if len(parts) > 2 else root / FOLDER


def reference(root: Path, real: Path) -> str:
    """How the lock calls a vendored file: `@spikezoo:1.2/resnet.sdhs`."""
    name, *rest = real.relative_to(root / FOLDER).parts
    return f"@{name}:{'/'.join(rest)}"


def file_hash(data: bytes) -> str:
    """The SHA-256 of a file's content, as the lock has it."""
    return hashlib.sha256(data).hexdigest()


def read_lock(root: Path) -> Mapping[str, str]:
    """The hash of each vendored file of a project; empty without a lock.

    Raises:
        OSError: The lock can't be read.
        ValueError: A line is malformed, or the lock is too large.
    """
    path = root / LOCK
    if not path.is_file():
        return {}
    with path.open("rb") as stream:
        data = stream.read(LARGEST_LOCK + 1)
    if len(data) > LARGEST_LOCK:
        raise ValueError(f"it has more than {LARGEST_LOCK} bytes")
    found: dict[str, str] = {}
    for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None or ".." in PurePosixPath(match["file"]).parts:
            raise ValueError(f"line {number} is malformed")
        found[match["file"]] = match["hash"]
    return found


def lock_text(hashes: Mapping[str, str]) -> str:
    """The text of a lock, sorted by file."""
    return "".join(f"{hashes[file]}  {file}\n" for file in sorted(hashes))
