"""Keys of declarations, parameters of calls, and the types of their values."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar, cast

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, Fix
from spikegraph.dsl.node_descriptions import describe
from spikegraph.equations.model import Model

T_co = TypeVar("T_co", covariant=True)


@dataclass
class Scope:
    """What is known where a value is read.

    `names` has the declared names of each kind, broken ones included; `broken` has kind and name of those. `incomplete`
    means that more names may exist, and `prefixes` has what named imports put before names. `models` has the spec's own models
    of neurons. Reading sets `lost` when a value names something broken.
    """

    diagnostics: Diagnostics
    names: Mapping[str, Mapping[str, ast.Declaration | ast.Block | ast.Path]]
    broken: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    incomplete: bool = False
    lost: bool = False
    prefixes: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    models: dict[str, Model] = field(default_factory=dict[str, Model])


@record
class Reading(Generic[T_co]):
    """A value, and its expression with every default written out."""

    value: T_co
    expr: ast.Expr


class ValueType(ABC, Generic[T_co]):
    """The type of a key's values; `quotes` says that strings are among them."""

    quotes: ClassVar[bool] = False

    @property
    @abstractmethod
    def words(self) -> str:
        """The type for messages and for the language reference, such as ``a whole number at least 1``."""

    @abstractmethod
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[T_co] | None:
        """Evaluate `expr`; None, with an error in the scope's diagnostics, if it has another type."""

    def refuse(self, expr: ast.Expr, scope: Scope, help: str | None = None, instead: str | None = None) -> None:
        """Add the error that `expr` has another type; `instead` is the text that was probably meant."""
        fixes = () if instead is None else (Fix(expr.span, instead, f"write `{instead}`"),)
        scope.diagnostics.error("SG0207", expr.span, f"expected {self.words}, found {describe(expr)}", help=help, fixes=fixes)

    def quoted(self, expr: ast.Text, scope: Scope) -> None:
        """Add the error that a value is in quotes, with an edit that removes them if the value is one word."""
        plain = re.fullmatch(r"[A-Za-z_]\w*|[0-9][0-9A-Za-z.]*", expr.value)
        help = None if plain is None else f"write it without quotes: `{expr.value}`"
        self.refuse(expr, scope, help, None if plain is None else expr.value)


@record
class Key(Generic[T_co]):
    """A key of a declaration or a parameter of a call.

    `default` is the text of the default value, None for a required key. `same_as` names another key whose value is the
    default.
    """

    name: str
    type: ValueType[T_co]
    default: str | None
    doc: str
    same_as: str | None = None

    @property
    def required(self) -> bool:
        """Whether the key has no default."""
        return self.default is None and self.same_as is None

    def of(self, arguments: Mapping[str, object]) -> T_co:
        """The value of this parameter among the arguments of a call, which were read with its type."""
        return cast("T_co", arguments[self.name])


Schema = tuple[Key[object], ...]
