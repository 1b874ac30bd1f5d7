"""The project's folder, which imports don't leave: that of the spec that is read, or a marked one above it."""

import os
import shlex
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from spikegraph.dsl.vendored import LOCK, package_of

MARKS = ("pyproject.toml", ".git", LOCK)
"""What marks a folder as that of a project; an empty `sdhs.lock` says nothing else."""

_OUTERMOST: ContextVar[Path | None] = ContextVar("outermost project folder", default=None)


@contextmanager
def confined(folder: Path) -> Generator[None]:
    """Inside, a project's folder is `folder` or below it, whatever is marked above: imports read nothing else."""
    before = _OUTERMOST.set(Path(os.path.realpath(folder)))
    try:
        yield
    finally:
        _OUTERMOST.reset(before)


def project_root(entry: Path) -> Path:
    """The project's folder: the nearest one above `entry` with one of `MARKS`, else the folder of `entry`.

    Inside of `confined` it is that folder, unless one below it has a mark.
    """
    folder, outermost = Path(os.path.realpath(entry)).parent, _OUTERMOST.get()
    found = next((above for above in (folder, *folder.parents) if marked(above)), outermost or folder)
    return found if outermost is None or found.is_relative_to(outermost) else outermost


def is_vendored(path: Path) -> bool:
    """Whether a file is in a package of its project, so that it stays as the lock has it."""
    return package_of(project_root(path), Path(os.path.realpath(path))) is not None


def marked(folder: Path) -> bool:
    """Whether a folder has one of `MARKS`."""
    return any((folder / mark).exists() for mark in MARKS)


def cure(root: Path, text: str, target: Path) -> str | None:
    """How the user makes an import from outside of `root` one of the project; None where the folder isn't to be opened.

    Only a spec beside or above a folder without a mark may be one of the same project, and then the folder above both is named;
    never the user's home or one that it is in. Links and absolute paths lead elsewhere.

    Args:
        root: The project's folder.
        text: The import, as it is written.
        target: The file that it means.
    """
    real = Path(os.path.realpath(target))
    if _OUTERMOST.get() is not None or Path(text).is_absolute() or marked(root) or Path(os.path.normpath(target)) != real:
        return None
    if real.suffix != ".sdhs" or not real.is_file():
        return None
    common = Path(os.path.commonpath((root, real.parent)))
    home = _home()
    if home is None or home.is_relative_to(common):
        return None
    return f"if `{common}` is your project, mark it with an empty file: `touch {shlex.quote(str(common / LOCK))}`"


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:  # the system knows of none
        return None
