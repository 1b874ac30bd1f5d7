"""The plug-ins of this process that are files, for a process that it starts."""

from collections.abc import Iterable
from pathlib import Path

from spikegraph.base.errors import PluginError
from spikegraph.plugins.local_files import load_plugin, loaded_files


def given_files() -> tuple[Path, ...]:
    """The files."""
    return loaded_files()


def load_files(paths: Iterable[Path]) -> list[PluginError]:
    """Loads files; why some can't be loaded any more."""
    failed: list[PluginError] = []
    for path in paths:
        try:
            load_plugin(path)
        except PluginError as error:
            failed.append(error)
    return failed
