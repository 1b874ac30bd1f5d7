"""What a format is for `upgrade`: its present version, and a conversion from each older version to the next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from spikegraph.base.errors import WRONG_INPUT, UserError

T = TypeVar("T")


class UpgradeError(UserError):
    """A file can't be converted."""

    status: ClassVar[int] = WRONG_INPUT


@dataclass(frozen=True)
class Step(Generic[T]):
    """The conversion from one version to the next.

    Attributes:
        convert: Makes a value of the next version.
        changes: What changes, in a few words.
    """

    convert: Callable[[T], T]
    changes: str


@dataclass(frozen=True)
class Format(Generic[T]):
    """A format.

    Attributes:
        name: Its name, for messages.
        current: The version that this package writes.
        steps: The conversions, by the version that they start from.
        reads: The oldest version that this package reads as it is; by default only the one that it writes.
    """

    name: str
    current: int
    steps: Mapping[int, Step[T]] = field(default_factory=dict[int, Step[T]])
    reads: int | None = None

    def upgraded(self, value: T, version: int, path: Path) -> tuple[T, list[str]]:
        """A value in a version that is read, and what changed: a sentence for each step, none if it is read as it is.

        Raises:
            UpgradeError: The version is newer than this package, or older than its oldest step.
        """
        if version > self.current:
            known = f"this spikegraph knows versions up to {self.current}"
            raise UpgradeError(f"{self.name} of version {version}; {known}", "install a newer spikegraph", path=path)
        told: list[str] = []
        while version < (self.current if self.reads is None else self.reads):
            if version not in self.steps:
                oldest = min(self.steps, default=self.current)
                summary = f"{self.name} of version {version}; the oldest that can be converted is {oldest}"
                raise UpgradeError(summary, "use the version of spikegraph that wrote it", path=path)
            step = self.steps[version]
            value = step.convert(value)
            told.append(f"{self.name}, version {version} to {version + 1}: {step.changes}")
            version += 1
        return value, told
