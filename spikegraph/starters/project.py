"""Makes the folder of a new project."""

import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from spikegraph.base.errors import ArgumentError
from spikegraph.base.files import write_whole
from spikegraph.base.visible import visible_name
from spikegraph.starters.kinds import STARTERS
from spikegraph.starters.readme import readme

SPECS = Path(__file__).with_name("specs")
"""The specs, by the name of the kind."""

SEED = 0
"""The seed of the example data: every project of a kind has the same."""

_NAME = re.compile(r"[^\W_][\w-]*")


@contextmanager
def new_folder(path: Path) -> Generator[None]:
    """Makes a folder, and removes it again if what is written into it inside the block fails.

    Raises:
        ArgumentError: Its name suits no project, or it exists.
        OSError: It can't be made.
    """
    if not _NAME.fullmatch(path.name):
        name = re.sub(r"\W+", "_", path.name.removesuffix(".sdhs")).strip("_") or "mine"
        summary = f"`{visible_name(path)}` can't be the folder of a project"
        raise ArgumentError(summary, f"name it with letters, digits, `-` and `_`, such as `{path.parent / name}`")
    if path.exists() or path.is_symlink():
        raise ArgumentError("it exists already", "choose another name, or delete it", path=path)
    path.mkdir(parents=True)
    try:
        yield
    except BaseException:
        shutil.rmtree(path)
        raise


def write_project(folder: Path, kind: str) -> None:
    """Writes the spec, the README and the example data.

    Args:
        folder: The new folder, whose name is the project's.
        kind: A name in `STARTERS`.

    Raises:
        OSError: A file can't be written.
    """
    spec = (SPECS / f"{kind}.sdhs").read_text(encoding="utf-8")
    write_whole(folder / f"{folder.name}.sdhs", spec)
    write_whole(folder / "README.md", readme(folder.name, kind))
    random = np.random.default_rng(SEED)
    for write in STARTERS[kind].writes:
        write(folder, random)
