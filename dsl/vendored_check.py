"""Imports of vendored packages, and the comparison of their files with the lock."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from spikegraph.base.nearest import did_you_mean
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.source import Span
from spikegraph.dsl.vendored import FOLDER, LOCK, file_hash, package_of, read_lock, reference, vendored_file


class Vendored:
    """The vendored packages of one project."""

    def __init__(self, root: Path, diagnostics: Diagnostics) -> None:
        self.root, self.diagnostics = root, diagnostics

    @cached_property
    def lock(self) -> Mapping[str, str] | str:
        """The hashes of the lock, or why it can't be read."""
        try:
            return read_lock(self.root)
        except (OSError, ValueError) as error:
            return str(error)

    def target(self, text: str, place: Span) -> Path | None:
        """The file that `@spikezoo:1.2/resnet.sdhs` means; None after an error."""
        found = vendored_file(self.root, text)
        if found is None:
            help = 'write a package with its version and a file, such as `"@spikezoo:1.2/resnet.sdhs"`'
            self.diagnostics.error("SG0505", place, f'"{text}" is not a file of a package', help=help)
            return None
        folder, path = found
        package = text[1:].partition("/")[0]
        if folder.is_dir():
            return folder / path
        near = did_you_mean(package, self._packages())
        help = near or f"copy it into the project: `spikegraph vendor FOLDER --as {package}`"
        self.diagnostics.error("SG0505", place, f"the project has no package `{package}`", help=help)
        return None

    def unchanged(self, real: Path, text: str, place: Span) -> bool:
        """Whether a file is as the lock has it, if it is vendored; adds an error if it isn't."""
        if package_of(self.root, real) is None:
            return True
        name, lock = reference(self.root, real), self.lock
        if isinstance(lock, str):
            help = "write it anew from files that you trust: `spikegraph vendor --lock`"
            self.diagnostics.error("SG0506", place, f"`{LOCK}` can't be read: {lock}", help=help)
            return False
        expected = lock.get(name)
        if expected == file_hash(text.encode("utf-8")):
            return True
        what = f"`{name}` isn't in `{LOCK}`" if expected is None else f"`{name}` differs from `{LOCK}`"
        help = "restore the file, or, if you trust it, lock it as it is: `spikegraph vendor --lock`"
        self.diagnostics.error("SG0506", place, what, help=help)
        return False

    def _packages(self) -> list[str]:
        folders = (self.root / FOLDER).glob("*/*")
        return sorted(f"{folder.parent.name}:{folder.name}" for folder in folders if folder.is_dir())
