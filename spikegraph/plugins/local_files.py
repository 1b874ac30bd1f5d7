"""Plug-ins in local files, given with `--plugin FILE.py`; those of installed packages are found by `registry.py`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import walk_tb

from spikegraph.base.errors import PluginError
from spikegraph.base.surface import argument
from spikegraph.plugins.failures import failed
from spikegraph.plugins.owners import BUILT_IN, added, end_failure, is_removed, keep_failure, loading, package_modules
from spikegraph.plugins.returned import place_of_function

_LINE = re.compile(r'File "([^"\n]+)", line (\d+)')
ELSEWHERE = "Original Traceback (most recent call last):"
"""What stands before the traceback of a process that reads data, as torch writes it."""

_loaded: dict[Path, str] = {}
"""The files by their resolved paths, as they were given."""

_hashes: dict[Path, str] = {}
"""The SHA-256 of what was run of each file."""


def load_plugin(path: str | Path) -> str | None:
    """Runs a Python file, which registers what it adds; a file that is loaded already isn't run again.

    Returns:
        What it has added, for a notice; None if the file was loaded before.

    Raises:
        PluginError: There is no such file, it has changed since it was loaded, or it raised an exception; then nothing of it
            stays registered.
    """
    given, resolved = str(path), Path(path).resolve()
    if not resolved.is_file():
        raise PluginError(f"there is no plug-in `{given}`", "give the path of a Python file")
    content = resolved.read_bytes()
    digest = sha256(content).hexdigest()
    earlier = _loaded.get(resolved)
    if earlier is not None and not is_removed(earlier):
        if _hashes.get(resolved, digest) != digest:
            summary = f"the plug-in `{given}` has changed since it was loaded, and its older content still runs"
            raise PluginError(summary, "load it in a new process, in a notebook after a restart")
        return None
    name = f"spikegraph_plugin_{resolved.stem}"
    spec = spec_from_file_location(name, resolved)
    if spec is None or spec.loader is None:
        raise PluginError(f"the plug-in `{given}` is not a Python file", "its name must end in .py")
    module = module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module  # what looks up the annotations of a class needs its module
    try:
        with loading(given):
            if isinstance(spec.loader, SourceFileLoader):  # what was hashed, whatever was compiled or written meanwhile
                exec(spec.loader.source_to_code(content, str(resolved)), vars(module))
            else:
                spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        wrong = failed(given, str(resolved), error)
        if earlier is not None:
            keep_failure(earlier, wrong)
        raise wrong from error
    if earlier is not None:
        end_failure(earlier)
    _loaded[resolved], _hashes[resolved] = given, digest
    return ", ".join(added(given))


@dataclass(frozen=True)
class Culprit:
    """A plug-in in whose code an exception was raised, or went through.

    Attributes:
        plugin: Its file as it was given, or the name of its package.
        place: The last line of its code that ran, or the first one of its function whose result can't be used, `FILE:LINE`.
        cause: The exception, on one line.
    """

    plugin: str
    place: str
    cause: str

    @property
    def summary(self) -> str:
        """The error, for a message."""
        return f"the plug-in `{self.plugin}` failed at {self.place}: {self.cause}"

    @property
    def where(self) -> str:
        """The place, for an error that says by itself what is wrong."""
        return f"raised in the plug-in `{self.plugin}` at {self.place}"


def culprit(error: BaseException) -> Culprit | None:
    """The plug-in through whose code an exception went, or its cause; None if they went through none.

    An exception of a process that reads data has the lines of that process in its text.
    """
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:  # a cause can be the error itself
        if (found := _culprit(each)) is not None:
            return found
        seen.add(id(each))
        each = each.__cause__
    return None


def _culprit(error: BaseException) -> Culprit | None:
    frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    frames += [(name, int(line)) for name, line in _LINE.findall(str(error))] if ELSEWHERE in str(error) else []
    frames += [returned] if (returned := place_of_function(error)) is not None else []
    text = next((line.strip() for line in reversed(str(error).splitlines()) if line.strip()), "")
    cause = text if ELSEWHERE in str(error) else " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    for name, line in reversed(frames):
        for path, plugin in _paths():
            resolved = Path(name).resolve()
            if resolved == path or path in resolved.parents:
                return Culprit(plugin, f"{plugin if resolved == path and plugin.endswith('.py') else name}:{line}", cause)
    return None


def _paths() -> Iterator[tuple[Path, str]]:
    """The files and folders of plug-ins, with the plug-in of each."""
    yield from _loaded.items()
    for package, modules in package_modules().items():
        for module in modules - {BUILT_IN}:
            found = sys.modules.get(module)
            for path in getattr(found, "__path__", ()) or filter(None, (getattr(found, "__file__", None),)):
                yield Path(path).resolve(), package


def not_loaded(plugins: Iterable[str], directory: str = "") -> list[str]:
    """The files of a run's plug-ins that aren't loaded. Another file of the same name may take the place of one, not of two.

    Args:
        plugins: The paths of files; names of packages are passed over.
        directory: Where relative paths start.
    """
    return [plugin for plugin, path in _matched(plugins, directory) if path is None]


def loaded_as(plugins: Iterable[str], directory: str = "") -> list[str]:
    """The names that a run's plug-ins have in this process, of those that are there; arguments as in `not_loaded`."""
    names = tuple(plugins)
    packages = [name for name in names if not name.endswith(".py") and _installed(name)]
    return [*(_loaded[path] for _, path in _matched(names, directory) if path is not None), *packages]


def _matched(plugins: Iterable[str], directory: str) -> list[tuple[str, Path | None]]:
    """The files of a run's plug-ins, each with the loaded file in its place; None if there is none."""
    free, found = list(_loaded), list[tuple[str, Path | None]]()
    for plugin in (each for each in plugins if each.endswith(".py")):
        path = Path(directory, plugin).resolve()
        found.append((plugin, path if path in free else None))
        if path in free:
            free.remove(path)
    for k, (plugin, path) in enumerate(found):  # a run may have been moved
        other = None if path is not None else next((each for each in free if each.name == Path(plugin).name), None)
        if other is not None:
            found[k] = plugin, other
            free.remove(other)
    return found


def loaded_sha256(plugin: str) -> str | None:
    """The SHA-256 of what was run of a plug-in's file, by the name with which it was loaded; None if it isn't a file."""
    return next((_hashes[path] for path, given in _loaded.items() if given == plugin), None)


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
    for plugin in not_loaded(needed := tuple(needed)):
        raise PluginError(f"the run needs the plug-in `{plugin}`", f"give it with {argument('plugin', 'FILE.py')}")
    for plugin in needed:
        if not plugin.endswith(".py") and not _installed(plugin):
            raise PluginError(f"the run needs the plug-in `{plugin}`, which is not installed", f"run `pip install {plugin}`")


def _installed(package: str) -> bool:
    from importlib.metadata import PackageNotFoundError, distribution  # noqa: PLC0415 (slow to import)

    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True
