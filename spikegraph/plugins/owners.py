"""Who registers what: the plug-ins of installed packages and of files, how they are called, and how they are forgotten."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

from spikegraph.base.errors import PluginError
from spikegraph.plugins.entry_points import entry_points
from spikegraph.plugins.failures import failed, warn

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Function = TypeVar("Function", bound=Callable[[], object])

BUILT_IN = "spikegraph"
"""The owner of what the package itself registers."""

PROGRAM = "this program"
"""The owner of what is registered outside of plug-ins, such as in a notebook."""


class Owned(Protocol):
    """A registry, as far as it matters who has registered what."""

    noun: str
    group: str
    needed: bool

    def owned(self, owner: str) -> list[str]:
        """The names that a plug-in has registered."""
        ...

    def replacing(self) -> Iterable[str]:
        """The plug-ins that replace something built-in."""
        ...

    def extended(self) -> bool:
        """Whether plug-ins have registered something."""
        ...

    def forget(self, owner: str) -> None:
        """Removes what a plug-in has registered, and restores what it has replaced."""
        ...


registries: list[Owned] = []
"""All registries."""

_loading: list[str] = []
_waiting: dict[str, list[tuple[str, Callable[[], object]]]] = {}
_complete, _broken = set[str](), set[str]()
_removed: dict[str, PluginError] = {}
_modules: dict[str, set[str]] = {}


def when_used(group: str) -> Callable[[Function], Function]:
    """Decorator: calls a function when a registry of this group is first used.

    For the part of a plug-in that imports torch or numpy, so that commands that need neither don't load them.
    """

    def add(function: Function) -> Function:
        owner = registering()
        if group in _complete:
            with loading(owner):
                function()
        else:
            _waiting.setdefault(group, []).append((owner, function))
        return function

    return add


@contextmanager
def loading(owner: str) -> Generator[None, None, None]:
    """Everything that is registered inside belongs to `owner`, and is removed if an exception is raised."""
    try:
        with acting(owner):
            yield
    except BaseException:
        _remove(owner)
        raise


@contextmanager
def acting(owner: str) -> Generator[None, None, None]:
    """Everything that is registered inside belongs to `owner`."""
    _loading.append(owner)
    try:
        yield
    finally:
        _loading.pop()


def registering() -> str:
    """Who owns what is registered now."""
    return _loading[-1] if _loading else PROGRAM


def complete(group: str) -> None:
    """Makes sure that a group has what plug-ins register in it.

    Raises:
        PluginError: A file raises an exception, or has done so at an earlier use and wasn't loaded anew: without what it adds
            something else would be computed.
    """
    if _removed and not _loading:
        raise next(iter(_removed.values())).with_traceback(None)
    if group not in _complete:
        _complete.add(group)
        for point in entry_points(group):
            _load(point)
        _call(_waiting.pop(group, []))


def forget(owner: str) -> None:
    """Removes everything that a plug-in has registered, and its failure."""
    end_failure(owner)
    _remove(owner)


def _remove(owner: str) -> None:
    for registry in registries:
        registry.forget(owner)
    for functions in _waiting.values():
        functions[:] = [(of, function) for of, function in functions if of != owner]


def is_removed(owner: str) -> bool:
    """Whether a plug-in was loaded, and failed later, at a first use; loading it again begins anew."""
    return owner in _removed


def keep_failure(owner: str, error: PluginError) -> None:
    """Keeps the error that each use raises until the plug-in is loaded anew."""
    _removed[owner] = error


def end_failure(owner: str) -> None:
    """Raises the error of a plug-in no longer."""
    _removed.pop(owner, None)


def added(owner: str) -> list[str]:
    """What a plug-in has registered, such as ``operation `twice` ``."""
    return [f"{registry.noun} `{name}`" for registry in registries for name in registry.owned(owner)]


def replacing() -> tuple[str, ...]:
    """The plug-ins that replace something built-in which decides what a run computes, or what they replace."""
    for group in dict.fromkeys(registry.group for registry in registries if registry.needed):
        complete(group)
    return tuple(dict.fromkeys(owner for registry in registries if registry.needed for owner in registry.replacing()))


def are_there() -> bool:
    """Whether any plug-in has registered something."""
    return any(registry.extended() for registry in registries)


def package_modules() -> Mapping[str, set[str]]:
    """The installed packages whose plug-ins were imported, with their top-level modules."""
    return _modules


def _load(point: EntryPoint) -> None:
    """Imports the module of an entry point."""
    package = point.dist.name if point.dist is not None else point.value
    what = f"`{point.name}` of the package {package} (entry point {point.value} of {point.group})"
    _modules.setdefault(package, set()).add(point.module.partition(".")[0])
    if point.value not in _broken and not _attempt(package, what, point.load, f"repair it, or run `pip uninstall {package}`"):
        _broken.add(point.value)


def _attempt(owner: str, what: str, function: Callable[[], object], fix: str) -> bool:
    """Calls a function of a package's plug-in; whether it succeeded. If not, what the plug-in had registered is removed."""
    try:
        with loading(owner):
            function()
    except (Exception, SystemExit) as error:  # noqa: BLE001 (a plug-in may raise anything)
        warn(what, error, fix)
        return False
    return True


def _call(waiting: list[tuple[str, Callable[[], object]]]) -> None:
    """Calls the functions that have waited for the first use of a group.

    Raises:
        PluginError: One of a file raised an exception, also where its plug-in isn't needed: it was given.
    """
    wrong = dict[str, PluginError]()
    for owner, function in waiting:
        if owner in _modules:
            _attempt(owner, owner, function, "correct the plug-in")
        elif owner not in wrong:  # else it isn't there any more
            try:
                with loading(owner):
                    function()
            except (Exception, SystemExit) as error:  # noqa: BLE001 (a plug-in may raise anything)
                wrong[owner] = failed(owner, getattr(getattr(function, "__code__", None), "co_filename", owner), error)
                wrong[owner].__cause__ = error
    _removed.update(wrong)
    for each in wrong.values():
        raise each
