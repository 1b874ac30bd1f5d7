"""The files that a server reads: those below its root, and the bundled specs."""

import os
from pathlib import Path, PurePath

from spikegraph.agents.tool import ToolError
from spikegraph.base.nearest import did_you_mean
from spikegraph.base.record import record
from spikegraph.base.resources import SUFFIX, builtin_specs, is_builtin, located, resource

TEXT = "text.sdhs"
"""The name of a text that is no file, below the root."""


@record
class Files:
    """The files below a folder, whose real path `root` is."""

    root: Path

    @classmethod
    def below(cls, folder: Path) -> "Files":
        """The files below a folder."""
        return cls(Path(os.path.realpath(folder)))

    def inside(self, given: str) -> Path:
        """The path that is named, links followed; it needn't exist.

        Raises:
            ToolError: It has `..` in it, or leads out of the root.
        """
        help = f"give a path below the root, `{self.root}`"
        if ".." in PurePath(given).parts:
            raise ToolError(f"`{given}` has `..` in it", help)
        path = self.root / given
        if "\0" in given or not Path(os.path.realpath(path)).is_relative_to(self.root):
            raise ToolError(f"`{given}` is outside of the root", f"{help}; links may not lead out of it")
        return path

    def spec(self, given: str) -> Path:
        """The file of a spec: one below the root, or a bundled one for `builtin:NAME`.

        Raises:
            ToolError: There is none, or it is outside.
            NotFoundError: No bundled spec has the name.
        """
        if is_builtin(given):
            return located(given)
        path = self.inside(given)
        if path.is_file() and path.suffix == SUFFIX:
            return path
        if path.is_dir():
            raise ToolError(f"`{given}` is a folder", "give a `.sdhs` file; of a run, `RUN/resolved.sdhs`")
        if path.exists():
            raise ToolError(f"`{given}` is no spec", f"give a file that ends in `{SUFFIX}`")
        beside = sorted(each.name for each in path.parent.glob(f"*{SUFFIX}")) if path.parent.is_dir() else []
        near = did_you_mean(path.name, beside)
        raise ToolError(f"there is no file `{given}`", near or f"paths are relative to the root, `{self.root}`")

    def folder_of(self, path: Path) -> Path:
        """The folder that imports of a file stay in: the root, or the bundled specs."""
        return resource("specs") if self.bundled(path) else self.root

    def bundled(self, path: Path) -> bool:
        """Whether a file is a bundled spec."""
        return path in builtin_specs().values()

    def shown(self, file: str) -> str:
        """What messages call a file: its path below the root."""
        path = Path(file)
        if not path.is_absolute():
            return file
        if path.is_relative_to(self.root):
            return path.relative_to(self.root).as_posix()
        return next((f"builtin:{name}" for name, known in builtin_specs().items() if known == path), path.name)
