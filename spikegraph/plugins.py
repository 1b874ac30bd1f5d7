"""Plug-ins in local files, given with `--plugin FILE.py`; those of installed packages are found by `registry.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from spikegraph.errors import PluginError
from spikegraph.registry import added, loading, place
from spikegraph.surface import argument

_loaded: dict[Path, str] = {}
"""The files by their resolved paths, as they were given."""


def load_plugin(path: str | Path) -> str | None:
    """Runs a Python file, which registers what it adds; a file that is loaded already isn't run again.

    Returns:
        What it has added, for a notice; None if the file was loaded before.

    Raises:
        PluginError: There is no such file, or it raised an exception; then nothing of it stays registered.
    """
    given, resolved = str(path), Path(path).resolve()
    if resolved in _loaded:
        return None
    if not resolved.is_file():
        raise PluginError(f"there is no plug-in `{given}`", "give the path of a Python file")
    name = f"spikegraph_plugin_{resolved.stem}"
    spec = spec_from_file_location(name, resolved)
    if spec is None or spec.loader is None:
        raise PluginError(f"the plug-in `{given}` is not a Python file", "its name must end in .py")
    module = module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module  # what looks up the annotations of a class needs its module
    try:
        with loading(given):
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        where = (place(error, str(resolved)) or given).replace(str(resolved), given)
        raise PluginError(
            f"{where}: {type(error).__name__}: {error}", f"correct the plug-in, or leave out {argument('plugin')}"
        ) from error
    _loaded[resolved] = given
    return ", ".join(added(given))


def is_loaded(plugin: str) -> bool:
    """Whether a file of this name is loaded."""
    return Path(plugin).name in {path.name for path in _loaded}


def loaded_file(plugin: str) -> Path | None:
    """The file of a plug-in by the name with which it was loaded; None if it isn't a file."""
    return next((path for path, given in _loaded.items() if given == plugin), None)


def loaded_files() -> tuple[Path, ...]:
    """The files that are loaded, for another process that loads them too."""
    return tuple(_loaded)


def check_loaded(needed: Iterable[str]) -> None:
    """Checks that the plug-ins which a run used are there.

    Args:
        needed: The paths of files, of which only the names are compared, and the names of packages.

    Raises:
        PluginError: One is missing.
    """
    for plugin in needed:
        if plugin.endswith(".py"):
            if not is_loaded(plugin):
                raise PluginError(f"the run needs the plug-in `{plugin}`", f"give it with {argument('plugin', 'FILE.py')}")
        elif not _installed(plugin):
            raise PluginError(f"the run needs the plug-in `{plugin}`, which is not installed", f"run `pip install {plugin}`")


def _installed(package: str) -> bool:
    from importlib.metadata import PackageNotFoundError, distribution  # noqa: PLC0415 (slow to import)

    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True
