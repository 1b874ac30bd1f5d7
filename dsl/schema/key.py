"""A key or a parameter, as it is declared."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.spec import Value


@dataclass
class Scope:
    """What is known where a value is read.

    `names` has the declared names of each kind, broken ones included; `broken` are kind and name of those; `incomplete`
    says that there may be more names. `lost` becomes true when a value names something broken.
    """

    diagnostics: Diagnostics
    names: Mapping[str, Mapping[str, object]]
    broken: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    incomplete: bool = False
    lost: bool = False


@dataclass(frozen=True)
class Reading:
    """A value, and the expression that writes it with every default."""

    value: Value
    expr: ast.Expr


class ValueType(ABC):
    """What a key takes."""

    @property
    @abstractmethod
    def words(self) -> str:
        """The type for messages and for the language reference, such as ``a whole number, at least 1``."""

    @abstractmethod
    def read(self, expr: ast.Expr, scope: Scope) -> Reading | None:
        """The value of `expr`, or None when it has none of this type; the reason goes to the scope's diagnostics."""


@dataclass(frozen=True)
class Key:
    """A key of a declaration or a parameter of a call.

    `default` is the text of the default value, or None where the key is required; `same_as` names another key whose
    value is the default.
    """

    name: str
    type: ValueType
    default: str | None
    doc: str
    same_as: str | None = None

    @property
    def required(self) -> bool:
        """Whether it must be written."""
        return self.default is None and self.same_as is None


Schema = tuple[Key, ...]
