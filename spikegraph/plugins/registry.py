"""Registries: tables of what the language and the compiler know by name, which plug-ins extend.

A registry belongs to a group of entry points. At its first use it imports the modules that installed packages name in this
group, which register what they add. A plug-in that fails is reported once, and what it had registered is removed.

No module looks anything up while it is imported: the plug-ins that this would import need modules that aren't there yet.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from typing_extensions import override

from spikegraph.base.record import record
from spikegraph.base.surface import argument
from spikegraph.base.visible import visible
from spikegraph.plugins.entry_points import entry_points
from spikegraph.plugins.kinds import mismatch

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")
Function = TypeVar("Function", bound=Callable[[], object])

BUILT_IN = "spikegraph"
"""The owner of what the package itself registers."""


class _Hint:
    """A text that names the option or the function, wherever the message is made."""

    @override
    def __str__(self) -> str:
        return f"(or load its plug-in: {argument('plugin', 'FILE.py')})"


HINT = _Hint()
"""Ends the help about a name that no registry has."""


class RegistrationError(ValueError):
    """A name is registered twice, or a registered value has the wrong form."""


def hinted(help: str, known: object) -> str:
    """The help about a name that isn't among those known, with the hint if plug-ins can add to them."""
    return f"{help} {HINT}" if isinstance(known, Registry) else help


@record
class _Entry(Generic[T]):
    """A registered value, who registered it, and the entry that it replaces."""

    value: T
    owner: str
    replaced: _Entry[T] | None


class Registry(Mapping[str, T]):
    """Values by name, in the order of their registration.

    Attributes:
        noun: What a value is, for messages: `operation`.
        group: The entry points whose modules register more.
    """

    def __init__(
        self,
        noun: str,
        group: str,
        built_in: Mapping[str, T] = {},
        *,
        package: str | None = None,
        needed: bool = True,
        kind: type | tuple[type, ...] = object,
    ) -> None:
        """Makes a registry.

        Args:
            noun: What a value is.
            group: The group of entry points.
            built_in: The built-in values.
            package: A package whose modules register built-in values when they are imported.
            needed: What is made with a value, such as a run, needs its plug-in from then on.
            kind: What a value is an object of, or `FUNCTION`.
        """
        self.noun, self.group, self._package, self._needed, self._kind = noun, group, package, needed, kind
        self._entries, self._unread, self._later = dict[str, _Entry[T]](), dict[str, Callable[[str], T]](), dict[str, object]()
        self.fill(built_in)
        _registries.append(self)

    def fill(self, built_in: Mapping[str, T]) -> None:
        """Adds built-in values."""
        self._entries |= {name: _Entry(value, BUILT_IN, None) for name, value in built_in.items()}

    def read_later(self, names: Iterable[str], read: Callable[[str], T]) -> None:
        """Adds built-in values that `read` gives when they are first looked up."""
        self._unread |= (added := dict.fromkeys(names, read))
        self._later |= added

    def register(self, name: str, value: T, *, replace: bool = False) -> T:
        """Adds a value, and returns it.

        Raises:
            RegistrationError: The name has another value, and `replace` is false; or the value is of another kind.
        """
        if (wrong := mismatch(value, self._kind)) is not None:
            raise RegistrationError(f"{self.noun} `{name}`: {wrong}")
        self._import_package()
        held = self._read(name) if name in self._unread else self._entries.get(name)
        if held is not None and held.value is value:
            return value
        if held is not None and not replace:
            raise RegistrationError(
                f"{self.noun} `{name}` is already registered by {held.owner}; `replace=True` replaces it on purpose"
            )
        self._entries[name] = _Entry(value, self._owner(value), held)
        return value

    @override
    def __getitem__(self, name: str) -> T:
        self._complete()
        entry = self._entries.get(name) or self._read(name)
        if self._needed and entry.owner not in (BUILT_IN, _PROGRAM):
            _used[entry.owner] = None
        return entry.value

    @override
    def __contains__(self, name: object) -> bool:
        self._complete()
        return name in self._entries or name in self._unread

    @override
    def __iter__(self) -> Iterator[str]:
        self._complete()
        return iter((*(n for n in self._entries if n not in self._later), *(n for n in self._later if n in self)))

    @override
    def __len__(self) -> int:
        self._complete()
        return len(self._entries) + len(self._unread)

    def __repr__(self) -> str:
        return f"<registry of {self.group}: {', '.join(self._entries)}>"

    def is_built_in(self, name: str) -> bool:
        """Whether the package itself has registered the value of a name."""
        return name in self and (name in self._unread or self._entries[name].owner == BUILT_IN)

    def owned(self, owner: str) -> list[str]:
        """The names that a plug-in has registered."""
        return [name for name, entry in self._entries.items() if entry.owner == owner]

    def forget(self, owner: str) -> None:
        """Removes what a plug-in has registered, and restores what it has replaced."""
        for name in self.owned(owner):
            entry: _Entry[T] | None = self._entries[name]
            while entry is not None and entry.owner == owner:
                entry = entry.replaced
            if entry is None:
                del self._entries[name]
            else:
                self._entries[name] = entry

    def _read(self, name: str) -> _Entry[T]:
        """The entry of a value that is read when it is first looked up."""
        entry = self._entries.setdefault(name, _Entry(self._unread[name](name), BUILT_IN, None))
        self._unread.pop(name, None)  # not before: it stays a name if it can't be read
        return entry

    def _owner(self, value: T) -> str:
        """Who registers a value: the package itself even if a plug-in is the first that imports a part of it."""
        module = getattr(value, "__module__", "")
        own = self._package is not None and f"{module}.".startswith(f"{self._package}.")
        return BUILT_IN if own else _loading[-1] if _loading else _PROGRAM

    def _import_package(self) -> None:
        if self._package is not None and self._package not in sys.modules:
            _loading.append(BUILT_IN)  # also if a plug-in is the first that asks
            try:
                importlib.import_module(self._package)
            finally:
                _loading.pop()

    def _complete(self) -> None:
        """Makes sure that the built-in values and those of plug-ins are there."""
        self._import_package()
        if self.group not in _complete:
            _complete.add(self.group)
            for point in entry_points(self.group):
                _load(point)
            for owner, function in _waiting.pop(self.group, ()):
                _attempt(owner, owner, function, "correct the plug-in")


_PROGRAM = "this program"
"""The owner of what is registered outside of plug-ins, such as in a notebook."""

_registries: list[Registry[Any]] = []
_loading: list[str] = []
_waiting: dict[str, list[tuple[str, Callable[[], object]]]] = {}
_complete, _broken = set[str](), set[str]()
_used: dict[str, None] = {}
_modules: dict[str, set[str]] = {}


def when_used(group: str) -> Callable[[Function], Function]:
    """Decorator: calls a function when a registry of this group is first used.

    For the part of a plug-in that imports torch or numpy, so that commands that need neither don't load them.
    """

    def add(function: Function) -> Function:
        owner = _loading[-1] if _loading else _PROGRAM
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
    _loading.append(owner)
    try:
        yield
    except BaseException:
        forget(owner)
        raise
    finally:
        _loading.pop()


def forget(owner: str) -> None:
    """Removes everything that a plug-in has registered."""
    for registry in _registries:
        registry.forget(owner)
    for functions in _waiting.values():
        functions[:] = [(of, function) for of, function in functions if of != owner]
    _used.pop(owner, None)


def added(owner: str) -> list[str]:
    """What a plug-in has registered, such as ``operation `twice` ``."""
    return [f"{registry.noun} `{name}`" for registry in _registries for name in registry.owned(owner)]


def used() -> tuple[str, ...]:
    """The plug-ins of which a value was looked up: the paths of files and the names of packages."""
    return tuple(_used)


def package_modules() -> Mapping[str, set[str]]:
    """The installed packages whose plug-ins were imported, with their top-level modules."""
    return _modules


def place(error: BaseException, file: str | None = None) -> str | None:
    """The file and line where an error was raised; with `file`, the last line in this file."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        return f"{error.filename}:{error.lineno}"
    found, step = None, error.__traceback__
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        if name == file or (file is None and not name.startswith(("<", __file__, *importlib.__path__))):
            found = f"{name}:{step.tb_lineno}"
        step = step.tb_next
    return found


def _load(point: EntryPoint) -> None:
    """Imports the module of an entry point."""
    package = point.dist.name if point.dist is not None else point.value
    what = f"`{point.name}` of the package {package} (entry point {point.value} of {point.group})"
    _modules.setdefault(package, set()).add(point.module.partition(".")[0])
    if point.value not in _broken and not _attempt(package, what, point.load, f"repair it, or run `pip uninstall {package}`"):
        _broken.add(point.value)


def _attempt(owner: str, what: str, function: Callable[[], object], fix: str) -> bool:
    """Calls a function of a plug-in; whether it succeeded. If not, what the plug-in had registered is removed."""
    try:
        with loading(owner):
            function()
    except (Exception, SystemExit) as error:  # noqa: BLE001 (a plug-in may raise anything)
        text = " ".join(f"{type(error).__name__}: {error}".split())
        notice = f"warning: the plug-in {what} is disabled: {text}" + (f" ({where})" if (where := place(error)) else "")
        print(visible(f"{notice}\nhelp: {fix}"), file=sys.stderr, flush=True)
        return False
    return True
