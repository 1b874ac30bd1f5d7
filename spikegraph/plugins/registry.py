"""Registries: tables of what the language and the compiler know by name, which plug-ins extend.

A registry belongs to a group of entry points. At its first use it imports the modules that installed packages name in this
group, which register what they add. What a plug-in that fails had registered is removed; one of a package is reported once,
one of a file ends what is done.

No module looks anything up while it is imported: the plug-ins that this would import need modules that aren't there yet.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, ValuesView
from typing import Any, Generic, TypeVar

from typing_extensions import override

from spikegraph.base.record import record
from spikegraph.base.surface import argument
from spikegraph.plugins import owners
from spikegraph.plugins.kinds import mismatch
from spikegraph.plugins.owners import BUILT_IN, PROGRAM
from spikegraph.plugins.uses import note

T = TypeVar("T")

when_used = owners.when_used
"""Where plug-ins import it from."""


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


def _replacements(entry: _Entry[Any]) -> list[str]:
    """The plug-ins that have replaced something built-in, the last one first."""
    owners: list[str] = []
    each: _Entry[Any] | None = entry
    while each is not None and each.owner != BUILT_IN:
        owners.append(each.owner)
        each = each.replaced
    return [] if each is None else [owner for owner in owners if owner != PROGRAM]


class Registry(Mapping[str, T]):
    """Values by name, in the order of their registration.

    Attributes:
        noun: What a value is, for messages: `operation`.
        group: The entry points whose modules register more.
        needed: What is made with a value, such as a run, needs its plug-in from then on.
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
        self.noun, self.group, self.needed, self._package, self._kind = noun, group, needed, package, kind
        self._entries, self._unread, self._later = dict[str, _Entry[T]](), dict[str, Callable[[str], T]](), dict[str, object]()
        self.fill(built_in)
        owners.registries.append(self)

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
        self._note(entry)
        return entry.value

    @override
    def __contains__(self, name: object) -> bool:
        self._complete()
        if isinstance(name, str) and (entry := self._entries.get(name)) is not None:
            self._note(entry)
            return True
        return name in self._unread

    @override
    def values(self) -> ValuesView[T]:
        """All values; none of them counts as used."""
        return self._all().values()

    @override
    def items(self) -> ItemsView[str, T]:
        """All names with their values; none of them counts as used."""
        return self._all().items()

    def _all(self) -> dict[str, T]:
        return {name: (self._entries.get(name) or self._read(name)).value for name in self}

    def _note(self, entry: _Entry[T]) -> None:
        if self.needed and entry.owner not in (BUILT_IN, PROGRAM):
            note(entry.owner)

    @override
    def __iter__(self) -> Iterator[str]:
        self._complete()
        first = (name for name in self._entries if name not in self._later)
        return iter((*first, *(name for name in self._later if name in self._entries or name in self._unread)))

    @override
    def __len__(self) -> int:
        self._complete()
        return len(self._entries) + len(self._unread)

    def __repr__(self) -> str:
        return f"<registry of {self.group}: {', '.join(self._entries)}>"

    def is_built_in(self, name: str) -> bool:
        """Whether the package itself has registered the value of a name."""
        self._complete()
        return name in self._unread or (name in self._entries and self._entries[name].owner == BUILT_IN)

    def replacing(self) -> Iterator[str]:
        """The plug-ins that replace something built-in, or what another one has replaced it with."""
        for entry in map(_replacements, self._entries.values()):
            yield from entry

    def extended(self) -> bool:
        """Whether plug-ins have registered something."""
        return any(entry.owner not in (BUILT_IN, PROGRAM) for entry in self._entries.values())

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
        return BUILT_IN if own else owners.registering()

    def _import_package(self) -> None:
        if self._package is not None and self._package not in sys.modules:
            with owners.acting(BUILT_IN):  # also if a plug-in is the first that asks
                importlib.import_module(self._package)

    def _complete(self) -> None:
        """Makes sure that the built-in values and those of plug-ins are there."""
        self._import_package()
        owners.complete(self.group)
